"""From a balance that is due to a statement in the patient's hands, once."""

import asyncio
from hashlib import sha256

import pytest

from schemas.patient_account import StatementIssued, StatementSuppressed
from services.patient_statements.decisions import PlaceHold, RecordPayment, ReleaseHold
from services.patient_statements.domain.statement import Statement
from services.patient_statements.rendering.document import Documents, documents_of
from services.patient_statements.rendering.pdf import UnprintableError
from services.patient_statements.verification_store import statement_findings
from tests.integration.patient_statements.conftest import Running
from tests.support import LONG_ENOUGH_S, until
from tests.unit.patient_statements.examples import (
    balance_due,
    coverage_registered,
    patient_registered,
    policy,
    practice_registered,
)


async def _owing(running: Running) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        balance_due(5000, encounter_id="E1"),
        balance_due(2500, encounter_id="E2"),
    )


def _hold(reason: str = "billing_dispute") -> PlaceHold:
    return PlaceHold(
        practice_id="P1", account_id="A1", actor="ann", role="supervisor", reason=reason
    )


def _pay(cents: int, payment_id: str = "R1") -> RecordPayment:
    return RecordPayment(
        practice_id="P1",
        account_id="A1",
        actor="ann",
        role="cashier",
        payment_id=payment_id,
        amount_cents=cents,
        method="card",
    )


async def _proven(running: Running) -> None:
    async with running.pool.acquire() as connection:
        assert await statement_findings(connection) == []


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
    await _proven(running)


async def test_two_renderers_never_issue_one_statement_twice(running: Running) -> None:
    await _owing(running)
    await running.hear(
        patient_registered(patient_id="PT2", account_id="A2"),
        balance_due(900, account_id="A2", patient_id="PT2", encounter_id="E3"),
    )
    await running.pass_days(3)
    taken = await asyncio.gather(*(running.print_statements(most=1) for _ in range(3)))
    assert sum(taken) == 2
    issued = await running.said(StatementIssued)
    assert sorted(each.account_id for each in issued) == ["A1", "A2"]


async def test_a_statement_that_cannot_be_printed_is_kept_and_stops_no_other(
    running: Running,
) -> None:
    await _owing(running)
    await running.hear(
        patient_registered(patient_id="PT2", account_id="A2"),
        balance_due(900, account_id="A2", patient_id="PT2", encounter_id="E3"),
    )
    await running.pass_days(3)

    def choosy(statement: Statement) -> Documents:
        if statement.account_id == "A1":
            raise UnprintableError("no")
        return documents_of(statement)

    assert await running.print_statements(render=choosy) == 2
    assert [each.account_id for each in await running.said(StatementIssued)] == ["A2"]
    async with running.pool.acquire() as connection:
        rules = [each.rule for each in await statement_findings(connection)]
    assert rules == ["statement_not_printable"]
    assert await running.print_statements() == 0
    await running.pass_days(1)
    assert await running.print_statements() == 1
    await _proven(running)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("hold", "hold"),
        ("death", "deceased"),
        ("bankruptcy", "bankruptcy"),
        ("medicaid", "medicaid"),
        ("payment", "nothing_due"),
        ("reversal", "insurance_pending"),
    ],
)
async def test_what_happens_before_printing_withdraws_the_statement(
    running: Running, change: str, reason: str
) -> None:
    await _owing(running)
    await running.pass_days(3)
    if change == "hold":
        await running.act(_hold())
    elif change == "payment":
        await running.act(_pay(7500))
    else:
        event = {
            "death": patient_registered(deceased=True),
            "bankruptcy": patient_registered(billing_hold="bankruptcy"),
            "medicaid": coverage_registered(policy("medicaid")),
            "reversal": balance_due(5000, encounter_id="E1", version=2, insurance_final=False),
        }[change]
        await running.hear(event)
    assert await running.print_statements() == 1
    assert await running.said(StatementIssued) == []
    (suppressed,) = await running.said(StatementSuppressed)
    assert suppressed.reason == reason
    (row,) = await running.rows("select state, withdrawn_as, html from statement")
    assert tuple(row) == ("withdrawn", reason, None)
    await _proven(running)


async def test_a_withdrawn_statement_follows_under_the_next_number_once_nothing_blocks(
    running: Running,
) -> None:
    await _owing(running)
    await running.pass_days(3)
    await running.act(_hold())
    await running.print_statements()
    await running.pass_days(40)
    assert await running.print_statements() == 0
    await running.act(
        ReleaseHold(
            practice_id="P1", account_id="A1", actor="ann", role="supervisor", reason="resolved"
        )
    )
    await running.pass_days(3)
    assert await running.print_statements() == 1
    (issued,) = await running.said(StatementIssued)
    assert (issued.number, issued.total_cents) == (2, 7500)
    (row,) = await running.rows("select notice from statement where state = 'issued'")
    assert row["notice"] == "first"
    await _proven(running)


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
    await _proven(running)


async def test_three_notices_go_out_thirty_days_apart_and_then_no_more(running: Running) -> None:
    await _owing(running)
    days = []
    for day in range(1, 130):
        await running.pass_days(1)
        if await running.print_statements():
            days.append(day)
    assert days == [3, 33, 63]
    rows = await running.rows("select number, notice from statement order by number")
    assert [tuple(row) for row in rows] == [(1, "first"), (2, "second"), (3, "final")]
    account = await running.account()
    assert str(account["first_statement_at"]).startswith("2026-03-05")
    await _proven(running)


async def test_statements_of_one_account_go_out_in_order_after_the_renderer_was_down(
    running: Running,
) -> None:
    await _owing(running)
    await running.pass_days(70)
    while await running.print_statements():
        pass
    assert [each.number for each in await running.said(StatementIssued)] == [1, 2, 3]
    await _proven(running)


async def test_the_background_task_issues_and_ends_when_the_process_is_to_stop(
    running: Running,
) -> None:
    await _owing(running)
    await running.pass_days(3)
    (task,) = running.processor.service.background

    async def work() -> None:
        await task(running.runtime)

    working = asyncio.create_task(work())

    async def issued() -> bool:
        return bool(await running.said(StatementIssued))

    await until(issued, what="the statement")
    running.runtime.stopping.set()
    await asyncio.wait_for(working, timeout=LONG_ENOUGH_S)
