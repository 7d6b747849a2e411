"""Files that wait are sent a few at a time; one that is held up holds up no other."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import asyncssh
import pytest
from structlog.testing import capture_logs

from schemas.claim import ClaimTransmitted
from services.chassis.effects import Effects
from services.payer_gateway.domain.batching import together
from services.payer_gateway.domain.claim_events import transmitted
from services.payer_gateway.domain.control_number import HIGHEST, ControlNumbersUsedUpError
from services.payer_gateway.files import dispatch
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.stores import file_store
from services.payer_gateway.stores.file_store import OutboundFile
from services.payer_gateway.transport import resting
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.faulty_partner import Partner, faulty_partner
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
)

CLAIMS = [f"CLM{number}" for number in range(1, 7)]
"""The odd ones go to one payer, the even ones to another on the same connection."""


@pytest.fixture
async def partner(gateway: Gateway) -> AsyncIterator[Partner]:
    async with faulty_partner(gateway) as made:
        await gateway.hear(
            practice(),
            provider(),
            patient("PT1"),
            patient("PT2"),
            coverage(policy("BLUERIVER", "M100"), patient_id="PT1"),
            coverage(policy("SUMMIT", "M200"), patient_id="PT2"),
        )
        for number, claim_id in enumerate(CLAIMS, start=1):
            payer_id, patient_id = ("BLUERIVER", "PT1") if number % 2 else ("SUMMIT", "PT2")
            await gateway.hear(claim(claim_id, payer_id, patient_id=patient_id))
            gateway.clock.advance(gateway.partners[payer_id].batch_window)
            await Sender(gateway.partners, Transports(None)).step(gateway.runtime)
        yield made


async def _sent(gateway: Gateway) -> list[str]:
    """The claims that were told to be sent; what is stored agrees."""
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []
    said = sorted(each.claim_id for each in await gateway.said(ClaimTransmitted))
    rows = await gateway.rows(
        "select unnest(claim_ids) as id from outbound_file where state='sent'"
    )
    assert said == sorted(row["id"] for row in rows)
    return said


async def test_several_files_are_noted_in_one_transaction_each_with_its_events(
    partner: Partner,
) -> None:
    gateway = partner.gateway
    assert await gateway.send() == len(CLAIMS)
    assert await _sent(gateway) == CLAIMS
    noted = await gateway.rows("select distinct uploaded_at from outbound_file")
    assert len(noted) == 1
    assert set(partner.faults.arrived.values()) == {1}


async def test_a_payer_that_refuses_one_file_keeps_its_others_until_later_and_nobody_elses(
    partner: Partner,
) -> None:
    gateway = partner.gateway
    partner.faults.step, partner.faults.times = "write", 1
    partner.faults.error = lambda: asyncssh.SFTPPermissionDenied("no")
    with capture_logs() as entries:
        await gateway.send()
    assert sum(entry["event"] == "partner not reached" for entry in entries) == 1
    assert await _sent(gateway) == ["CLM2", "CLM4", "CLM6"]
    await gateway.send()
    assert await _sent(gateway) == CLAIMS
    assert set(partner.faults.arrived.values()) == {1}


@pytest.mark.parametrize("step", ["write", "rename"])
async def test_a_connection_that_stays_cut_is_not_tried_for_each_file(
    partner: Partner, step: str
) -> None:
    gateway = partner.gateway
    partner.faults.step, partner.faults.times = step, 3
    with capture_logs() as entries:
        assert await gateway.send() == 0
    assert sum(entry["event"] == "partner not reached" for entry in entries) == 1
    assert await gateway.send() == len(CLAIMS)
    assert await _sent(gateway) == CLAIMS
    assert set(partner.faults.arrived.values()) == {1}


async def test_the_files_of_a_partner_that_is_away_are_not_read_one_after_the_other(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_MOST_TOGETHER", 1)
    read: list[UUID] = []
    lock_unsent = file_store.lock_unsent

    async def counted(
        connection: asyncpg.Connection, file_ids: Sequence[UUID]
    ) -> dict[UUID, OutboundFile]:
        read.extend(file_ids)
        return await lock_unsent(connection, file_ids)

    monkeypatch.setattr(file_store, "lock_unsent", counted)
    gateway = partner.gateway
    partner.faults.step, partner.faults.times = "write", 3
    assert await gateway.send() == 0
    assert len(set(read)) == 1
    assert await gateway.send() == len(CLAIMS)
    assert await _sent(gateway) == CLAIMS


async def test_who_goes_on_saying_nothing_is_not_asked_at_every_look_nor_is_that_said_each_time(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = partner.gateway
    connects: list[str] = []

    async def silent(host: str, *_: object, **__: object) -> None:
        connects.append(host)
        raise TimeoutError

    monkeypatch.setattr(resting, "monotonic", lambda: 20 * len(connects))

    with monkeypatch.context() as patched, capture_logs() as entries:
        patched.setattr(asyncssh, "connect", silent)
        sender, receiver = (
            kind(gateway.partners, gateway.transports) for kind in (Sender, Receiver)
        )
        for _ in range(3):
            assert await sender.step(gateway.runtime) == 0
            assert await receiver.step(gateway.runtime) == 0
    assert len(connects) == 2
    assert sum(entry["event"] == "partner not reached" for entry in entries) == 2
    gateway.transports = Transports(gateway.wire.connections)
    assert await gateway.send() == len(CLAIMS)
    assert await _sent(gateway) == CLAIMS


async def test_a_file_that_something_of_ours_fails_on_holds_up_no_other(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = partner.gateway

    def failing(*values: object, name: str, number: int, **others: object) -> Effects:
        if (values[1], number) == ("SUMMIT", 2):
            raise ValueError(name)
        return transmitted(*values, name=name, number=number, **others)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(dispatch, "transmitted", failing)
        with pytest.raises(ValueError, match="SUMMIT"):
            await gateway.send()
    assert len(await _sent(gateway)) == len(CLAIMS) - 1
    await gateway.send()
    assert await _sent(gateway) == CLAIMS
    assert set(partner.faults.arrived.values()) == {1}


async def test_a_slow_partner_has_few_files_held_at_a_time_and_gets_all(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_LONGEST_SECONDS", -1)
    gateway = partner.gateway
    assert await gateway.send() == len(CLAIMS)
    assert await _sent(gateway) == CLAIMS
    noted = await gateway.rows("select distinct uploaded_at from outbound_file")
    assert len(noted) == len(CLAIMS)


async def test_a_transaction_notes_no_more_claims_than_a_large_file_holds(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "together", partial(together, most=2))
    gateway = partner.gateway
    assert await gateway.send() == len(CLAIMS)
    assert await _sent(gateway) == CLAIMS
    noted = await gateway.rows("select uploaded_at from outbound_file")
    assert sorted(Counter(row["uploaded_at"] for row in noted).values()) == [2, 2, 2]


async def test_large_files_are_loaded_one_at_a_time_and_sent_whole(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "_LARGE_BYTES", 10)
    loaded: list[UUID] = []
    content_of = file_store.content_of

    async def counted(connection: object, file_id: UUID) -> bytes:
        loaded.append(file_id)
        return await content_of(connection, file_id)

    monkeypatch.setattr(file_store, "content_of", counted)
    gateway = partner.gateway
    await gateway.send()
    assert len(loaded) == len(CLAIMS)
    rows = await gateway.rows("select name, content from outbound_file where payer_id='BLUERIVER'")
    assert partner.incoming() == {row["name"]: row["content"] for row in rows}


async def test_a_process_that_is_to_stop_sends_the_file_at_hand_and_no_other(
    partner: Partner,
) -> None:
    gateway = partner.gateway
    partner.faults.step, partner.faults.then = "rename", lambda _: gateway.runtime.stopping.set()
    assert await gateway.send() == 1
    assert await _sent(gateway) == ["CLM1"]
    gateway.runtime.stopping.clear()
    partner.faults.then = None
    await gateway.send()
    assert await _sent(gateway) == CLAIMS


async def test_a_file_that_cannot_be_made_holds_up_no_other(partner: Partner) -> None:
    gateway = partner.gateway
    await gateway.hear(claim("CLM7", "BLUERIVER", patient_id="PT1"))
    gateway.clock.advance(timedelta(minutes=1))
    await gateway.hear(claim("CLM8", "SUMMIT", patient_id="PT2"))
    gateway.clock.advance(gateway.partners["SUMMIT"].batch_window)
    await gateway.rows(
        "update control_number set last = $1 where receiver_id = $2",
        HIGHEST,
        gateway.partners["BLUERIVER"].numbered_as,
    )
    with pytest.raises(ControlNumbersUsedUpError):
        await gateway.send()
    told = {each.claim_id for each in await gateway.said(ClaimTransmitted)}
    assert told == {*CLAIMS, "CLM8"}
    assert [row[0] for row in await gateway.rows("select claim_id from waiting_claim")] == ["CLM7"]
