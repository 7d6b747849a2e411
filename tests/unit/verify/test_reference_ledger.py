"""A second ledger, from the events alone, finds each cent that billing's has too much or few."""

from typing import Any

import pytest

from claimstream.verify.finding import Report
from claimstream.verify.reference_ledger import (
    EXACT,
    NOT_JUDGED,
    Balances,
    LedgerState,
    ReferenceLedger,
)
from claimstream.verify.reference_rules import ReferenceRules
from schemas.claim import AdjudicatedLine, ClaimAdjudicated, ClaimSubmitted
from schemas.coding import CodedLine, EncounterCoded, EncounterStateChanged
from schemas.event import Event
from schemas.patient_account import PatientPaymentReceived, PaymentAllocation
from schemas.values import Adjustment
from tests.builders import make
from tests.unit.lineage.facts import told

HERE: dict[str, Any] = {"practice_id": "P1", "encounter_id": "E1"}
PLACE = ("P1", "E1")
RULES = ReferenceRules(
    {("", "99213"): 10_000, ("P2", "99213"): 20_000},
    {
        ("*", "1", "*", "*"): {"meaning": "patient_share", "patient": "yes"},
        ("*", "45", "*", "*"): {"meaning": "write_off", "account": "CONTRACTUAL"},
        ("*", "45", "N1", "*"): {"meaning": "denial"},
        ("*", "253", "*", "*"): {"meaning": "write_off", "account": "SEQUESTRATION"},
        ("*", "23", "*", "*"): {"meaning": "informational"},
    },
)


def coded(version: int = 1, units: int = 1) -> EncounterCoded:
    line = CodedLine(line=1, code="99213", units=units, diagnosis_pointers=(1,))
    return make(EncounterCoded, **HERE, version=version, lines=(line,))


def submitted(claim: str = "C1", level: int = 1, payer: str = "ONE") -> ClaimSubmitted:
    return make(ClaimSubmitted, **HERE, claim_id=claim, payer_level=level, payer_id=payer)


def decided(
    paid: int,
    *adjustments: tuple[str, str, int],
    claim: str = "C1",
    payer: str = "ONE",
    status: str = "1",
    sequence: int = 1,
    remarks: tuple[str, ...] = (),
) -> ClaimAdjudicated:
    moved = tuple(
        Adjustment(group=group, reason=reason, amount_cents=cents)
        for group, reason, cents in adjustments
    )
    charge = paid + sum(each.amount_cents for each in moved)
    line = AdjudicatedLine(
        line=1,
        code="99213",
        charge_cents=charge,
        paid_cents=paid,
        adjustments=moved,
        remark_codes=remarks,
    )
    return make(
        ClaimAdjudicated,
        **HERE,
        claim_id=claim,
        payer_id=payer,
        claim_status_code=status,
        remittance_id="R1",
        sequence=sequence,
        charge_cents=charge,
        paid_cents=paid,
        adjustments=(),
        lines=(line,),
    )


FIRST = decided(6_000, ("CO", "45", 2_500), ("PR", "1", 1_500))
CHARGED: Balances = {"REVENUE": -10_000, "AR_INS_1": 10_000}
PAID: Balances = {"REVENUE": -10_000, "CASH_INS": 6_000, "CONTRACTUAL": 2_500, "AR_PATIENT": 1_500}


def compared(events: list[Event], *ledgers: Balances, **state: Any) -> Report:
    report = Report()
    for balances in ledgers:
        ledger = ReferenceLedger(report, RULES, LedgerState({PLACE: balances}, **state))
        ledger.take(told(events))
        ledger.close(0)
    return report


def found(events: list[Event], balances: Balances) -> list[str]:
    report = compared(events, balances)
    assert report.checked == {EXACT: 1}
    assert all(each.subject == "P1:E1" for each in report.findings)
    return [each.message for each in report.findings]


def test_a_charge_is_units_times_the_price_and_open_with_the_payer() -> None:
    assert found([coded()], CHARGED) == []
    assert found([coded(), coded(2, units=2)], {"REVENUE": -20_000, "AR_INS_1": 20_000}) == []
    assert found([coded(2, units=2), coded()], CHARGED) != []


def test_a_patient_who_pays_alone_owes_the_whole_charge_and_never_a_part_of_it() -> None:
    assert found([coded()], {"REVENUE": -10_000, "AR_PATIENT": 10_000}) == []
    assert found([coded()], {"REVENUE": -10_000, "AR_PATIENT": 9_999, "AR_INS_1": 1}) != []


@pytest.mark.parametrize("account", [*PAID, "AR_INS_1", "SEQUESTRATION"])
@pytest.mark.parametrize("off", [1, -1])
def test_a_cent_moved_on_any_account_is_found(account: str, off: int) -> None:
    events = [coded(), submitted(), FIRST]
    assert found(events, PAID) == []
    assert found(events, PAID | {account: PAID.get(account, 0) + off}) != []


def test_a_cent_moved_between_two_payers_is_found() -> None:
    events = [coded(), submitted(), FIRST, submitted("C2", 2, "TWO")]
    went_on = {name: cents for name, cents in PAID.items() if name != "AR_PATIENT"}
    assert found(events, went_on | {"AR_INS_2": 1_500}) == []
    assert found(events, went_on | {"AR_INS_2": 1_499, "AR_INS_1": 1}) != []


def test_the_last_payers_share_is_the_patients_and_shares_are_not_added() -> None:
    second = decided(
        1_000, ("OA", "23", 8_500), ("PR", "1", 500), claim="C2", payer="TWO", sequence=2
    )
    events = [coded(), submitted(), FIRST, submitted("C2", 2, "TWO"), second]
    assert found(events, PAID | {"CASH_INS": 7_000, "AR_PATIENT": 500}) == []
    assert found(events, PAID | {"CASH_INS": 7_000, "AR_PATIENT": 2_000}) != []


def test_what_a_payer_took_back_is_as_if_it_had_never_decided() -> None:
    taken_back = decided(-6_000, ("CO", "45", -2_500), ("PR", "1", -1_500), status="22", sequence=2)
    again = decided(5_000, ("CO", "45", 5_000), sequence=3)
    assert found([coded(), submitted(), FIRST, taken_back], CHARGED) == []
    paid_again = {"REVENUE": -10_000, "CASH_INS": 5_000, "CONTRACTUAL": 5_000}
    assert found([coded(), submitted(), again, taken_back, FIRST], paid_again) == []


def test_a_denial_stays_receivable_and_a_remark_can_make_one() -> None:
    denied = decided(6_000, ("CO", "45", 4_000), remarks=("N1",))
    events = [coded(), submitted(), denied]
    ledger = {"REVENUE": -10_000, "CASH_INS": 6_000}
    assert found(events, ledger | {"AR_INS_1": 4_000}) == []
    assert found(events, ledger | {"CONTRACTUAL": 4_000}) != []


def test_only_what_the_payer_calls_the_patients_is_the_patients() -> None:
    events = [coded(), submitted(), decided(6_000, ("CO", "1", 4_000))]
    assert found(events, {"REVENUE": -10_000, "CASH_INS": 6_000, "AR_INS_1": 4_000}) == []
    assert found(events, {"REVENUE": -10_000, "CASH_INS": 6_000, "AR_PATIENT": 4_000}) != []


def paid_by_patient(cents: int, payment: str = "M1") -> PatientPaymentReceived:
    return make(
        PatientPaymentReceived,
        practice_id="P1",
        payment_id=payment,
        amount_cents=cents,
        allocations=(PaymentAllocation(encounter_id="E1", amount_cents=cents),),
    )


def test_a_patients_payment_counts_once_and_too_much_of_it_is_the_patients_credit() -> None:
    events = [coded(), submitted(), FIRST, paid_by_patient(2_000), paid_by_patient(2_000)]
    settled = PAID | {"CASH_PATIENT": 2_000, "AR_PATIENT": 0, "UNAPPLIED": -500}
    assert found(events, settled) == []
    assert found(events, settled | {"CASH_PATIENT": 1_999, "UNAPPLIED": -499}) != []
    twice = [*events, paid_by_patient(100, "M2")]
    assert found(twice, settled | {"CASH_PATIENT": 2_100, "UNAPPLIED": -600}) == []


def test_an_encounter_that_was_withdrawn_has_no_charge() -> None:
    withdrawn = make(EncounterStateChanged, **HERE, to_state="not_billable")
    assert found([coded(), withdrawn], {}) == []
    assert found([coded(), withdrawn], CHARGED) != []


def test_a_ledger_of_an_encounter_that_no_event_tells_of_is_found() -> None:
    assert found([], CHARGED) != []


def test_what_arithmetic_cannot_tell_is_counted_and_not_judged() -> None:
    second = decided(5_000, ("CO", "45", 5_000), sequence=2)
    assert compared([coded(), submitted(), FIRST, second], {}).checked == {NOT_JUDGED: 1}
    assert compared([coded(), FIRST], {}).checked == {NOT_JUDGED: 1}
    assert compared([coded()], {}, by_people={PLACE}).checked == {NOT_JUDGED: 1}


def test_what_billing_set_aside_was_not_posted() -> None:
    events: list[Event] = [coded(), submitted(), FIRST]
    aside = {told(events)[2].delivery.identity}
    assert compared(events, CHARGED, undecided=aside).findings == []
    assert compared(events, PAID, undecided=aside).findings != []


def test_nothing_is_said_while_anything_is_on_its_way() -> None:
    report = Report()
    ledger = ReferenceLedger(report, RULES, LedgerState({}))
    ledger.take(told([coded()]))
    ledger.close(1)
    assert (report.checked, report.findings) == ({}, [])


def test_a_practice_has_its_own_prices_and_the_shipped_files_are_read() -> None:
    assert RULES.charge_cents("P1", "99213", 3) == 30_000
    assert RULES.charge_cents("P2", "99213", 3) == 60_000
    assert RULES.charge_cents("P1", "00000", 3) == 0
    shipped = ReferenceRules.read({})
    assert shipped.charge_cents("P1", "99213", 1) > 0
    assert shipped.meaning("CO", "253", (), "ANY") == ("write_off", "SEQUESTRATION")
    assert shipped.meaning("PR", "2", (), "ANY") == ("patient_share", "")
    assert shipped.meaning("PR", "253", (), "ANY") == ("open", "")
