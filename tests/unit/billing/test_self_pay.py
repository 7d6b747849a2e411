"""Patients who pay alone: who may be asked to, and what holds their bill."""

from datetime import date
from typing import Any

import pytest

from schemas.patient_account import PatientBalanceDue
from services.billing.decisions import FixHold, OverrideHold
from services.chassis.effects import Refused
from tests.unit.billing.desk import NOON, Desk, line, policy, test_rules


def desk_of(*payers: str, qmb: bool = False) -> Desk:
    desk = Desk(test_rules())
    desk.register(*(policy(payer, rank) for rank, payer in enumerate(payers, 1)), qmb=qmb)
    return desk


def decide(desk: Desk, encounter_id: str = "E1", **changes: Any) -> None:
    held = next(claim for claim in desk.account(encounter_id).claims if claim.state == "held")
    values = {
        "practice_id": "P1",
        "encounter_id": encounter_id,
        "actor": "ann",
        "role": "billing_manager",
        "reason": "checked",
        "claim_id": held.claim_id,
    }
    model = FixHold if "edits" not in changes else OverrideHold
    desk.take(model.model_validate(values | changes))


@pytest.mark.parametrize(
    ("payer", "qmb"), [("MEDICARE_B", True), ("STATE_MEDICAID", False)], ids=["qmb", "medicaid"]
)
def test_a_patient_whom_the_law_protects_is_never_made_to_pay_alone(payer: str, qmb: bool) -> None:
    desk = desk_of(payer, qmb=qmb)
    desk.code(line(1, "99999"))
    with pytest.raises(Refused, match="protects"):
        decide(desk, self_pay=True, charges={1: 9000})
    assert not desk.of(PatientBalanceDue)


def test_an_insured_patient_is_not_billed_for_what_was_filed_late() -> None:
    desk = desk_of("BLUERIVER")
    desk.now = NOON.replace(year=2027)
    desk.code(line(1, "99213"))
    with pytest.raises(Refused, match="filing_limit_passed"):
        decide(desk, self_pay=True)
    assert not desk.of(PatientBalanceDue)


def test_an_insured_patient_is_not_billed_for_a_service_billed_twice() -> None:
    desk = desk_of("BLUERIVER")
    desk.code(line(1, "99213"))
    desk.code(line(1, "99213"), encounter_id="E2")
    with pytest.raises(Refused, match="duplicate_claim"):
        decide(desk, "E2", self_pay=True)


def test_an_insured_patient_may_choose_to_pay_alone_for_a_line_without_a_price() -> None:
    desk = desk_of("BLUERIVER")
    desk.code(line(1, "99999"))
    decide(desk, self_pay=True, charges={1: 9000})
    assert desk.is_final()
    assert desk.balance.balance_cents == 9000


def test_a_line_without_a_price_holds_the_patients_own_bill() -> None:
    desk = desk_of()
    desk.code(line(1, "99213"), line(2, "99999"))
    assert desk.account().claims[0].edits == ("no_charge:2",)
    assert not desk.of(PatientBalanceDue)
    decide(desk, charges={2: 1500})
    assert desk.is_final()
    assert desk.balance.balance_cents == 26500
    assert not desk.items("hold")
    assert not desk.claims


def test_the_same_visit_twice_is_billed_to_the_patient_once() -> None:
    desk = desk_of()
    desk.code(line(1, "99213"))
    desk.code(line(1, "99213"), encounter_id="E2")
    assert [each.encounter_id for each in desk.of(PatientBalanceDue)] == ["E1"]
    decide(desk, "E2", edits=("duplicate_claim",))
    assert desk.balance.encounter_id == "E2"
    assert desk.is_final()
    desk.pay(25000, allocations={"E2": 25000})
    assert desk.is_final()
    assert desk.balance.balance_cents == 0


def test_a_line_that_is_repeated_by_a_newer_version_takes_the_final_balance_back() -> None:
    desk = desk_of()
    desk.code(line(1, "99213"))
    assert desk.is_final()
    desk.code(line(1, "99213"), line(2, "99213"), version=2)
    assert not desk.is_final()
    desk.code(line(1, "99213"), version=3)
    assert desk.is_final()
    assert desk.balance.balance_cents == 25000


def test_coverage_that_lapsed_leaves_the_patient_a_bill_that_is_still_checked() -> None:
    desk = Desk(test_rules())
    desk.register(policy("BLUERIVER", effective_to=date(2025, 12, 31)))
    desk.code(line(1, "99213"), line(2, "99999"))
    decide(desk, self_pay=True)
    assert desk.account().current_claim(1).edits == ("no_charge:2",)  # type: ignore[union-attr]
    assert not desk.of(PatientBalanceDue)
