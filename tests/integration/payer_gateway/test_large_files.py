"""A file too large to be held says what it would say if it were small, and takes back in time."""

from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, RemittanceReceived
from schemas.event import Event
from services.payer_gateway.decisions.quarantine import ReleaseQuarantined
from services.payer_gateway.domain import large_answer
from services.payer_gateway.domain.intake import Intake
from services.payer_gateway.files import large_inbound
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.stores import piece_store
from services.payer_gateway.x12 import (
    Adjustment,
    Remittance,
    RemittanceClaim,
    write_277ca,
    write_835,
)
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, practice, references
from tests.unit.payer_gateway.x12.builders import (
    claim_acknowledgement,
    claim_status,
    envelope,
    paid_claim,
    remittance,
    service,
)

IDS = [f"CLM{number}" for number in range(1, 8)]


@pytest.fixture(params=["small", "large"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every file is read both ways; parts have three claims."""
    if request.param == "large":
        monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
        monkeypatch.setattr(large_answer, "MOST_CLAIMS", 3)
    return str(request.param)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    monkeypatch.setattr(large_answer, "MOST_CLAIMS", 3)


def paid(claim_id: str) -> RemittanceClaim:
    adjustments = (Adjustment("CO", "45", 9_000), Adjustment("PR", "2", 1_000))
    return paid_claim(claim_id, "1", service(25_000, 15_000, *adjustments, number="1"))


def payment(claim_ids: Sequence[str], trace: str = "TRACE1", off_by: int = 0) -> Remittance:
    claims = [paid(claim_id) for claim_id in claim_ids]
    total = sum(each.paid_cents for each in claims) - 500 + off_by
    return replace(remittance(total, claims, [("WO", 500)]), trace_number=trace)


async def sent(gateway: Gateway) -> None:
    await gateway.hear(*references(), *(claim(claim_id) for claim_id in IDS))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()


async def comes(gateway: Gateway, data: bytes, name: str = "answer.835") -> None:
    (gateway.wire.outgoing("BLUERIVER") / name).write_bytes(data)
    await gateway.receive()


async def events(gateway: Gateway) -> list[Event]:
    found: list[Event] = [*await gateway.said(ClaimAdjudicated)]
    return [*found, *await gateway.said(RemittanceReceived), *await gateway.said(ClaimAcknowledged)]


async def file_state(gateway: Gateway, name: str = "answer.835") -> tuple[str, str]:
    (row,) = await gateway.rows("select state, kinds from inbound_file where name = $1", name)
    return row["state"], row["kinds"]


async def test_a_payment_is_loaded_claim_by_claim_and_once(gateway: Gateway, kept: str) -> None:
    await sent(gateway)
    data = write_835(envelope(), [payment(IDS)])
    await comes(gateway, data)
    assert await file_state(gateway) == ("loaded", "835")
    adjudicated = await gateway.said(ClaimAdjudicated)
    told = sorted((each.claim_id, each.sequence) for each in adjudicated)
    assert told == [(claim_id, number) for number, claim_id in enumerate(IDS, 1)]
    (received,) = await gateway.said(RemittanceReceived)
    assert (received.claim_count, received.claims_paid_cents) == (7, 105_000)
    assert [a.amount_cents for a in received.provider_adjustments] == [500]
    await comes(gateway, data, "other-name.835")
    (row,) = await gateway.rows("select deliveries, name from inbound_file where kinds = '835'")
    assert (row["deliveries"], row["name"]) == (2, "answer.835")
    await comes(gateway, data + b"\n", "again.835")
    assert await file_state(gateway, "again.835") == ("duplicate", "835")
    assert len(await gateway.said(RemittanceReceived)) == 1
    pieces = await gateway.rows("select sum(octet_length(content)) as size from inbound_piece")
    assert pieces[0]["size"] == (2 * len(data) + 1 if kept == "large" else None)


async def test_both_ways_of_reading_say_the_same_to_the_byte(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    data = write_835(envelope(), [payment([*IDS, "STRANGER"]), payment(IDS[:2], "TRACE2")])
    broken = data.replace(b"SVC*HC:99213:25*250*150", b"SVC*HC:99213:25*250*151", 1)
    await comes(gateway, broken)
    small = sorted(event.to_json() for event in await events(gateway))
    items = await gateway.quarantined()
    for table in ("remittance", "quarantine", "inbound_file", "delivery.outbox"):
        await gateway.rows(f"delete from {table}")
    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    monkeypatch.setattr(large_answer, "MOST_CLAIMS", 3)
    await comes(gateway, broken)
    assert sorted(event.to_json() for event in await events(gateway)) == small
    assert await gateway.quarantined() == items
    assert [subject for _, subject, _ in items] == ["CLM1", "STRANGER"]


@pytest.mark.usefixtures("large")
async def test_nothing_of_a_payment_that_does_not_balance_at_its_end_is_published(
    gateway: Gateway,
) -> None:
    await sent(gateway)
    data = write_835(envelope(), [payment(IDS, off_by=1), payment(IDS[:2], "TRACE2")])
    await comes(gateway, data)
    assert [a.trace_number for a in await gateway.said(ClaimAdjudicated)] == ["TRACE2"] * 2
    assert await gateway.quarantined() == [
        ("remittance", "TRACE1", "remittance.transaction-balance")
    ]
    assert await file_state(gateway) == ("loaded", "835")


@pytest.mark.usefixtures("large")
async def test_an_interchange_that_turns_out_to_be_cut_publishes_nothing(gateway: Gateway) -> None:
    await sent(gateway)
    data = write_835(envelope(), [payment(IDS)])
    await comes(gateway, data[: data.index(b"GE*1*")])
    assert await events(gateway) == []
    assert await gateway.quarantined() == [("file", "answer.835", "envelope.ge-missing")]
    assert await file_state(gateway) == ("quarantined", "")


@pytest.mark.usefixtures("large")
async def test_a_payment_whose_payee_nobody_knows_takes_its_claims_back(gateway: Gateway) -> None:
    await sent(gateway)
    await gateway.hear(practice("P2", "1245319599"))
    stranger = payment(IDS)
    stranger = replace(stranger, payee=replace(stranger.payee, identifier="1000000004"))
    unknown = replace(stranger, claims=tuple(paid(f"X{number}") for number in range(7)))
    await comes(gateway, write_835(envelope(), [unknown]))
    assert await events(gateway) == []
    assert await gateway.quarantined() == [("remittance", "TRACE1", "remittance.payee-unknown")]
    assert await gateway.rows("select 1 from remittance") == []


async def test_a_payment_that_is_refused_keeps_out_none_of_its_number_that_can_be_loaded(
    gateway: Gateway, kept: str
) -> None:
    del kept
    await sent(gateway)
    await gateway.hear(practice("P2", "1245319599"))
    unknown = replace(payment(IDS), payee=replace(payment(IDS).payee, identifier="1000000004"))
    unknown = replace(unknown, claims=tuple(paid(f"X{number}") for number in range(7)))
    await comes(gateway, write_835(envelope(), [unknown, payment(IDS)]))
    assert len(await gateway.said(ClaimAdjudicated)) == 7
    (received,) = await gateway.said(RemittanceReceived)
    assert received.trace_number == "TRACE1"
    assert await gateway.quarantined() == [("remittance", "TRACE1", "remittance.payee-unknown")]


@pytest.mark.usefixtures("large")
async def test_a_release_reads_the_file_again(gateway: Gateway) -> None:
    await sent(gateway)
    unknown = replace(payment(IDS), payee=replace(payment(IDS).payee, identifier="1000000004"))
    unknown = replace(unknown, claims=tuple(paid(f"X{number}") for number in range(7)))
    await comes(gateway, write_835(envelope(), [unknown]))
    (row,) = await gateway.rows("select * from quarantine where state = 'open'")
    await gateway.act(
        ReleaseQuarantined(
            practice_id=row["practice_id"],
            actor="someone",
            role="supervisor",
            reason="agreed with the payer",
            item_id=row["item_id"],
        )
    )
    assert await file_state(gateway) == ("received", "835")
    await gateway.receive()
    assert [kind for kind, _, _ in await gateway.quarantined()] == ["remittance"]


async def test_acknowledgements_of_many_claims_are_told_apart(gateway: Gateway, kept: str) -> None:
    del kept
    await sent(gateway)
    statuses = [claim_status(claim_id, "A2", "WQ", 25_000) for claim_id in [*IDS, "STRANGER"]]
    data = write_277ca(envelope(), [claim_acknowledgement(*statuses)])
    await comes(gateway, data)
    assert sorted(a.claim_id for a in await gateway.said(ClaimAcknowledged)) == IDS
    assert await gateway.quarantined() == [("277CA", "STRANGER", "gateway.claim-unknown")]
    assert await file_state(gateway) == ("loaded", "277CA")


@pytest.mark.usefixtures("large")
async def test_the_transaction_outlasts_the_reading_of_a_file_that_takes_minutes(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    patience: set[str] = set()
    take = large_inbound._Reading.take

    async def taking(self: large_inbound._Reading, part: large_answer.AnswerPart) -> None:
        shown = "show idle_in_transaction_session_timeout"
        patience.add(await self._connection.fetchval(shown))
        await take(self, part)

    monkeypatch.setattr(large_inbound._Reading, "take", taking)
    await comes(gateway, write_835(envelope(), [payment(IDS)]))
    assert patience == {"15min"}


def _full(_: large_inbound._Spool, __: bytes) -> None:
    raise large_inbound.SpoolError("there is no room")


@pytest.mark.usefixtures("large")
async def test_a_file_for_which_our_disk_has_no_room_lies_at_its_payer_and_keeps_back_no_other(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 1_000)
    large = gateway.wire.outgoing("BLUERIVER") / "answer.835"
    large.write_bytes(write_835(envelope(), [payment(IDS)]))
    (gateway.wire.outgoing("SUMMIT") / "small.835").write_bytes(b"x")
    with monkeypatch.context() as patched:
        patched.setattr(large_inbound._Spool, "_write", _full)
        await gateway.receive()
    assert large.exists()
    assert await file_state(gateway, "small.835") == ("quarantined", "")
    await gateway.receive()
    assert await file_state(gateway) == ("loaded", "835")


@pytest.mark.usefixtures("large")
async def test_a_file_that_there_is_no_room_to_read_is_put_off_and_others_are_read(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=None)
    data = write_835(envelope(), [payment(IDS)])
    (gateway.wire.outgoing("BLUERIVER") / "answer.835").write_bytes(data)
    with monkeypatch.context() as patched:
        patched.setattr(piece_store, "write_pieces", _no_room)
        for _ in range(2):
            await receiver.step(gateway.runtime)
    assert await file_state(gateway) == ("received", "")
    (gateway.wire.outgoing("SUMMIT") / "other.835").write_bytes(b"x")
    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 1_000)
    for _ in range(6):
        await receiver.step(gateway.runtime)
    assert await file_state(gateway, "other.835") == ("quarantined", "")
    assert await file_state(gateway) == ("received", "")
    receiver._put_off.clear()
    await receiver.step(gateway.runtime)
    assert await file_state(gateway) == ("loaded", "835")


async def _no_room(*_: object) -> None:
    raise large_inbound.SpoolError("there is no room")


@pytest.mark.usefixtures("large")
async def test_a_crash_while_parts_are_written_leaves_nothing_of_them(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    (gateway.wire.outgoing("BLUERIVER") / "answer.835").write_bytes(
        write_835(envelope(), [payment(IDS)])
    )
    write = large_inbound._Reading._write

    async def breaks(self: large_inbound._Reading, intake: Intake) -> None:
        await write(self, intake)
        if self.events > 3:
            raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr(large_inbound._Reading, "_write", breaks)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await gateway.receive()
    assert await events(gateway) == []
    assert await file_state(gateway) == ("received", "")
    monkeypatch.setattr(large_inbound._Reading, "_write", write)
    await gateway.receive()
    assert len(await gateway.said(ClaimAdjudicated)) == 7
