"""A payment told on paper and entered by a person has the effects that an 835 has, once."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.claim import ClaimAdjudicated, RemittanceReceived
from services.payer_gateway.files import large_inbound
from services.payer_gateway.x12 import write_835
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.paper_room import findings, laid_out, take_paper
from tests.integration.payer_gateway.stories import claim, coverage, patient, policy
from tests.integration.payer_gateway.test_commands import desk
from tests.integration.payer_gateway.test_large_files import IDS, comes, file_state, paid, sent
from tests.unit.payer_gateway.x12.builders import SENT, envelope, remittance

HEAD = f'payer = "BLUERIVER"\ncheck = "0010023"\non = {SENT}\namount = "295.00"\n'
INTEREST = '[[provider_adjustments]]\nreason = "WO"\nreference = "REF1"\namount = "5.00"\n'
CLAIM = """
[[claims]]
claim = "{claim}"
charge = "250.00"
paid = "150.00"
patient_responsibility = "10.00"
payer_control_number = "ICN1"

[[claims.lines]]
line = 1
code = "99213"
modifiers = ["25"]
charge = "250.00"
paid = "150.00"
allowed = "250.00"
adjustments = ["CO 45 90.00", "PR 2 10.00"]
"""
FORM = HEAD + INTEREST + "".join(CLAIM.format(claim=claim_id) for claim_id in IDS[:2])
FILE = write_835(
    envelope(),
    [
        replace(
            remittance(29_500, [paid(claim_id) for claim_id in IDS[:2]], [("WO", 500)]),
            trace_number="10023",
        )
    ],
)


async def enter(gateway: Gateway, folder: Path, form: str, *more: str) -> tuple[int, str]:
    file = folder / "form.toml"
    file.write_text(form)
    result = await desk(gateway, "remittance", "enter", str(file), "--actor", "jo", *more)
    return result.exit_code, result.output


async def _told(gateway: Gateway) -> list[dict[str, object]]:
    """What is published of payments, but for what names the payment and when it came."""
    events = [*await gateway.said(ClaimAdjudicated), *await gateway.said(RemittanceReceived)]
    own = {"remittance_id", "trace_number", "received_at"}
    return [each.model_dump(exclude=own) for each in events]


async def test_what_is_entered_is_published_as_from_a_file_once_and_a_file_is_a_duplicate_then(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    code, said = await enter(gateway, tmp_path, FORM, "--reason", "check of Monday's post")
    assert (code, said) == (
        0,
        "check 0010023 of BLUERIVER, 29500 cents for 2 claims: entered\n",
    )
    entered = await _told(gateway)
    assert len(entered) == 3
    code, said = await enter(gateway, tmp_path, FORM.replace("0010023", "10023"))
    assert (code, "refused (remittance_loaded)" in said) == (1, True)
    await comes(gateway, FILE)
    assert await file_state(gateway) == ("duplicate", "835")
    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    await comes(gateway, FILE.replace(b"~", b"~\n"), "again.835")
    assert await file_state(gateway, "again.835") == ("duplicate", "835")
    assert await _told(gateway) == entered
    assert await gateway.quarantined() == []
    (audited,) = await gateway.rows(
        "select actor, role, action, subject, reason from delivery.audit"
    )
    assert tuple(audited) == (
        "jo",
        "biller",
        "EnterRemittance",
        "P1:BLUERIVER:0010023",
        "check of Monday's post",
    )
    (kept,) = await gateway.rows("select content, state from inbound_file where kinds = 'EOB'")
    assert (kept["content"].decode(), kept["state"]) == (FORM, "loaded")
    assert "received, EOB" in (await desk(gateway, "proof", IDS[0])).output
    await gateway.rows("delete from delivery.outbox")
    await gateway.rows("truncate remittance, quarantine cascade")
    await gateway.rows("update claim set state = 'filed'")
    monkeypatch.undo()
    await comes(gateway, FILE.replace(b"~", b"~\r\n"), "alone.835")
    assert await _told(gateway) == entered


async def test_what_a_file_told_is_not_entered_again(gateway: Gateway, tmp_path: Path) -> None:
    await sent(gateway)
    await comes(gateway, FILE)
    told = await _told(gateway)
    code, said = await enter(gateway, tmp_path, FORM)
    assert (code, "refused (remittance_loaded)" in said) == (1, True)
    assert await _told(gateway) == told


async def test_two_payers_may_have_checks_of_one_number_day_and_amount(
    gateway: Gateway, tmp_path: Path
) -> None:
    await sent(gateway)
    await gateway.hear(
        patient("PT2"),
        coverage(policy("SUMMIT", "M200"), patient_id="PT2"),
        *(claim(each, "SUMMIT", patient_id="PT2") for each in ("SUM1", "SUM2")),
    )
    other = FORM.replace('"BLUERIVER"', '"SUMMIT"').replace("CLM", "SUM")
    for form in (FORM, other):
        code, said = await enter(gateway, tmp_path, form)
        assert code == 0, said
    paid = [each.payer_id for each in await gateway.said(RemittanceReceived)]
    assert sorted(paid) == ["BLUERIVER", "SUMMIT"]
    for form in (FORM, other):
        code, said = await enter(gateway, tmp_path, form.replace("0010023", "10023"))
        assert (code, "refused (remittance_loaded)" in said) == (1, True)
    await comes(gateway, FILE)
    assert await file_state(gateway) == ("duplicate", "835")
    assert len(await gateway.said(RemittanceReceived)) == 2


async def test_a_form_that_cannot_be_right_changes_nothing(
    gateway: Gateway, tmp_path: Path
) -> None:
    await sent(gateway)
    for form, more, said in (
        (FORM.replace('"295.00"', '"295.01"'), (), "the payment must be the claim payments"),
        (FORM.replace(str(SENT), "2099-01-01"), (), "refused (day_to_come)"),
        (FORM.replace('"BLUERIVER"', '"NOBODY"'), (), "refused (payer_unknown)"),
        (FORM.replace('"BLUERIVER"', '"SUMMIT"'), (), "claim CLM1 was sent to BLUERIVER"),
        (FORM, ("--role", "patient"), "refused (role_not_allowed)"),
        (FORM, ("--practice", "P9"), "not one of the practice that is paid"),
        (FORM.replace('"CLM2"', '"CLM9"'), (), "CLM9: nobody here sent a claim"),
        (FORM.replace("CLM", "NO"), (), "say with --practice"),
        (FORM, ("--dry-run",), "it balances, nothing is entered"),
        ("\x00", (), "the form is not TOML"),
    ):
        code, output = await enter(gateway, tmp_path, form, *more)
        assert (code, said in output) == (int("balances" not in said), True), output
    assert (await desk(gateway, "remittance", "enter", str(tmp_path / "none"))).exit_code == 1
    assert await _told(gateway) == []
    assert await gateway.rows("select * from remittance") == []
    assert await gateway.rows("select * from inbound_file") == []


async def test_a_claim_of_somebody_else_is_set_aside_where_it_is_said_to_be(
    gateway: Gateway, tmp_path: Path
) -> None:
    await sent(gateway)
    form = FORM.replace('"CLM2"', '"OLD2"\nelsewhere = true')
    code, said = await enter(gateway, tmp_path, form)
    assert (code, said.endswith("entered, 1 set aside\n")) == (0, True)
    assert await gateway.quarantined() == [("adjudication", "OLD2", "remittance.claim-unknown")]
    (received,) = await gateway.said(RemittanceReceived)
    assert (received.payment_cents, received.claims_paid_cents) == (29_500, 30_000)


async def test_a_payer_that_takes_paper_is_answered_for_by_a_form_that_was_printed_here(
    gateway: Gateway, tmp_path: Path
) -> None:
    take_paper(gateway, tmp_path)
    name = await laid_out(gateway, "CLM1")
    assert (await desk(gateway, "mailed", name)).exit_code == 0
    blank = (await desk(gateway, "remittance", "form", "CLM1")).output
    filled = (
        blank.replace('check = ""', 'check = "77"')
        .replace("on = ", f"on = {SENT}")
        .replace('amount = ""', 'amount = "150.00"')
        .replace('charge = ""', 'charge = "250.00"')
        .replace('paid = ""', 'paid = "150.00"')
        .replace("adjustments = []", 'adjustments = ["CO 45 90.00", "PR 2 10.00"]')
    )
    code, said = await enter(gateway, tmp_path, filled)
    assert code == 0, said
    (event,) = await gateway.said(ClaimAdjudicated)
    assert (event.paid_cents, event.patient_responsibility_cents, event.lines) == (
        15_000,
        1_000,
        (),
    )
    assert await findings(gateway) == []


async def test_a_form_holds_what_is_known_of_a_claim_that_went_as_a_file(gateway: Gateway) -> None:
    await sent(gateway)
    form = (await desk(gateway, "remittance", "form", "CLM3")).output
    assert 'code = "99213"' in form
    assert form.count('charge = "250.00"') == 2
    assert "Quillfeather" not in form
    assert (await desk(gateway, "remittance", "form", "NONE")).exit_code == 1
