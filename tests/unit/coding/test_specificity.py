"""Codes are completed to the highest documented specificity, and say what was assumed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.diagnosis.specificity import (
    Episode,
    complete,
    is_billable,
    on_side,
    title_of,
)
from tests.unit.coding.examples import sets_on

CODES = sets_on().diagnoses
LEFT, RIGHT, BOTH = (frozenset({side}) for side in ("left", "right", "bilateral"))


@pytest.mark.parametrize(
    ("code", "sides", "episode", "expected"),
    [
        ("E11", frozenset(), "initial", ("E11.9",)),
        ("S93.40", RIGHT, "subsequent", ("S93.401D",)),
        ("S93.40", LEFT, "sequela", ("S93.402S",)),
        ("S52.5", LEFT, "initial", ("S52.502A",)),
        ("M17.1", BOTH, "initial", ("M17.0",)),
        ("M25.56", BOTH, "initial", ("M25.561", "M25.562")),
        ("H66.9", frozenset({"left", "right"}), "initial", ("H66.93",)),
        ("G56.0", BOTH, "initial", ("G56.03",)),
        ("T14.8", frozenset(), "initial", ("T14.8XXA",)),
        ("S06.0X0", frozenset(), "initial", ("S06.0X0A",)),
        ("E08.37", LEFT, "initial", ("E08.37X2",)),
        ("S93.409A", LEFT, "initial", ("S93.402A",)),
        ("I10", frozenset(), "initial", ("I10",)),
        ("L03.11", frozenset(), "initial", ("L03.119",)),
        ("S62.65", LEFT, "initial", ("S62.659A",)),
    ],
)
def test_a_category_becomes_billable_codes(
    code: str, sides: frozenset[str], episode: Episode, expected: tuple[str, ...]
) -> None:
    assert complete(CODES, code, sides, episode).codes == expected


def test_a_missing_side_is_named_as_an_assumption() -> None:
    assert "side_unspecified" in complete(CODES, "S93.40").assumed


def test_another_side_than_the_code_says_is_a_conflict_and_changes_nothing() -> None:
    done = complete(CODES, "M25.561", LEFT)
    assert done.codes == ("M25.561",)
    assert done.assumed == ("side_conflict",)
    assert on_side(CODES, "M25.561", LEFT).codes == ("M25.562",)


def test_the_seventh_character_survives_a_change_of_side() -> None:
    assert on_side(CODES, "S93.401D", LEFT).codes == ("S93.402D",)


@pytest.mark.parametrize(
    ("code", "billable"),
    [
        ("I10", True),
        ("E11", False),
        ("S93.401A", True),
        ("S93.401", False),
        ("S93.401Q", False),
        ("T14.8XXA", True),
        ("T14.8XA", False),
        ("Z99.99", False),
        ("A", False),
        ("", False),
    ],
)
def test_only_complete_codes_of_the_release_are_billable(code: str, billable: bool) -> None:
    assert is_billable(CODES, code) is billable


def test_a_code_that_does_not_exist_completes_to_nothing() -> None:
    assert complete(CODES, "Q99.Z9").codes == ()
    assert title_of(CODES, "Q99.Z9") == ""


NODES = [
    "E11", "S52", "M17", "H66", "I50", "O10", "T36", "C50", "L89", "N18", "F32", "S93", "Z34",
    "G40", "J45", "H40.1", "M80.0", "S06", "V43", "E08.3", "R40.2", "M1A", "T20", "S72.0",
]  # fmt: skip


@given(
    st.sampled_from(NODES),
    st.sets(st.sampled_from(["left", "right", "bilateral"])),
    st.sampled_from(["initial", "subsequent", "sequela"]),
)
def test_whatever_is_completed_is_billable(code: str, sides: set[str], episode: Episode) -> None:
    done = complete(CODES, code, frozenset(sides), episode)
    assert done.codes
    assert all(is_billable(CODES, each) for each in done.codes)
    assert complete(CODES, done.codes[0], frozenset(), episode).codes == (done.codes[0],)
