"""The proof over what was kept finds each thing that can break."""

from dataclasses import replace

import pytest

from services.patient_statements.domain.statement_gate import (
    Blocked,
    GateDecision,
    GateEncounter,
    GateInputs,
)
from services.patient_statements.domain.verification import (
    Finding,
    KeptAccount,
    KeptDecision,
    KeptItem,
    KeptPayment,
    KeptReport,
    KeptStatement,
    findings,
    histories,
)

A = ("P1", "A1")
OPEN = GateInputs((GateEncounter("E1", 4000),))
ALLOWED = GateDecision(("E1",), ())
REPORT = KeptReport(A, 1, "E1", 1, 0, 5000)
PAYMENT = KeptPayment(A, 2, "R1", 1500, 500, {"E1": 1000})
STATEMENT = KeptStatement(A, "S1", 1, 3, "issued", 4000, (KeptItem("E1", 1, 4000),))
ACCOUNT = KeptAccount(A, 4000, 500, 1)
DAY = KeptDecision(A, 3, "statement_day", "S1", OPEN, ALLOWED)
ISSUE = KeptDecision(A, 4, "issue", "S1", OPEN, ALLOWED)


def found(
    *,
    account: KeptAccount | None = ACCOUNT,
    report: KeptReport = REPORT,
    payment: KeptPayment = PAYMENT,
    statement: KeptStatement = STATEMENT,
    decisions: tuple[KeptDecision, ...] = (DAY, ISSUE),
) -> list[Finding]:
    return findings(
        histories(
            accounts=[account] if account else [],
            reports=[report, KeptReport(A, 5, "E1", 2, 1000, 4000)],
            payments=[payment],
            statements=[statement],
            decisions=decisions,
        )
    )


def rules(all_found: list[Finding]) -> set[str]:
    return {each.rule for each in all_found}


def test_a_whole_account_has_no_findings() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (replace(STATEMENT, total_cents=4001), {"statement_total"}),
        (
            replace(STATEMENT, total_cents=5000, items=(KeptItem("E1", 1, 5000),)),
            {"statement_as_of"},
        ),
        (replace(STATEMENT, items=(KeptItem("E1", 2, 4000),)), {"statement_as_of"}),
        (replace(STATEMENT, items=(KeptItem("E9", 1, 4000),)), {"statement_as_of"}),
        (replace(STATEMENT, revision=1), {"statement_as_of"}),
        (replace(STATEMENT, number=2), {"statement_numbers"}),
        (replace(STATEMENT, documents_whole=False), {"document_digest"}),
        (replace(STATEMENT, state="to_render", failures=1), {"statement_not_printable"}),
    ],
)
def test_a_wrong_statement_is_found(broken: KeptStatement, expected: set[str]) -> None:
    assert rules(found(statement=broken)) == expected


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (replace(ACCOUNT, due_cents=3999), {"account_balance"}),
        (replace(ACCOUNT, unapplied_cents=0), {"account_unapplied"}),
        (replace(ACCOUNT, statements=2), {"statement_numbers"}),
        (None, {"account_missing"}),
    ],
)
def test_a_wrong_account_is_found(broken: KeptAccount | None, expected: set[str]) -> None:
    assert rules(found(account=broken)) == expected


def test_a_payment_that_is_not_allocated_exactly_is_found() -> None:
    assert rules(found(payment=replace(PAYMENT, amount_cents=1501))) == {"payment_allocation"}


def test_an_issue_without_decision_is_found() -> None:
    assert rules(found(decisions=(DAY,))) == {"decision_missing"}


@pytest.mark.parametrize("which", [0, 1])
def test_a_statement_that_was_issued_although_blocked_is_found(which: int) -> None:
    held = replace(OPEN, hold=True)
    blocked = GateDecision((), (Blocked("hold", ("E1",)),))
    decisions = [DAY, ISSUE]
    decisions[which] = replace(decisions[which], inputs=held, decision=blocked)
    assert rules(found(decisions=(decisions[0], decisions[1]))) == {"issued_while_suppressed"}


def test_a_decision_whose_inputs_say_otherwise_is_found() -> None:
    forged = replace(DAY, inputs=replace(OPEN, hold=True))
    assert rules(found(decisions=(forged, ISSUE))) == {
        "decision_not_repeatable",
        "issued_while_suppressed",
    }


def test_a_report_that_was_changed_afterwards_is_found() -> None:
    assert "statement_as_of" in rules(found(report=replace(REPORT, balance_cents=5001)))
