"""The account's states, and the moves that the life cycle knows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from services.patient_statements.domain.account import Hold
from services.patient_statements.domain.account_state import (
    AccountState,
    Standing,
    Trigger,
    moved,
    state_of,
)
from services.patient_statements.domain.encounter_balance import paid, reported
from services.patient_statements.domain.household import settled, standing_of
from services.patient_statements.domain.refusal import RuleRefusal
from tests.unit.patient_statements.examples import (
    NOON,
    account,
    balance_due,
    encounter,
    household,
    patient_registered,
)

STANDING = Standing(
    due_cents=5000,
    credit_cents=0,
    paid_towards_due=False,
    ever_owed=True,
    closed_by_payment=False,
    closed_by_write_off=False,
    on_hold=False,
    suppressed=False,
)


@pytest.mark.parametrize(
    ("current", "trigger"),
    [
        ("none", "payment_recorded"),
        ("none", "hold_placed"),
        ("paid", "hold_placed"),
        ("on_hold", "hold_placed"),
        ("suppressed", "hold_placed"),
        ("open", "hold_released"),
        ("paid", "hold_released"),
        ("suppressed", "hold_released"),
    ],
)
def test_a_move_that_the_life_cycle_does_not_know_is_refused(
    current: AccountState, trigger: Trigger
) -> None:
    with pytest.raises(RuleRefusal) as refusal:
        moved(current, trigger, STANDING)
    assert refusal.value.reason == "illegal_transition"
    assert current in refusal.value.message


def test_suppression_outranks_a_hold_and_a_hold_outranks_a_balance() -> None:
    held = replace(STANDING, on_hold=True)
    assert state_of(STANDING) == "open"
    assert state_of(held) == "on_hold"
    assert state_of(replace(held, suppressed=True)) == "suppressed"


def test_an_account_goes_from_none_over_partial_to_paid() -> None:
    people = household()
    opened = settled(account(encounter(5000)), "balance_reported", people)
    partial = settled(
        opened.with_encounters(paid(opened.encounters[0], 2000)), "payment_recorded", people
    )
    closed = settled(
        partial.with_encounters(paid(partial.encounters[0], 3000)), "payment_recorded", people
    )
    assert (opened.state, partial.state, closed.state) == ("open", "partial", "paid")


def test_a_balance_that_billing_writes_off_leaves_the_account_written_off() -> None:
    opened = settled(account(encounter(5000)), "balance_reported", household())
    gone = reported(
        opened.encounters[0],
        balance_due(0, version=2, adjusted_cents=5000, insurance_paid_cents=15_000),
    )
    assert gone is not None
    assert settled(opened.with_encounters(gone), "balance_reported", household()).state == (
        "written_off"
    )


def test_an_account_that_was_paid_in_part_and_written_off_in_part_counts_as_paid() -> None:
    closed = replace(STANDING, due_cents=0, closed_by_write_off=True)
    assert state_of(closed) == "written_off"
    assert state_of(replace(closed, closed_by_payment=True)) == "paid"


def test_a_credit_shows_only_where_nothing_is_owed() -> None:
    credit = encounter(0, encounter_id="E2", patient_paid_cents=3500, credit_cents=3500)
    assert settled(account(credit), "balance_reported", household()).state == "credit"
    both = account(credit, encounter(5000))
    assert settled(both, "balance_reported", household()).state == "open"


def test_bankruptcy_suppresses_the_account_and_its_end_opens_it_again() -> None:
    bankrupt = household(patient_registered(billing_hold="bankruptcy"))
    opened = settled(account(encounter(5000)), "balance_reported", household())
    suppressed = settled(opened, "party_changed", bankrupt)
    assert suppressed.state == "suppressed"
    assert settled(suppressed, "party_changed", household()).state == "open"


def test_one_death_in_a_family_does_not_suppress_what_others_owe() -> None:
    people = household(patient_registered(deceased=True), patient_registered(patient_id="PT2"))
    family = account(encounter(5000), encounter(100, encounter_id="E2", patient_id="PT2"))
    assert settled(family, "balance_reported", people).state == "open"
    alone = account(encounter(5000))
    assert settled(alone, "balance_reported", people).state == "suppressed"


def test_a_released_hold_leaves_the_state_that_the_amounts_say() -> None:
    held = structs.replace(
        account(encounter(5000)), hold=Hold("legal", "supervisor", NOON), state="on_hold"
    )
    assert settled(structs.replace(held, hold=None), "hold_released", household()).state == "open"


@given(
    st.builds(
        Standing,
        due_cents=st.integers(0, 10**6),
        credit_cents=st.integers(0, 10**6),
        paid_towards_due=st.booleans(),
        ever_owed=st.booleans(),
        closed_by_payment=st.booleans(),
        closed_by_write_off=st.booleans(),
        on_hold=st.booleans(),
        suppressed=st.booleans(),
    )
)
def test_billings_word_is_never_an_illegal_move(standing: Standing) -> None:
    for state in (
        "none",
        "open",
        "partial",
        "paid",
        "credit",
        "on_hold",
        "suppressed",
        "written_off",
    ):
        assert moved(state, "balance_reported", standing) == state_of(standing)


def test_a_copay_taken_before_the_balance_was_due_does_not_make_it_partial() -> None:
    found = account(encounter(5000, patient_paid_cents=2000))
    assert standing_of(found, household()).paid_towards_due is False
