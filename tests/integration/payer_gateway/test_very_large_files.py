"""Files of more than 16 MB as they are: a 277 among payments, and a payment that is read again."""

from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import pytest

from schemas.claim import ClaimAdjudicated, RemittanceReceived
from services.payer_gateway.decisions.quarantine import ReleaseQuarantined
from services.payer_gateway.files import large_inbound
from services.payer_gateway.files.watch import Watch
from services.payer_gateway.x12 import (
    ClaimReport,
    Envelope,
    StatusCode,
    StatusInquiry,
    StatusReport,
    read_276,
    read_interchanges,
    write_277,
    write_835,
)
from services.payer_gateway.x12 import stream as codec_stream
from services.payer_gateway.x12.envelope import TradingPartner as Side
from services.payer_gateway.x12.inquiry_answers import answer_status
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    PRACTICE_NPI,
    claim,
    practice,
    references,
)
from tests.integration.payer_gateway.test_large_files import payment
from tests.unit.payer_gateway.x12.builders import envelope

IDS = ["CLM1", "CLM2"]
OTHER_NPI = "1679576722"


async def _asked(gateway: Gateway) -> StatusInquiry:
    """Both claims are overdue and asked about; the question as the payer finds it."""
    gateway.agree("BLUERIVER", inquires=True)
    await gateway.hear(*references(member_id="SILENT-1"), *(claim(each) for each in IDS))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(3)
    await Watch(gateway.partners, gateway.transports, quiet_seconds=0).step(gateway.runtime)
    await gateway.send()
    (row,) = await gateway.rows("select content from outbound_file where kind = '276'")
    (transaction,) = [t for i in read_interchanges(row["content"]) for t in i.transactions]
    return read_276(transaction)[0]


def _answer(inquiry: StatusInquiry) -> bytes:
    said = StatusReport((StatusCode("P1", "20"),), date(2026, 3, 1))
    response = answer_status(inquiry, "R1", lambda asked: [ClaimReport(asked.trace, (said,))])
    at = (date(2026, 3, 1), time(9, 30))
    return write_277(
        Envelope(Side("ZZ", "BLUERIVER"), Side("ZZ", PRACTICE_NPI), 900, 900, *at), [response]
    )


def _wide(content: bytes) -> bytes:
    """The same with so many line ends between its segments that it is over the limit."""
    segments = content.count(b"~")
    ends = b"\n" * (large_inbound.LARGE_BYTES // segments + 1)
    return content.replace(b"~", b"~" + ends)


async def _comes(gateway: Gateway, content: bytes) -> None:
    (gateway.wire.outgoing("BLUERIVER") / "large.x12").write_bytes(content)
    await gateway.receive()
    (row,) = await gateway.rows(
        "select piece_bytes, octet_length(content) as held from inbound_file "
        "where name = 'large.x12'"
    )
    assert (row["piece_bytes"], row["held"]) == (len(content), 0)


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_277_is_answered_beside_payments_in_a_file_over_16_mb(
    gateway: Gateway, is_first: bool
) -> None:
    inquiry = await _asked(gateway)
    parts = [_answer(inquiry), _wide(write_835(envelope(), [payment(IDS)]))]
    await _comes(gateway, b"\n".join(parts if is_first else parts[::-1]))
    (row,) = await gateway.rows("select state, kinds from inbound_file where name = 'large.x12'")
    assert tuple(row) == ("loaded", "277 835")
    answers = await gateway.rows("select outcome, codes from answer order by trace")
    assert [tuple(each) for each in answers] == [("pending", "P1:20")] * 2
    assert {each.claim_id for each in await gateway.said(ClaimAdjudicated)} == set(IDS)
    assert await gateway.quarantined() == []


async def test_a_277_that_is_over_16_mb_itself_is_read(gateway: Gateway) -> None:
    inquiry = await _asked(gateway)
    await _comes(gateway, _wide(_answer(inquiry)))
    assert len(await gateway.rows("select 1 from answer")) == 2
    assert await gateway.quarantined() == []


async def test_a_set_too_large_to_be_read_whole_is_set_aside_alone_and_says_what_to_ask_for(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    inquiry = await _asked(gateway)
    monkeypatch.setattr(codec_stream, "LARGEST_TRANSACTION", 100)
    await _comes(gateway, _answer(inquiry) + _wide(write_835(envelope(), [payment(IDS)])))
    assert await gateway.rows("select 1 from answer") == []
    ((kind, _, reason),) = await gateway.quarantined()
    assert (kind, reason) == ("277", "envelope.transaction-too-large")
    (row,) = await gateway.rows("select findings::text as findings from quarantine")
    assert "ask for it in smaller ones" in row["findings"]
    assert {each.claim_id for each in await gateway.said(ClaimAdjudicated)} == set(IDS)


async def test_a_release_loads_the_refused_payment_and_nothing_of_the_file_twice(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(), *(claim(each) for each in IDS))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    stranger = payment(["X1"], "TRACE2")
    stranger = replace(stranger, payee=replace(stranger.payee, identifier=OTHER_NPI))
    await _comes(gateway, _wide(write_835(envelope(), [payment(IDS), stranger])))
    assert await gateway.quarantined() == [("remittance", "TRACE2", "remittance.payee-unknown")]
    before = [each.to_json() for each in await gateway.said(ClaimAdjudicated)]
    await gateway.hear(practice("P2", OTHER_NPI))
    (item,) = await gateway.rows("select item_id, practice_id from quarantine")
    await gateway.act(_release(item["item_id"], item["practice_id"]))
    gateway.clock.advance(timedelta(hours=1))
    await gateway.receive()
    assert [each.to_json() for each in await gateway.said(ClaimAdjudicated)] == before
    received = await gateway.said(RemittanceReceived)
    assert sorted((each.practice_id, each.trace_number) for each in received) == [
        ("P1", "TRACE1"),
        ("P2", "TRACE2"),
    ]
    assert await gateway.quarantined() == [("adjudication", "X1", "remittance.claim-unknown")]


def _release(item_id: UUID, practice_id: str) -> ReleaseQuarantined:
    return ReleaseQuarantined(
        practice_id=practice_id,
        actor="someone",
        role="supervisor",
        reason="the payee is ours",
        item_id=item_id,
    )
