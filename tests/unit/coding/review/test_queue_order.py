"""The queue's order: money, the days left to file it, and age."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.coding_result import Line
from services.coding.domain.encounter_state import EncounterState, Proposal, State
from services.coding.domain.review.queue_order import (
    Ranked,
    Waiting,
    expected_cents,
    ranked,
    urgency,
)

TODAY = date(2026, 6, 1)


def waiting(
    name: str,
    *,
    age: int = 10,
    lines: tuple[Line, ...] = (Line("99213"),),
    programme: str = "commercial",
    state: State = "coder_queue",
) -> Waiting:
    return Waiting(
        "P1",
        name,
        EncounterState(
            state,
            1,
            "PT1",
            "DR1",
            TODAY - timedelta(days=age),
            (),
            proposal=Proposal(lines=lines),
        ),
        programme,
    )


def order(*cases: Waiting, price: int | None = None) -> list[Ranked]:
    return ranked(cases, TODAY, lambda _line: price)


def test_more_money_comes_first_when_nothing_is_due() -> None:
    found = order(waiting("a"), waiting("b", lines=(Line("99285"),)))
    assert [case.encounter_id for case in found] == ["b", "a"]


def test_a_limit_that_is_near_comes_before_more_money() -> None:
    found = order(waiting("rich", lines=(Line("99285"),)), waiting("late", age=85))
    assert [case.encounter_id for case in found] == ["late", "rich"]
    assert found[0].days_left == 5


def test_medicare_gives_a_year_where_a_plan_gives_ninety_days() -> None:
    found = order(waiting("medicare", age=85, programme="medicare"), waiting("plan", age=85))
    assert [(case.encounter_id, case.days_left) for case in found] == [
        ("plan", 5),
        ("medicare", 280),
    ]


def test_a_contract_of_its_own_overrides_the_limit() -> None:
    (found,) = ranked([waiting("a", age=85)], TODAY, lambda _: 100, {"commercial": 180})
    assert found.days_left == 95


def test_what_is_past_its_limit_counts_less_and_says_so() -> None:
    found = order(waiting("lost", age=200), waiting("open", age=60))
    assert [case.encounter_id for case in found] == ["open", "lost"]
    assert "past the filing limit" in found[1].why


def test_equal_cases_stand_by_age_then_by_id() -> None:
    found = order(waiting("b"), waiting("a"), waiting("c"))
    assert [case.encounter_id for case in found] == ["a", "b", "c"]


def test_a_price_that_is_known_is_no_estimate() -> None:
    (found,) = order(waiting("a", lines=(Line("J0696", units=4),)), price=150)
    assert found.expected_cents == 600
    assert found.why[0] == "600 cents expected"


@pytest.mark.parametrize("lines", [(), (Line("00000"),), (Line("99213"), Line("J9999", units=3))])
def test_without_a_price_the_money_is_an_estimate(lines: tuple[Line, ...]) -> None:
    cents, known = expected_cents(lines, lambda _line: None)
    assert cents > 0
    assert not known


def test_an_escalated_query_is_a_reason_of_its_own() -> None:
    (found,) = order(waiting("a", state="escalated"))
    assert found.why[-1] == "a query was not answered in time"


@given(st.integers(0, 400), st.integers(0, 400))
def test_fewer_days_left_never_count_less(one: int, other: int) -> None:
    nearer, later = sorted((one, other))
    assert urgency(nearer) >= urgency(later)
