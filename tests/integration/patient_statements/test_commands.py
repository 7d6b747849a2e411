"""What a person types, and what they are told."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schemas.patient_account import PatientPaymentReceived
from services.patient_statements.commands import DATABASE_VARIABLE, app
from tests.integration.patient_statements.conftest import Running
from tests.unit.patient_statements.examples import (
    balance_due,
    patient_registered,
    practice_registered,
)


async def typed(running: Running, *words: str, database: str = "") -> Result:
    environment = {DATABASE_VARIABLE: database or running.url, "CLAIMSTREAM_CLOCK": "real"}
    return await asyncio.to_thread(CliRunner().invoke, app, list(words), env=environment)


async def _issued(running: Running) -> str:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.pass_days(3)
    await running.print_statements()
    (row,) = await running.rows("select statement_id from statement")
    return str(row["statement_id"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "ST-NONE"), "no statement ST-NONE is known"),
        (("pay", "A9", "--amount-cents", "100"), "no account A9 is known"),
        (("pay", "A1", "--amount-cents", "0"), "refused (amount_not_positive)"),
        (("pay", "A1", "--amount-cents", "100", "--method", "shells"), "method"),
        (("pay", "A1", "--amount-cents", "100", "--payment-id", "a b"), "payment_id"),
        (("pay", "A1", "--amount-cents", "100", "--role", "guest"), "role_not_permitted"),
        (("hold", "A1", "--reason", "x", "--role", "supervisor"), "hold_reason_unknown"),
        (("release", "A1", "--reason", "done", "--role", "supervisor"), "not_on_hold"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence_and_a_failure(
    running: Running, words: tuple[str, ...], told: str
) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    result = await typed(running, *words)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert "Featherstone" not in result.output


async def test_a_fraction_of_a_cent_is_no_amount(running: Running) -> None:
    result = await typed(running, "pay", "A1", "--amount-cents", "1.5")
    assert result.exit_code == 2


async def test_a_database_that_does_not_answer_is_named_by_its_variable(running: Running) -> None:
    result = await typed(running, "list", database="postgresql:///none?host=/nowhere")
    assert result.exit_code == 1
    assert DATABASE_VARIABLE in result.stderr


async def test_an_account_of_two_practices_needs_the_practice_named(running: Running) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        balance_due(5000),
    )
    await running.hear(
        practice_registered(practice_id="P2"),
        patient_registered(practice_id="P2"),
        balance_due(900, practice_id="P2"),
    )
    unnamed = await typed(running, "pay", "A1", "--amount-cents", "100")
    assert unnamed.exit_code == 1
    assert "--practice" in unnamed.stderr
    named = await typed(running, "pay", "A1", "--amount-cents", "100", "--practice", "P2")
    assert named.exit_code == 0
    assert [each.practice_id for each in await running.said(PatientPaymentReceived)] == ["P2"]


async def test_a_statement_is_listed_and_shown_without_names_and_written_to_files(
    running: Running, tmp_path: Path
) -> None:
    statement_id = await _issued(running)
    listed = await typed(running, "list", "--account", "A1")
    assert statement_id in listed.stdout
    assert "$50.00" in listed.stdout
    page, document = tmp_path / "page.html", tmp_path / "page.pdf"
    shown = await typed(running, "show", statement_id, "--html", str(page), "--pdf", str(document))
    assert shown.exit_code == 0
    assert "total $50.00" in shown.stdout
    assert "Featherstone" not in listed.output + shown.output
    assert "Featherstone" in page.read_text(encoding="utf-8")
    assert document.read_bytes().startswith(b"%PDF")


async def test_a_statement_that_was_not_issued_has_no_document_to_write(
    running: Running, tmp_path: Path
) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.pass_days(3)
    (row,) = await running.rows("select statement_id from statement")
    result = await typed(running, "show", row["statement_id"], "--pdf", str(tmp_path / "page.pdf"))
    assert result.exit_code == 1
    assert not (tmp_path / "page.pdf").exists()


async def test_the_same_payment_id_is_told_to_be_recorded_before(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    words = ("pay", "A1", "--amount-cents", "2500", "--payment-id", "R-1")
    first, second = await typed(running, *words), await typed(running, *words)
    assert first.stdout == "R-1 recorded\n"
    assert second.stdout == "R-1 was recorded before\n"
    (received,) = await running.said(PatientPaymentReceived)
    assert received.amount_cents == 2500


async def test_payments_without_an_id_are_payments_of_their_own(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    for _ in range(2):
        assert (await typed(running, "pay", "A1", "--amount-cents", "100")).exit_code == 0
    assert len(await running.said(PatientPaymentReceived)) == 2


async def test_a_hold_stops_statements_until_it_is_released(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    held = await typed(
        running, "hold", "A1", "--reason", "billing_dispute", "--role", "patient_accounts"
    )
    assert held.stdout == "account A1 is on hold\n"
    assert (await running.account())["state"] == "on_hold"
    freed = await typed(running, "release", "A1", "--reason", "resolved", "--role", "supervisor")
    assert freed.stdout == "account A1 is released\n"
    assert (await running.account())["state"] == "open"
