"""Wordings that mean the same meet in the same tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.reading import wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTN", "hypertension"),
        ("T2DM", "Type 2 diabetes mellitus"),
        ("kidney stones", "renal calculus"),
        ("Oedema", "edema"),
        ("high blood pressure", "Hypertension"),
        ("Acute bronchitis (disorder)", "acute bronchitis"),
        ("Crohn's disease", "disease, Crohn\u2019s"),
        ("fractures of the ribs", "rib fracture"),
        ("Strep throat", "Streptococcal pharyngitis"),
        ("cancer of lung", "Malignant neoplasm of the lung"),
    ],
)
def test_different_wordings_of_one_thing_have_one_key(one: str, other: str) -> None:
    assert wording.key(wording.read(one).tokens) == wording.key(wording.read(other).tokens)


def test_sides_are_taken_out_of_the_wording() -> None:
    read = wording.read("Left knee pain")
    assert read.sides == frozenset({"left"})
    assert "left" not in read.tokens


def test_the_course_of_a_problem_is_no_part_of_its_name() -> None:
    stable = wording.read_problem("Hypertension, well controlled, stable")
    assert stable.tokens == wording.read("Hypertension").tokens


def test_poorly_controlled_diabetes_keeps_what_the_index_codes() -> None:
    assert "hyperglycemia" in wording.read_problem("Diabetes, poorly controlled diabetes").tokens


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_reads_the_same_twice(text: str) -> None:
    wording.read.cache_clear()
    first = wording.read(text)
    wording.read.cache_clear()
    assert wording.read(text) == first
    assert all(token.isascii() for token in first.tokens)
