"""From a balance that is due to a statement in the patient's hands, once."""

from hashlib import sha256

import pytest

from schemas.patient_account import StatementIssued, StatementSuppressed
from services.patient_statements.decisions import PlaceHold
from services.patient_statements.domain.statement import Statement
from services.patient_statements.rendering.document import Documents, documents_of
from tests.integration.patient_statements.conftest import Running
from tests.unit.patient_statements.examples import (
    balance_due,
    patient_registered,
    practice_registered,
)


async def _owing(running: Running) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        balance_due(5000, encounter_id="E1"),
        balance_due(2500, encounter_id="E2"),
    )


async def test_several_encounters_share_the_first_statement_after_the_delay(
    running: Running,
) -> None:
    await _owing(running)
    assert await running.pass_days(2) == 0
    assert await running.pass_days(1) == 1
    assert await running.print_statements() == 1
    (issued,) = await running.said(StatementIssued)
    assert issued.total_cents == 7500
    assert [item.encounter_id for item in issued.items] == ["E1", "E2"]
    assert issued.number == 1
    (row,) = await running.rows("select * from statement")
    assert row["state"] == "issued"
    assert sha256(row["html"]).hexdigest() == issued.html_sha256 == row["html_sha256"]
    assert sha256(row["pdf"]).hexdigest() == issued.pdf_sha256 == row["pdf_sha256"]
    assert b"$75.00" in row["html"]
    assert running.woken


async def test_a_renderer_killed_half_way_issues_the_same_statement_once(running: Running) -> None:
    await _owing(running)
    await running.pass_days(3)

    def killed(statement: Statement) -> Documents:
        documents_of(statement)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await running.print_statements(render=killed)
    assert await running.said(StatementIssued) == []
    assert await running.print_statements() == 1
    assert await running.print_statements() == 0
    (issued,) = await running.said(StatementIssued)
    assert issued.number == 1


async def test_a_hold_placed_before_printing_withdraws_the_statement(running: Running) -> None:
    await _owing(running)
    await running.pass_days(3)
    await running.act(
        PlaceHold(
            practice_id="P1",
            account_id="A1",
            actor="ann",
            role="supervisor",
            reason="billing_dispute",
        )
    )
    assert await running.print_statements() == 1
    assert await running.said(StatementIssued) == []
    (suppressed,) = await running.said(StatementSuppressed)
    assert suppressed.reason == "hold"
    assert suppressed.balance_cents == 7500
    (row,) = await running.rows("select state, withdrawn_as, html from statement")
    assert tuple(row) == ("withdrawn", "hold", None)
