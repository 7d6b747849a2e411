"""A gateway that has nothing to do asks its database one question a look, and still sees it all."""

from dataclasses import replace

import pytest

from services.chassis.runtime import connect_pool
from services.chassis.settings import ChassisSettings
from services.payer_gateway.inbound import Receiver
from services.payer_gateway.outbound import Sender
from tests.integration.billing.test_batches import Counted
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


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
