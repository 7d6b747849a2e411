"""What a run came to: denials by reason, and encounters worth a look."""

from claimstream.demo.outcome import denials, interesting
from schemas.claim import AdjudicatedLine, ClaimAdjudicated
from schemas.event import Event
from schemas.patient_account import (
    PatientPaymentReceived,
    PaymentAllocation,
    StatementIssued,
    StatementItem,
)
from schemas.values import Adjustment
from tests.builders import make
from tests.unit.lineage.facts import told


def line(paid: int, *adjustments: tuple[str, str, int]) -> AdjudicatedLine:
    return AdjudicatedLine(
        line=1,
        code="99213",
        charge_cents=20_000,
        paid_cents=paid,
        adjustments=tuple(
            Adjustment(group=group, reason=reason, amount_cents=cents)
            for group, reason, cents in adjustments
        ),
    )


def adjudicated(*lines: AdjudicatedLine, encounter: str = "E1", **changes: object) -> Event:
    said = {"claim_status_code": "1", "paid_cents": sum(each.paid_cents for each in lines)}
    return make(
        ClaimAdjudicated,
        practice_id="P1",
        encounter_id=encounter,
        **{**said, **changes},
        lines=lines,
    )


def test_a_line_that_was_paid_in_part_is_no_denial() -> None:
    assert denials(told([adjudicated(line(1, ("CO", "50", 19_999)))])) == []


def test_the_patients_share_and_contractual_amounts_are_no_denials() -> None:
    free = line(0, ("CO", "45", 100), ("PR", "1", 200), ("CO", "253", 3), ("OA", "23", 4))
    assert denials(told([adjudicated(free, line(0, ("CO", "24", 5)))])) == []


def test_a_reversal_counts_no_denial_again() -> None:
    refused = line(0, ("CO", "50", -20_000))
    assert denials(told([adjudicated(refused, claim_status_code="22")])) == []


def test_denials_are_counted_by_reason_the_most_money_first() -> None:
    facts = told(
        [
            adjudicated(line(0, ("CO", "16", 500)), line(0, ("CO", "16", 700))),
            adjudicated(line(0, ("CO", "50", 20_000), ("CO", "45", 30)), encounter="E2"),
        ]
    )
    assert denials(facts) == [("CO-50", 1, 20_000), ("CO-16", 2, 1_200)]


def test_a_paid_a_denied_and_a_twice_insured_encounter_are_worth_a_look() -> None:
    paid = make(
        PatientPaymentReceived,
        practice_id="P1",
        allocations=(PaymentAllocation(encounter_id="E3", amount_cents=1),),
    )
    facts = told(
        [
            adjudicated(line(0, ("CO", "50", 20_000))),
            adjudicated(line(5), encounter="E2", payer_id="FIRST"),
            adjudicated(line(5), encounter="E2", payer_id="SECOND", claim_status_code="2"),
            paid,
        ]
    )
    assert interesting(facts) == [
        ("denied", "P1:E1"),
        ("primary and secondary payer", "P1:E2"),
        ("paid by insurance and patient", "P1:E3"),
    ]


def test_the_first_of_each_kind_is_taken() -> None:
    refused = line(0, ("CO", "50", 20_000))
    facts = told([adjudicated(refused), adjudicated(refused, encounter="E2")])
    assert interesting(facts) == [("denied", "P1:E1")]


def test_a_statement_stands_in_where_nothing_else_is_found() -> None:
    items = tuple(StatementItem(encounter_id=name, balance_cents=1) for name in ("E8", "E7"))
    issued = make(StatementIssued, practice_id="P1", items=items)
    assert interesting(told([issued])) == [("statement sent", "P1:E7")]


def test_a_deductible_is_no_denial_worth_a_look() -> None:
    assert interesting(told([adjudicated(line(0, ("PR", "1", 20_000)))])) == []
