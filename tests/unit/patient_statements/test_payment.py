"""What a payment is used for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.patient_statements.domain.payment import Allocation, allocated
from services.patient_statements.domain.refusal import RuleRefusal
from tests.unit.patient_statements.examples import encounter


@pytest.mark.parametrize("amount_cents", [0, -1])
def test_a_payment_of_nothing_is_refused(amount_cents: int) -> None:
    with pytest.raises(RuleRefusal) as refusal:
        allocated(amount_cents, ())
    assert refusal.value.reason == "amount_not_positive"


def test_the_oldest_date_of_service_is_paid_first() -> None:
    late = encounter(3000, encounter_id="E1", service_date=date(2026, 2, 9))
    early = encounter(2000, encounter_id="E2", service_date=date(2026, 2, 1))
    assert allocated(2500, (late, early)) == (
        (Allocation("E2", 2000), Allocation("E1", 500)),
        0,
    )


def test_what_exceeds_every_balance_stays_unapplied() -> None:
    assert allocated(5600, (encounter(5000),)) == ((Allocation("E1", 5000),), 600)


@pytest.mark.parametrize("protection", ["qmb", "medicaid"])
def test_a_protected_encounter_takes_no_money(protection: str) -> None:
    assert allocated(100, (encounter(5000, protection=protection),)) == ((), 100)


@given(st.integers(1, 10**6), st.lists(st.integers(0, 10**5), max_size=8))
def test_allocations_and_the_rest_sum_to_the_payment(amount: int, balances: list[int]) -> None:
    encounters = [
        encounter(cents, encounter_id=f"E{number}", service_date=date(2026, 1, 1 + number))
        for number, cents in enumerate(balances)
    ]
    parts, rest = allocated(amount, encounters)
    assert sum(part.amount_cents for part in parts) + rest == amount
    due = {each.encounter_id: each.due_cents for each in encounters}
    assert all(0 < part.amount_cents <= due[part.encounter_id] for part in parts)
    assert rest == max(0, amount - sum(balances))
    assert all(part.amount_cents == due[part.encounter_id] for part in parts[:-1])
