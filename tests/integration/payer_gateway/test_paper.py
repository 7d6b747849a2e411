"""A payer that takes paper: forms in an outbox, a person's word, and what is waited for then."""

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimTransmitted,
    PriorPayer,
    PriorPayerLine,
)
from schemas.values import Adjustment as ContractAdjustment
from services.payer_gateway import verification_published
from services.payer_gateway.decisions.paper import MarkMailed
from services.payer_gateway.files.watch import Watch
from services.payer_gateway.stores import paper_store
from services.payer_gateway.x12 import Adjustment, write_835
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.paper_room import (
    Outbox,
    cover_of,
    findings,
    laid_out,
    take_paper,
    words_of,
)
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
    references,
)
from tests.integration.payer_gateway.test_commands import desk
from tests.unit.payer_gateway.x12.builders import envelope, paid_claim, remittance, service


@pytest.fixture
def outbox(gateway: Gateway, tmp_path: Path) -> Outbox:
    """BLUERIVER takes paper from now on."""
    return take_paper(gateway, tmp_path)


def _rows_of_form(pdf: bytes, page: int = 0) -> list[str]:
    """The lines of a form, each character at its column."""
    rows: dict[int, dict[int, str]] = {}

    def see(text: str, matrix: list[float], *_: object) -> None:
        if text.strip():
            at = round((792 - matrix[5] - 12 + 3) / 12) + 1
            rows.setdefault(at, {})[round((matrix[4] - 18) / 7.2)] = text.strip()

    PdfReader(BytesIO(pdf)).pages[page].extract_text(visitor_text=see)
    return [
        "".join(rows[at].get(column, " ") for column in range(max(rows[at]) + 1)).strip()
        for at in sorted(rows)
    ]


async def _watch(gateway: Gateway) -> list[tuple[str, str, str]]:
    await Watch(gateway.partners, gateway.transports, quiet_seconds=0).step(gateway.runtime)
    rows = await gateway.rows(
        "select kind, subject, action from silence where ended_at is null order by kind, subject"
    )
    return [tuple(row) for row in rows]


async def _said_to_be_sent(gateway: Gateway) -> list[str]:
    """The claims of which the proof expects that they were transmitted."""
    async with gateway.pool.acquire() as connection:
        told = [each async for each in verification_published.published(connection)]
    return sorted(str(each.name[0]) for each in told if each.topic == ClaimTransmitted.TOPIC)


async def _transmitted(gateway: Gateway) -> list[str]:
    return [each.claim_id for each in await gateway.said(ClaimTransmitted)]


async def _answered(gateway: Gateway, outbox: Outbox, claim_ids: Sequence[str]) -> None:
    adjustments = (Adjustment("CO", "45", 9_000), Adjustment("PR", "2", 1_000))
    paid = [
        paid_claim(each, "1", service(25_000, 15_000, *adjustments, number="1"))
        for each in claim_ids
    ]
    content = write_835(envelope(), [remittance(15_000 * len(paid), paid)])
    outbox.answered_by(content)
    await gateway.receive()


async def test_a_batch_is_forms_and_a_cover_list_in_the_outbox_and_kept_as_it_was_laid_there(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1", "CLM2")
    assert set(outbox.files()) == {name, cover_of(name)}
    forms = outbox.files()[name]
    assert len(PdfReader(BytesIO(forms)).pages) == 2
    printed = _rows_of_form(forms)
    assert "BLUERIVER HEALTH PLAN" in printed[0]
    assert "PO BOX 981106" in printed[1]
    assert "EL PASO TX 79998" in printed[2]
    assert any("QUILLFEATHER, NOOR" in row for row in printed)
    assert any("CLM1" in row for row in printed)
    assert any("CLM2" in row for row in _rows_of_form(forms, 1))
    cover = words_of(outbox.files()[cover_of(name)])
    assert "2 claims on 2 forms, charged $500.00" in cover
    assert "CLM1" in cover
    (file,) = await gateway.rows("select * from outbound_file join paper_batch using (file_id)")
    assert (file["content"], file["state"], file["sent_at"]) == (forms, "outbox", None)
    assert file["claim_ids"] == ["CLM1", "CLM2"]
    assert (file["forms"], file["claim_count"]) == (2, 2)
    assert await _transmitted(gateway) == []
    assert await findings(gateway) == []


async def test_mailing_is_what_sends_a_claim_and_proves_it(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1", "CLM2")
    listed = (await desk(gateway, "paper", "list")).output
    assert "2 claims on    2 forms, 0 cut  in the outbox" in listed
    printed = await desk(gateway, "printed", name, "--actor", "jo")
    assert printed.output == f"{name}: printed\n"
    assert "printed 20" in (await desk(gateway, "paper", "list")).output
    assert await _transmitted(gateway) == []
    by = ("--how", "certified 7014", "--actor", "jo", "--role", "mailroom")
    mailed = await desk(gateway, "mailed", name.removesuffix(".pdf"), *by)
    assert mailed.exit_code == 0, mailed.output
    assert "2 claims mailed on" in mailed.output
    events = await gateway.said(ClaimTransmitted)
    assert [each.claim_id for each in events] == ["CLM1", "CLM2"]
    assert {each.file_name for each in events} == {name}
    (file,) = await gateway.rows("select state, sent_at, answer from outbound_file")
    assert (file["state"], file["answer"]) == ("sent", "mailed")
    assert {each.transmitted_at for each in events} == {file["sent_at"]}
    proof = (await desk(gateway, "proof", "CLM1")).output
    assert "mailed, batch 000000001 certified 7014" in proof
    assert name in proof
    assert (await desk(gateway, "paper", "list")).output == "no forms are to be mailed\n"
    assert "certified 7014" in (await desk(gateway, "paper", "list", "--all")).output
    audited = await gateway.rows("select actor, role, action, reason from delivery.audit")
    assert [tuple(row) for row in audited] == [
        ("jo", "biller", "MarkPrinted", ""),
        ("jo", "mailroom", "MarkMailed", "certified 7014"),
    ]
    assert await _said_to_be_sent(gateway) == ["CLM1", "CLM2"]
    assert await findings(gateway) == []


async def test_what_did_not_fit_is_said_on_the_cover_and_at_the_desk(
    gateway: Gateway, outbox: Outbox
) -> None:
    long = practice().model_copy(update={"name": "Elm Family Medicine and Surgical Associates"})
    await gateway.hear(*references(), long)
    name = await laid_out(gateway, lines=7)
    assert len(PdfReader(BytesIO(outbox.files()[name])).pages) == 2
    shown = (await desk(gateway, "paper", "show", name)).output
    assert "item 33 takes" in shown
    assert shown.count("form 1:") >= 1
    assert shown.count("form 2:") >= 1
    (row,) = await gateway.rows("select jsonb_array_length(cuts) as cuts from paper_batch")
    assert row["cuts"] == shown.count("form ")
    assert f"CLM1 BlueRiver Health Plan 2 $1,750.00 {row['cuts']}" in words_of(
        outbox.files()[cover_of(name)]
    )


async def test_a_claim_that_another_payer_decided_first_goes_with_its_remittance(
    gateway: Gateway, outbox: Outbox
) -> None:
    first = policy("SUMMIT", "M1", coverage_id="COV9")
    prior = PriorPayer(
        payer_id="SUMMIT",
        coverage_id="COV9",
        level=1,
        paid_cents=5_000,
        adjudicated_on=date(2026, 2, 28),
        lines=(
            PriorPayerLine(
                line=1,
                paid_cents=5_000,
                adjustments=(ContractAdjustment(group="CO", reason="45", amount_cents=20_000),),
            ),
        ),
    )
    second = claim("CLM1", payer_level=2, coverage_id="COV2", prior_payers=(prior,))
    insured = coverage(first, policy("BLUERIVER", "M2", 2))
    await gateway.hear(practice(), provider(), patient(), insured, second)
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    (name,) = [each for each in outbox.files() if not each.endswith("_cover.pdf")]
    assert "other payer's remittance" in words_of(outbox.files()[cover_of(name)])
    assert (
        "    attach the other payer's remittance"
        in (await desk(gateway, "paper", "show", name)).output
    )


async def test_a_remittance_answers_a_mailed_claim_as_any_other(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1")
    await desk(gateway, "mailed", name)
    await _answered(gateway, outbox, ["CLM1"])
    (adjudicated,) = await gateway.said(ClaimAdjudicated)
    assert (adjudicated.claim_id, adjudicated.paid_cents) == ("CLM1", 15_000)
    gateway.clock.advance(timedelta(days=60))
    assert await _watch(gateway) == []


async def test_forms_that_nobody_mails_are_told_to_a_person_and_never_laid_out_again(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1")
    outbox.empty()
    gateway.clock.advance(timedelta(hours=23))
    assert await _watch(gateway) == []
    gateway.clock.advance(timedelta(hours=1))
    for _ in range(3):
        assert await _watch(gateway) == [("acknowledgement", name, "alerted")]
        gateway.clock.advance(timedelta(days=1))
    assert outbox.files() == {}
    assert "print and mail them" in (await desk(gateway, "silent")).output
    await _mail(gateway, name)
    assert await _watch(gateway) == []


async def _mail(gateway: Gateway, name: str) -> None:
    """Mailed on the gateway's own clock, which the desk's commands do not share."""
    async with gateway.pool.acquire() as connection:
        ((file_id, practice_id),) = await paper_store.find_batches(connection, name)
    await gateway.act(
        MarkMailed(
            practice_id=practice_id,
            actor="jo",
            role="biller",
            file_id=file_id,
            mailed_at=gateway.clock.now(),
        )
    )


async def test_an_835_is_waited_for_from_the_day_of_mailing_and_no_277ca_at_all(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1")
    gateway.clock.advance(timedelta(days=10))
    await _mail(gateway, name)
    gateway.clock.advance(timedelta(days=29))
    assert await _watch(gateway) == []
    gateway.clock.advance(timedelta(days=2))
    assert await _watch(gateway) == [("remittance", "CLM1", "alerted")]
    asked = await desk(gateway, "inquire", "CLM1")
    assert (asked.exit_code, asked.output) == (
        1,
        "claim CLM1 went on paper: ask BLUERIVER by phone\n",
    )


async def test_a_claim_is_taken_out_before_mailing_and_billing_is_told_why(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1", "CLM2")
    silent = await desk(gateway, "give-back", "CLM1", "--reason", " ")
    assert (silent.exit_code, "reason_missing" in silent.output) == (1, True)
    given = await desk(gateway, "give-back", "CLM1", "--reason", "item 19 was cut: attach it")
    assert given.output == "claim CLM1 is given back\n"
    (told,) = await gateway.said(ClaimAcknowledged)
    assert (told.claim_id, told.stage, told.outcome) == ("CLM1", "gateway", "rejected")
    (reason,) = told.reasons
    assert (reason.code, reason.message) == ("paper:given_back", "item 19 was cut: attach it")
    again = await desk(gateway, "give-back", "CLM1", "--reason", "again")
    assert "claim_settled" in again.output
    await _mail(gateway, name)
    assert await _transmitted(gateway) == ["CLM2"]
    assert "CLM1, taken out" in (await desk(gateway, "paper", "show", name)).output
    assert await _said_to_be_sent(gateway) == ["CLM2"]
    assert await findings(gateway) == []


async def test_a_claim_that_the_payer_sends_back_was_sent_all_the_same(
    gateway: Gateway, outbox: Outbox
) -> None:
    name = await laid_out(gateway, "CLM1")
    await _mail(gateway, name)
    await desk(gateway, "give-back", "CLM1", "--reason", "returned: signature missing")
    assert await _transmitted(gateway) == ["CLM1"]
    assert [a.outcome for a in await gateway.said(ClaimAcknowledged)] == ["rejected"]
    gateway.clock.advance(timedelta(days=60))
    assert await _watch(gateway) == []
    assert await _said_to_be_sent(gateway) == ["CLM1"]


async def test_a_person_is_refused_what_cannot_be(gateway: Gateway, outbox: Outbox) -> None:
    unknown = await desk(gateway, "mailed", "nothing.pdf")
    assert (unknown.exit_code, unknown.output) == (1, "no batch nothing.pdf is known\n")
    name = await laid_out(gateway, "CLM1")
    for on, why in (("2020-01-02", "not before"), ("2999-01-02", "days to come")):
        refused = await desk(gateway, "mailed", name, "--on", on)
        assert (refused.exit_code, why in refused.output) == (1, True), refused.output
    await _mail(gateway, name)
    twice = await desk(gateway, "mailed", name)
    assert (twice.exit_code, "paper_mailed" in twice.output) == (1, True)
    late = await desk(gateway, "printed", name)
    assert "paper_mailed" in late.output
    electronic = await desk(gateway, "give-back", "NOBODY", "--reason", "x")
    assert electronic.output == "no claim NOBODY on paper is known\n"
    await _answered(gateway, outbox, ["CLM1"])
    decided = await desk(gateway, "give-back", "CLM1", "--reason", "x")
    assert "claim_settled" in decided.output
    assert await _transmitted(gateway) == ["CLM1"]


async def test_a_batch_without_claims_is_not_mailed(gateway: Gateway, outbox: Outbox) -> None:
    name = await laid_out(gateway, "CLM1")
    await desk(gateway, "give-back", "CLM1", "--reason", "wrong payer")
    assert "paper_empty" in (await desk(gateway, "mailed", name)).output
