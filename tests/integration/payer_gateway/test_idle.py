"""A gateway that has nothing to do asks its database one question a look, and still sees it all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.chassis.runtime import connect_pool
from services.chassis.settings import ChassisSettings
from services.payer_gateway.domain.batching import WaitingClaims
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.stores import file_store
from tests.integration.billing.test_batches import Counted
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.support import NOON


async def test_an_idle_look_is_one_statement_in_each_direction(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Sender(gateway.partners, gateway.transports)
    receiver = Receiver(gateway.partners, gateway.transports)
    pool = await connect_pool(gateway.url, ChassisSettings(kafka_bootstrap="nobody:0"))
    runtime = replace(gateway.runtime, pool=pool)
    try:
        counted = Counted(monkeypatch)
        assert await sender.step(runtime) == 0
        assert counted.statements == 1
        assert await receiver.step(runtime) == 0
        assert counted.statements == 2
    finally:
        await pool.close()


async def test_a_file_that_was_made_is_sent_though_no_claim_waits_any_more(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(), claim("CLM1"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    sender = Sender(gateway.partners, gateway.transports)
    gateway.runtime.stopping.set()
    assert await sender.step(gateway.runtime) == 1
    assert await gateway.rows("select from waiting_claim") == []
    gateway.runtime.stopping.clear()
    assert await sender.step(gateway.runtime) == 1
    assert [r["state"] for r in await gateway.rows("select state from outbound_file")] == ["sent"]


async def test_a_file_that_was_stored_is_read_though_no_folder_holds_one(
    gateway: Gateway,
) -> None:
    receiver = Receiver(gateway.partners, gateway.transports)
    await gateway.rows(
        "insert into inbound_file (sha256, payer_id, name, content, received_at, state) "
        "values ('0', 'SUMMIT', 'b.835', 'y', now(), 'received')"
    )
    assert await receiver.step(gateway.runtime) == 1
    states = await gateway.rows("select distinct state from inbound_file")
    assert [row["state"] for row in states] == ["quarantined"]


_WAIT = """
insert into waiting_claim
select payer_id, sender_id, practice_id, $1::timestamptz + make_interval(secs => number),
       'CLM' || number, ''
from (values ('BLUERIVER', 'S1', 'P1', 3), ('BLUERIVER', 'S1', 'P2', 1),
             ('BLUERIVER', 'S2', 'P1', 2000), ('SUMMIT', 'S1', 'P1', 5))
    as sender (payer_id, sender_id, practice_id, claims)
cross join lateral generate_series(1, claims) as number
"""

_READ = """
select pg_stat_get_xact_tuples_returned('waiting_claim'::regclass)
    + pg_stat_get_xact_tuples_returned('waiting_claim_pkey'::regclass)
"""


async def test_each_sender_is_seen_with_its_oldest_claim_and_counted_up_to_a_file(
    gateway: Gateway,
) -> None:
    async with gateway.pool.acquire() as connection:
        assert await file_store.waiting_claims(connection, 4) == []
        await connection.execute(_WAIT, NOON - timedelta(seconds=1))
        assert await file_store.waiting_claims(connection, 4) == [
            WaitingClaims("BLUERIVER", "S1", "P1", 3, NOON),
            WaitingClaims("BLUERIVER", "S1", "P2", 1, NOON),
            WaitingClaims("BLUERIVER", "S2", "P1", 4, NOON),
            WaitingClaims("SUMMIT", "S1", "P1", 4, NOON),
        ]


async def test_a_look_at_claims_that_wait_does_not_read_them_all(gateway: Gateway) -> None:
    async with gateway.pool.acquire() as connection:
        await connection.execute(_WAIT, NOON)
        before = await connection.fetchval(_READ)
        async with connection.transaction():
            await file_store.waiting_claims(connection, 4)
            assert await connection.fetchval(_READ) - before < 100
