"""Claims that payers are asked about (276): when, what they answer (277), what follows."""

import json
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from services.payer_gateway.files.watch import Watch
from services.payer_gateway.stores import file_store, silence_store
from services.payer_gateway.verification import transmission_findings
from services.payer_gateway.x12 import (
    ClaimReport,
    Envelope,
    Name,
    Party,
    ProviderReport,
    ReceiverReport,
    SourceReport,
    StatusCode,
    StatusInquiry,
    StatusReport,
    StatusResponse,
    read_276,
    read_interchanges,
    write_277,
)
from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.envelope import TradingPartner as Side
from services.payer_gateway.x12.inquiry_answers import answer_status
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import PRACTICE_NPI, claim, references
from tests.integration.payer_gateway.test_commands import desk
from tests.integration.payer_gateway.test_crashes import KilledError

_SILENCES = (
    "select kind, subject, action, reason from silence where ended_at is null order by subject"
)


async def _watch(gateway: Gateway) -> int:
    return await Watch(gateway.partners, gateway.transports, quiet_seconds=0).step(gateway.runtime)


async def _silences(gateway: Gateway) -> list[tuple[str, str, str, str]]:
    return [tuple(row) for row in await gateway.rows(_SILENCES)]


async def _overdue(gateway: Gateway, *claim_ids: str, inquires: bool = True) -> None:
    """Claims that the payer took (999) and never speaks of again, three days later."""
    gateway.partners["BLUERIVER"] = replace(gateway.partners["BLUERIVER"], inquires=inquires)
    await gateway.hear(
        *references(member_id="SILENT-1"), *(claim(each) for each in claim_ids or ("CLM1",))
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(3)
    await _watch(gateway)


async def _asked(gateway: Gateway) -> StatusInquiry:
    """The question that lies with the payer, taken from its folder."""
    await gateway.send()
    (file,) = gateway.wire.incoming("BLUERIVER").glob("*.276")
    content = file.read_bytes()
    file.unlink()
    (transaction,) = [t for i in read_interchanges(content) for t in i.transactions]
    inquiry, findings = read_276(transaction)
    assert findings == []
    return inquiry


async def _answer(gateway: Gateway, response: StatusResponse, number: int = 900) -> None:
    envelope = Envelope(
        Side("ZZ", "BLUERIVER"),
        Side("ZZ", PRACTICE_NPI),
        number,
        number,
        date(2026, 3, 1),
        time(9, 30),
    )
    folder = gateway.wire.outgoing("BLUERIVER")
    (folder / f"answer{number}.277").write_bytes(write_277(envelope, [response]))
    await gateway.receive()


def _status(category: str, status: str = "20", **said: object) -> StatusReport:
    return StatusReport((StatusCode(category, status),), date(2026, 3, 1), **said)  # type: ignore[arg-type]


def _said(inquiry: StatusInquiry, *statuses: StatusReport) -> StatusResponse:
    return answer_status(inquiry, "R1", lambda asked: [ClaimReport(asked.trace, statuses)])


async def _broken(gateway: Gateway) -> list[object]:
    async with gateway.pool.acquire() as connection:
        return [*await transmission_findings(connection)]


async def test_a_partner_that_is_not_asked_has_its_silence_told_to_a_person(
    gateway: Gateway,
) -> None:
    await _overdue(gateway, inquires=False)
    assert await _silences(gateway) == [("claim_acknowledgement", "CLM1", "alerted", "")]
    assert await gateway.rows("select 1 from question") == []


async def test_an_answer_to_nothing_that_was_asked_is_set_aside(gateway: Gateway) -> None:
    await _overdue(gateway)
    inquiry = await _asked(gateway)
    stranger = replace(inquiry, claims=(replace(inquiry.claims[0], trace="NOT-OURS"),))
    await _answer(gateway, _said(stranger, _status("P1")))
    assert await gateway.quarantined() == [("277", "NOT-OURS", "gateway.question-unknown")]
    assert await gateway.rows("select 1 from answer") == []


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ("D0", "the payer does not find it"),
        ("A4", "the payer does not find it"),
        ("A7", "the payer rejected it"),
        ("R3", "the payer waits for information"),
        ("E1", "the payer could not answer"),
    ],
)
async def test_bad_news_goes_to_a_person_with_the_reason(
    gateway: Gateway, category: str, reason: str
) -> None:
    await _overdue(gateway)
    await _answer(gateway, _said(await _asked(gateway), _status(category)))
    assert await _watch(gateway) == 1
    ((_, subject, action, because),) = await _silences(gateway)
    assert (subject, action) == ("CLM1", "alerted")
    assert because.startswith(reason)
    assert f"({category}:20" in because
    assert reason in (await desk(gateway, "silent")).output


async def test_a_payer_that_does_not_know_the_provider_refuses_all_that_was_asked(
    gateway: Gateway,
) -> None:
    await _overdue(gateway, "CLM1", "CLM2")
    who = ("--practice", "P1", "--patient", "PT1", "--payer", "BLUERIVER")
    await desk(gateway, "eligibility", *who, "--wait", "0")
    inquiry = await _asked(gateway)
    first = inquiry.claims[0]
    refused = ProviderReport((first.provider,), "0", (_status("D0", "26"),))
    source = SourceReport(first.source, (ReceiverReport(first.receiver, providers=(refused,)),))
    await _answer(gateway, StatusResponse("R1", None, None, (source,)))
    await _watch(gateway)
    assert {(s[1], s[2]) for s in await _silences(gateway)} == {
        ("CLM1", "alerted"),
        ("CLM2", "alerted"),
    }
    assert (
        await gateway.rows("select 1 from answer join question using (trace) where kind = '270'")
        == []
    )
    other = replace(refused, parties=(Party("1P", Name.organization("X"), "XX", "1245319599"),))
    source = replace(source, receivers=(ReceiverReport(first.receiver, providers=(other,)),))
    await _answer(gateway, StatusResponse("R2", None, None, (source,)), 901)
    assert [each[0] for each in await gateway.quarantined()] == ["277"]


async def test_a_question_without_an_answer_goes_to_a_person_the_next_day(
    gateway: Gateway,
) -> None:
    await _overdue(gateway)
    asked_on = gateway.clock.now()
    await _asked(gateway)
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    ((_, _, action, reason),) = await _silences(gateway)
    assert (action, reason) == ("alerted", f"asked on {asked_on:%Y-%m-%d}, no answer")


async def test_every_overdue_claim_of_a_file_is_asked_about_in_one_file(gateway: Gateway) -> None:
    await _overdue(gateway, "CLM1", "CLM2", "CLM3")
    assert {(s[1], s[2]) for s in await _silences(gateway)} == {
        (each, "inquired") for each in ("CLM1", "CLM2", "CLM3")
    }
    inquiry = await _asked(gateway)
    assert [c.reference("EJ") for c in inquiry.claims] == ["CLM1", "CLM2", "CLM3"]
    files = await gateway.rows(
        "select kind, interchange_control_number, claim_ids, state, content, watch_at "
        "from outbound_file order by interchange_control_number"
    )
    assert [(f["kind"], f["interchange_control_number"]) for f in files] == [("837", 1), ("276", 2)]
    assert (files[1]["claim_ids"], files[1]["state"], files[1]["watch_at"]) == ([], "sent", None)
    assert [f for f in findings_of(files[1]["content"]) if f.finding.is_error] == []
    assert await _broken(gateway) == []
    await _watch(gateway)
    assert len(await gateway.rows("select 1 from question")) == 3


async def test_a_claim_that_the_payer_works_on_is_asked_about_again_a_week_later(
    gateway: Gateway,
) -> None:
    await _overdue(gateway)
    await _answer(gateway, _said(await _asked(gateway), _status("P1")))
    for _ in range(6):
        await _watch(gateway)
        gateway.clock.advance(timedelta(days=1))
    ((_, _, action, reason),) = await _silences(gateway)
    assert (action, reason) == ("inquired", "the payer works on it (P1:20)")
    assert len(await gateway.rows("select 1 from question")) == 1
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    assert len(await gateway.rows("select 1 from question")) == 2
    assert len((await _asked(gateway)).claims) == 1


async def test_a_claim_that_is_decided_waits_for_its_remittance_until_the_limit(
    gateway: Gateway,
) -> None:
    await _overdue(gateway)
    paid = _status("F1", "65", charge_cents=25_000, paid_cents=9_000, payment_trace="CHK1")
    await _answer(gateway, _said(await _asked(gateway), paid))
    await _watch(gateway)
    assert [s[2] for s in await _silences(gateway)] == ["inquired"]
    for _ in range(28):
        gateway.clock.advance(timedelta(days=1))
        await _watch(gateway)
    ((_, _, action, reason),) = await _silences(gateway)
    assert (action, reason) == ("alerted", "decided and paid: the remittance says how (F1:65)")
    shown = json.loads((await desk(gateway, "status", "CLM1", "--json")).output)
    (answer,) = shown["questions"][0]["answers"]
    assert (answer["outcome"], answer["paid_cents"], answer["payment_trace"]) == (
        *("paid", 9_000),
        "CHK1",
    )


async def test_a_question_that_the_payer_refuses_harms_no_claim(gateway: Gateway) -> None:
    await _overdue(gateway)
    await gateway.send()
    async with gateway.pool.acquire() as connection:
        await connection.execute("update outbound_file set state = 'rejected' where kind = '276'")
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    ((_, _, action, reason),) = await _silences(gateway)
    assert (action, reason) == ("alerted", "the payer did not take the question about it")
    (row,) = await gateway.rows("select state from claim")
    assert row["state"] == "filed"


async def test_a_question_that_the_payer_took_before_a_kill_is_not_asked_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _overdue(gateway)

    async def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(file_store, "mark_files_sent", killed)
        with pytest.raises(KilledError):
            await gateway.send()
    (file,) = gateway.wire.incoming("BLUERIVER").glob("*.276")
    file.unlink()
    await gateway.send()
    assert list(gateway.wire.incoming("BLUERIVER").glob("*.276")) == []
    (row,) = await gateway.rows("select state from outbound_file where kind = '276'")
    assert row["state"] == "sent"
    assert await _broken(gateway) == []


async def test_a_kill_before_the_question_is_stored_spends_no_control_number(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(silence_store, "keep_look", killed)
        with pytest.raises(KilledError):
            await _overdue(gateway)
    assert await gateway.rows("select 1 from question") == []
    assert await _broken(gateway) == []
    await _watch(gateway)
    (row,) = await gateway.rows("select last from control_number")
    assert row["last"] == 2


async def test_a_person_asks_before_anything_is_overdue(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim())
    early = await desk(gateway, "inquire", "CLM1")
    assert (early.exit_code, "no payer has it yet" in early.output) == (1, True)
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    asked = await desk(gateway, "inquire", "CLM1", "--actor", "jo")
    assert asked.output == "asked BLUERIVER about claim CLM1\n"
    assert "no answer yet" in (await desk(gateway, "status", "CLM1")).output
    await _answer(gateway, _said(await _asked(gateway), _status("D0", "35")))
    shown = (await desk(gateway, "status", "CLM1")).output
    assert "claim CLM1 of P1 at BLUERIVER: filed" in shown
    assert "asked by jo" in shown
    assert "the payer does not find it: ask, or submit it again (D0:35)" in shown
    unknown = await desk(gateway, "inquire", "NOBODY")
    assert (unknown.exit_code, unknown.output) == (1, "no claim NOBODY is known\n")
    assert "asked, ISA13" in (await desk(gateway, "proof", "CLM1")).output
    assert await _broken(gateway) == []


async def test_an_answer_that_arrives_twice_is_kept_once(gateway: Gateway) -> None:
    await _overdue(gateway)
    response = _said(await _asked(gateway), _status("P1"), _status("P2"))
    await _answer(gateway, response)
    await _answer(gateway, response)
    assert len(await gateway.rows("select 1 from answer")) == 2
