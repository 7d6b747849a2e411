"""Modifiers that open a pair (NCCI Policy Manual I.E)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.edits.modifiers import ANATOMIC, apart, opened_by, sites

CARRIED = st.lists(
    st.sampled_from([*sorted(ANATOMIC), "50", "59", "XE", "58", "25", "91", "76", "22", "26"]),
    max_size=3,
    unique=True,
).map(tuple)
CODES = st.sampled_from(["20610", "29881", "99213", "80053", "82947"])


@given(CODES, CARRIED, CODES, CARRIED)
def test_it_does_not_matter_which_of_two_codes_comes_first(
    one: str, mine: tuple[str, ...], other: str, theirs: tuple[str, ...]
) -> None:
    forth = opened_by(one, mine, other, theirs, facility=False)
    back = opened_by(other, theirs, one, mine, facility=False)
    assert bool(forth) == bool(back)


@given(st.sets(st.sampled_from(sorted(ANATOMIC)), min_size=1, max_size=2).map(tuple))
def test_the_same_sites_on_both_codes_open_nothing(modifiers: tuple[str, ...]) -> None:
    assert not opened_by("20610", modifiers, "29881", modifiers, facility=False)


@given(CODES, CARRIED, CODES, CARRIED)
def test_what_opens_is_carried(
    one: str, mine: tuple[str, ...], other: str, theirs: tuple[str, ...]
) -> None:
    opened = opened_by(one, mine, other, theirs, facility=False)
    assert opened == "" or opened in (*mine, *theirs)
    assert opened not in ("22", "76", "26")


@pytest.mark.parametrize(
    ("one", "other", "separate"),
    [
        (("LT",), ("RT",), True),
        (("LT",), ("LT",), False),
        (("50",), ("RT",), False),
        (("FA",), ("F1",), True),
        (("FA",), ("LT",), False),
        (("FA",), ("RT",), True),
        (("E3",), ("RT",), False),
        (("LC",), ("LD",), True),
    ],
)
def test_a_digit_or_lid_lies_on_its_side(
    one: tuple[str, ...], other: tuple[str, ...], *, separate: bool
) -> None:
    assert apart(sites(one), sites(other)) == separate


def test_visits_of_a_hospital_are_opened_by_27_for_the_hospital_only() -> None:
    assert opened_by("99213", ("27",), "99283", (), facility=True) == "27"
    assert opened_by("99213", ("27",), "99283", (), facility=False) == ""
    assert opened_by("99213", ("27",), "20610", (), facility=True) == ""
