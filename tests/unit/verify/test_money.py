"""The money that the events tell of adds up, to the cent, or is named."""

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from claimstream.lineage.history import Fact
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.money import (
    BALANCE,
    CASH,
    LINES,
    REMITTANCE,
    STATEMENT,
    Cash,
    Remittances,
    check_balances,
    check_cash,
    check_remittances,
    check_statements,
)
from schemas.claim import (
    AdjudicatedLine,
    ClaimAdjudicated,
    ProviderAdjustment,
    RemittanceReceived,
)
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue, StatementIssued, StatementItem
from schemas.values import Adjustment
from tests.builders import make
from tests.unit.lineage.facts import told

CENTS = st.integers(0, 10**8)
NOT_NOTHING = st.integers(-(10**6), 10**6).filter(bool)
SIGNED = st.integers(-(10**7), 10**7)

Check = Callable[[Report, Sequence[Fact]], None]


def found(check: Check, *events: Event) -> list[tuple[str, str]]:
    report = Report()
    check(report, told(events))
    return [(each.check, each.subject) for each in report.findings]


def balance(**cents: object) -> PatientBalanceDue:
    return make(
        PatientBalanceDue, practice_id="P1", encounter_id="E1", version=3, lines=(), **cents
    )


@given(CENTS, CENTS, CENTS, CENTS, st.integers(0, 10**6))
def test_a_balance_that_explains_every_cent_is_no_finding(
    insurance: int, adjusted: int, patient: int, owed: int, credit: int
) -> None:
    charge = insurance + adjusted + patient + owed - credit
    said = {
        "charge_cents": max(charge, 0),
        "insurance_paid_cents": insurance - min(charge, 0),
        "adjusted_cents": adjusted,
        "patient_paid_cents": patient,
        "balance_cents": owed,
        "credit_cents": credit,
    }
    assert found(check_balances, balance(**said)) == []


@given(NOT_NOTHING)
def test_a_balance_that_is_off_by_anything_is_found(off: int) -> None:
    said = balance(
        charge_cents=2_000_000,
        insurance_paid_cents=1_000_000 + off,
        adjusted_cents=900_000,
        patient_paid_cents=0,
        balance_cents=100_000,
        credit_cents=0,
    )
    assert found(check_balances, said) == [(BALANCE, "P1:E1 version 3")]


def test_a_balance_that_is_not_final_explains_nothing_yet() -> None:
    open_still = balance(charge_cents=100, insurance_paid_cents=0, insurance_final=False)
    report = Report()
    check_balances(report, told([open_still]))
    assert (report.findings, report.checked) == ([], {})


def adjudicated(paid: int, *lines: int, sequence: int = 1, moved: int = 0) -> ClaimAdjudicated:
    return make(
        ClaimAdjudicated,
        practice_id="P1",
        encounter_id="E1",
        claim_id="C1",
        remittance_id="R1",
        sequence=sequence,
        paid_cents=paid,
        adjustments=(Adjustment(group="CO", reason="45", amount_cents=moved),) if moved else (),
        lines=tuple(
            AdjudicatedLine(line=number, code="99213", charge_cents=each, paid_cents=each)
            for number, each in enumerate(lines, start=1)
        ),
    )


def remittance(payment: int, claims: int, *provider: int) -> RemittanceReceived:
    return make(
        RemittanceReceived,
        practice_id="P1",
        remittance_id="R1",
        payment_cents=payment,
        claims_paid_cents=claims,
        provider_adjustments=tuple(
            ProviderAdjustment(reason="WO", amount_cents=each) for each in provider
        ),
    )


@given(st.lists(SIGNED, min_size=1, max_size=6), st.integers(0, 10**6))
def test_lines_less_the_claims_own_adjustments_are_the_claims_payment(
    lines: list[int], moved: int
) -> None:
    assert found(check_remittances, adjudicated(sum(lines) - moved, *lines, moved=moved)) == []


@given(st.lists(SIGNED, min_size=1, max_size=6), NOT_NOTHING)
def test_lines_that_do_not_sum_to_their_claim_are_found(lines: list[int], off: int) -> None:
    assert found(check_remittances, adjudicated(sum(lines) + off, *lines)) == [(LINES, "claim C1")]


def test_a_claim_paid_without_lines_has_no_lines_to_sum() -> None:
    assert found(check_remittances, adjudicated(500)) == []


@given(st.lists(SIGNED, max_size=5), st.lists(SIGNED, max_size=3))
def test_a_remittance_is_its_claims_less_what_the_provider_level_moved(
    claims: list[int], provider: list[int]
) -> None:
    lift = max(sum(provider) - sum(claims), 0)
    paid = [*claims, lift]
    events = [adjudicated(each, sequence=at) for at, each in enumerate(paid, start=1)]
    whole = remittance(sum(paid) - sum(provider), sum(paid), *provider)
    assert found(check_remittances, *events, whole) == []
    assert found(check_remittances, whole, *events) == []


@given(NOT_NOTHING)
def test_a_remittance_that_says_other_claims_than_came_is_found(off: int) -> None:
    events = [adjudicated(2_000_000, sequence=1), adjudicated(-500, sequence=2)]
    claims = 1_999_500
    wrong = remittance(claims + off, claims + off)
    assert found(check_remittances, *events, wrong) == [(REMITTANCE, "remittance R1")]
    short = remittance(max(claims + off, 0), claims)
    assert found(check_remittances, *events, short) == [(REMITTANCE, "remittance R1")]


def test_a_claim_in_quarantine_is_counted_with_its_remittance_for_exactly_what_it_holds() -> None:
    events = (adjudicated(500), remittance(700, 700))
    for held, findings in (({}, 1), ({"R1": 200}, 0), ({"R1": 199}, 1), ({"R1": None}, 0)):
        report = Report()
        remittances = Remittances(report)
        remittances.take(told(events))
        remittances.close(Horizon(), held)
        assert len(report.findings) == findings


def test_the_same_remittance_id_of_another_practice_is_another_remittance() -> None:
    elsewhere = adjudicated(900).model_copy(update={"practice_id": "P2"})
    events = [adjudicated(500), elsewhere, remittance(500, 500)]
    assert found(check_remittances, *events) == []


@given(st.lists(CENTS, max_size=5), st.integers(0, 1000))
def test_a_statement_is_the_sum_of_its_encounters_and_nothing_else(
    items: list[int], off: int
) -> None:
    issued = make(
        StatementIssued,
        statement_id="S1",
        total_cents=sum(items) + off,
        items=tuple(
            StatementItem(encounter_id=f"E{number}", balance_cents=each)
            for number, each in enumerate(items)
        ),
    )
    expected = [(STATEMENT, "statement S1")] if off else []
    assert found(check_statements, issued) == expected


def cash(ledger: dict[tuple[str, str], int], waiting: int, *events: Event) -> list[tuple[str, str]]:
    report = Report()
    check_cash(report, told(events), ledger, waiting)
    return [(each.check, each.subject) for each in report.findings]


def test_a_payment_and_its_reversal_leave_no_cash_on_the_ledger() -> None:
    paid, reversal = adjudicated(500), adjudicated(-500, sequence=2)
    assert cash({}, 0, paid, reversal) == []
    assert cash({("P1", "C1"): 0}, 0, paid, reversal) == []


def test_cash_that_no_payer_sent_and_cash_that_was_not_posted_are_found() -> None:
    assert cash({("P1", "C1"): 500}, 0) == [(CASH, "claim C1")]
    assert cash({}, 0, adjudicated(500)) == [(CASH, "claim C1")]
    assert cash({("P1", "C1"): 499}, 0, adjudicated(500)) == [(CASH, "claim C1")]
    assert cash({("P2", "C1"): 500}, 0, adjudicated(500)) == [(CASH, "claim C1")] * 2


def test_the_ledger_is_not_blamed_for_what_is_on_its_way() -> None:
    assert cash({}, 1, adjudicated(500)) == []


def test_a_reversal_of_a_payment_that_billing_was_never_told_of_is_told_and_not_blamed() -> None:
    reversal, again = adjudicated(-500, sequence=1), adjudicated(450, sequence=2)
    report = Report()
    place = ("P1", "C1")
    check_cash(report, told([reversal, again]), {place: 450}, 0, unapplied={place: -500})
    assert report.findings == []
    (known,) = report.explained
    assert known.message == (
        "payers say -$0.50, the ledger $4.50: -$5.00 fits no payment that is known, a work item"
    )


def test_what_a_work_item_keeps_off_the_ledger_explains_no_more_than_that() -> None:
    report = Report()
    place = ("P1", "C1")
    check_cash(report, told([adjudicated(-500)]), {place: 1}, 0, unapplied={place: -500})
    assert [each.check for each in report.findings] == [CASH]


def test_cash_is_not_awaited_of_what_billing_has_set_aside_and_is_of_everything_else() -> None:
    facts = told([adjudicated(500), adjudicated(300, sequence=2)])
    aside = facts[0].delivery.identity
    for undecided, posted in ((frozenset({aside}), 300), (frozenset(), 800)):
        report = Report()
        cash = Cash(report, undecided)
        cash.take(facts)
        cash.close({("P1", "C1"): posted}, 0, Horizon())
        assert report.findings == []
