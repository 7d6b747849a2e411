"""May a statement go out? Every reason, their order, and decisions that can be taken again."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.patient_account import SuppressionReason
from services.patient_statements.domain.statement_gate import (
    PRECEDENCE,
    Blocked,
    GateDecision,
    GateEncounter,
    GateInputs,
    decide,
)
from services.patient_statements.rows import from_json, to_json

BLOCKS: dict[str, dict[str, object]] = {
    "deceased": {"deceased": True},
    "bankruptcy": {"bankruptcy": True},
    "hold": {"hold": True},
    "qmb": {"protection": "qmb"},
    "medicaid": {"protection": "medicaid"},
    "insurance_pending": {"insurance_final": False},
    "small_balance": {"small_balance_limit_cents": 5000},
}
OF_THE_ACCOUNT = {"bankruptcy", "hold", "small_balance_limit_cents"}


def _blocked_by(*reasons: str) -> GateDecision:
    said: dict[str, object] = {}
    for reason in reversed(reasons):
        said |= BLOCKS[reason]
    of_account = {name: value for name, value in said.items() if name in OF_THE_ACCOUNT}
    of_encounter = {name: value for name, value in said.items() if name not in OF_THE_ACCOUNT}
    encounter = GateEncounter("E1", 5000, **of_encounter)  # type: ignore[arg-type]
    return decide(GateInputs((encounter,), **of_account))  # type: ignore[arg-type]


@pytest.mark.parametrize("reason", BLOCKS)
def test_each_reason_blocks_a_statement(reason: SuppressionReason) -> None:
    assert _blocked_by(reason) == GateDecision((), (Blocked(reason, ("E1",)),))


@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pair in combinations(BLOCKS, 2) if pair != ("qmb", "medicaid")],
)
def test_of_two_reasons_the_one_of_higher_precedence_is_given(
    first: SuppressionReason, second: SuppressionReason
) -> None:
    assert PRECEDENCE.index(first) < PRECEDENCE.index(second)
    assert _blocked_by(first, second).blocked == (Blocked(first, ("E1",)),)


def test_a_protected_encounter_is_suppressed_even_where_nothing_is_due() -> None:
    assert decide(GateInputs((GateEncounter("E1", 0, protection="qmb"),))).blocked == (
        Blocked("qmb", ("E1",)),
    )


def test_a_protected_encounter_does_not_stop_the_statement_for_the_others() -> None:
    decision = decide(
        GateInputs((GateEncounter("E1", 5000), GateEncounter("E2", 700, protection="medicaid")))
    )
    assert decision == GateDecision(("E1",), (Blocked("medicaid", ("E2",)),))


def test_small_balances_that_sum_above_the_limit_are_billed() -> None:
    two = (GateEncounter("E1", 400), GateEncounter("E2", 400))
    assert decide(GateInputs(two[:1], small_balance_limit_cents=500)).billable == ()
    assert decide(GateInputs(two, small_balance_limit_cents=500)).billable == ("E1", "E2")


@pytest.mark.parametrize(("total", "billable"), [(500, ()), (501, ("E1",)), (499, ())])
def test_the_limit_itself_is_a_small_balance(total: int, billable: tuple[str, ...]) -> None:
    inputs = GateInputs((GateEncounter("E1", total),), small_balance_limit_cents=500)
    assert decide(inputs).billable == billable


def test_an_account_with_nothing_due_says_whether_it_has_a_credit() -> None:
    settled = (GateEncounter("E1", 0),)
    assert decide(GateInputs(settled)).blocked == (Blocked("nothing_due"),)
    assert decide(GateInputs(settled, credit_cents=1)).blocked == (Blocked("credit_balance"),)


encounters = st.lists(
    st.builds(
        GateEncounter,
        encounter_id=st.text("ABC", min_size=1, max_size=4),
        due_cents=st.integers(0, 2000),
        insurance_final=st.booleans(),
        protection=st.sampled_from(["none", "qmb", "medicaid"]),
        deceased=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda each: each.encounter_id,
)
inputs_of_any_kind = st.builds(
    GateInputs,
    encounters=encounters.map(tuple),
    bankruptcy=st.booleans(),
    hold=st.booleans(),
    credit_cents=st.integers(0, 10),
    small_balance_limit_cents=st.integers(0, 1000),
)


@given(inputs_of_any_kind)
def test_every_balance_is_either_billable_or_blocked_and_none_is_both(inputs: GateInputs) -> None:
    decision = decide(inputs)
    blocked = [each for block in decision.blocked for each in block.encounter_ids]
    assert len(blocked) == len(set(blocked))
    assert not set(blocked) & set(decision.billable)
    owing = {each.encounter_id for each in inputs.encounters if each.due_cents}
    assert owing <= set(blocked) | set(decision.billable)
    assert set(decision.billable) <= owing
    assert decision.billable or decision.blocked


@given(inputs_of_any_kind)
def test_a_protected_person_is_never_billed(inputs: GateInputs) -> None:
    by_id = {each.encounter_id: each for each in inputs.encounters}
    for encounter_id in decide(inputs).billable:
        encounter = by_id[encounter_id]
        assert encounter.protection == "none"
        assert encounter.insurance_final
        assert not encounter.deceased
        assert not inputs.bankruptcy
        assert not inputs.hold


@given(inputs_of_any_kind)
def test_a_stored_decision_is_taken_again_with_the_same_outcome(inputs: GateInputs) -> None:
    assert decide(from_json(to_json(inputs), GateInputs)) == decide(inputs)
