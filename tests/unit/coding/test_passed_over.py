"""What tells of a quick look too narrow misses no alternative that it goes by."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.coding.passed_over import (
    Step,
    any_part,
    beginning,
    either,
    found_by,
    unheard,
    whole_words,
)

_GOUT = re.compile(r"\bgout(?:y| attack)?\b|\btoph(?:us|i)\b", re.IGNORECASE)
_SHELTER = re.compile(r"\b(?:in|at) (?:an? )?shelters?\b|\bsheltered\b(?! well)")


@pytest.mark.parametrize(
    ("pattern", "step", "expected"),
    [
        (_GOUT, whole_words({"gout", "gouty", "tophus", "tophi"}), []),
        (_GOUT, whole_words({"gout", "tophus", "tophi"}), ["gouty"]),
        (_GOUT, whole_words({"gout", "gouty", "tophus"}), ["tophi"]),
        (_GOUT, any_part({"gout", "toph"}), []),
        (_GOUT, any_part({"gout", "tophu"}), ["tophi"]),
        (_GOUT, beginning({"gout"}), ["tophi"]),
        (_GOUT, either(beginning({"gout"}), any_part({"phi"})), ["tophus"]),
        (_SHELTER, whole_words({"shelter", "shelters"}), ["sheltered"]),
    ],
)
def test_an_alternative_without_its_word_is_told(
    pattern: re.Pattern[str], step: Step, expected: list[str]
) -> None:
    assert sorted({text.strip() for text in unheard(pattern, step)}) == sorted(expected)


@pytest.mark.parametrize(
    ("pattern", "passed_over"),
    [
        (r"\bbmi\s*\d{2}\b", "bmi77"),
        (r"\d\s*ppd\b", "7ppd"),
        (r"\bpregnan\w+ at \d", "pregnan7 at 7"),
        (r"\bpregnant", "pregnantq"),
        (r"^\s*none$", "none"),
    ],
)
def test_a_word_that_runs_on_is_another(pattern: str, passed_over: str) -> None:
    words = whole_words({"bmi", "ppd", "pregnant", "pregnancy"})
    assert passed_over in unheard(re.compile(pattern), words)


def test_digits_apart_hide_no_word() -> None:
    words = whole_words({"bmi"}, digits_apart=True)
    assert list(unheard(re.compile(r"\bbmi\s*\d{2}\b"), words)) == []


def test_a_pattern_is_held_against_the_one_that_stands_before_it() -> None:
    kept = re.compile(r"\d[\s-]*[a-z]{0,4}$")
    whole = re.compile(r"\b\d{1,3}\s*(?:-\s*)?min\b")
    assert list(unheard(whole, found_by(re.compile(r"\d\s*(?:-\s*)?min"), kept))) == []
    assert "7- min" in unheard(whole, found_by(re.compile(r"\d\s*-?min"), kept))


@given(st.from_regex(_SHELTER) | st.from_regex(_GOUT))
@settings(max_examples=60)
def test_what_is_not_told_of_is_heard(text: str) -> None:
    """The walk against drawn texts: with the words that it asks for, none is missed."""
    hints = ("shelter", "gout", "toph")
    assert all(list(unheard(each, any_part(hints))) == [] for each in (_SHELTER, _GOUT))
    assert any(hint in text.lower() for hint in hints)
