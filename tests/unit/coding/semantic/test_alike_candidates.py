"""Candidates by words and by meaning together, and where the words decide alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.diagnosis.alike_candidates import (
    Alike,
    AlikeCandidates,
    weighed,
)
from services.coding.domain.diagnosis.phrase_candidates import NamedCode, PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.settings import CodingSettings
from tests.unit.coding.examples import sets_on

CODES = ("J20.9", "J40", "J42", "R05.9", "I10", "E11.9")
ALONE = CodingSettings().automatic_permille


@dataclass
class Near:
    """A likeness that answers every phrase alike, and remembers what it was asked."""

    found: Sequence[Alike]
    asked: list[str] = field(default_factory=list)
    name: str = "semantic-FY2026"

    def near(self, text: str, most: int) -> Sequence[Alike]:
        self.asked.append(text)
        return self.found[:most]


def candidates(*found: Alike) -> tuple[AlikeCandidates, Near]:
    codes, near = sets_on().diagnoses, Near(found)
    by_words = PhraseCandidates(codes, PhraseMatcher(codes))
    return AlikeCandidates(codes, by_words, near), near


def test_what_the_words_do_not_find_is_found_by_meaning() -> None:
    both, _ = candidates(Alike("R07.89", 802, "Tightness, chest"), Alike("R05.9", 240, "Cough"))
    found = both.named("zorbulous elephant on my sternum", 5)
    hit = next(each for each in found if each.code == "R07.89")
    assert (hit.alike, hit.by_words, hit.path) == (802, False, "Tightness, chest")


@pytest.mark.parametrize("phrase", ["acute bronchitis", "essential hypertension"])
def test_a_phrase_in_the_words_of_the_index_is_not_looked_at(phrase: str) -> None:
    both, near = candidates(Alike("R05.9", 1000, "Cough"))
    found = both.named(phrase, 5)
    assert near.asked == []
    assert all(each.by_words and not each.alike for each in found)


@pytest.mark.parametrize("phrase", ["acute inferolateral STEMI", "CIN 3", "LOC", "acute EtOH harm"])
def test_short_forms_are_left_to_the_words(phrase: str) -> None:
    both, near = candidates(Alike("R05.9", 1000, "Cough"))
    both.named(phrase, 5)
    assert near.asked == []


@pytest.mark.parametrize("phrase", ["ZORBULOUS FRIMBLE OF HAND", "zorbulous frimble, NOS"])
def test_a_phrase_in_capitals_is_no_short_form(phrase: str) -> None:
    both, near = candidates(Alike("R05.9", 1000, "Cough"))
    both.named(phrase, 5)
    assert near.asked == [phrase]


@pytest.mark.parametrize("phrase", ["MR", "dog bite of hand"])
def test_what_has_several_meanings_or_a_rule_is_not_looked_at(phrase: str) -> None:
    both, near = candidates(Alike("R05.9", 1000, "Cough"))
    both.named(phrase, 5)
    assert near.asked == []


def test_a_text_too_long_for_a_phrase_is_not_looked_at() -> None:
    both, near = candidates(Alike("R05.9", 1000, "Cough"))
    both.named("frimble " * 60, 5)
    assert near.asked == []


def test_what_is_alike_is_completed_for_the_side_that_the_phrase_names() -> None:
    both, _ = candidates(Alike("M25.56", 900, "Pain, joint, knee"))
    found = both.named("zorbulous left frimble", 10)
    assert "M25.562" in {each.code for each in found}


def test_no_more_than_asked_are_given() -> None:
    both, _ = candidates(*(Alike(code, 800, "somewhere") for code in CODES))
    assert len(both.named("zorbulous frimble", 3)) == 3


def test_without_anything_alike_the_words_keep_their_order() -> None:
    named = [NamedCode(code, 800 - 10 * at, "path") for at, code in enumerate(CODES)]
    assert [each.code for each in weighed(named, {}, 0)] == list(CODES)


def test_of_two_as_likely_by_words_the_one_that_is_alike_comes_first() -> None:
    named = [NamedCode("J40", 700, "path"), NamedCode("J42", 700, "path")]
    near = {code: Alike(code, alike, "path") for code, alike in (("J42", 650), ("R05.9", 300))}
    found = weighed(named, near, 300)
    assert [each.code for each in found] == ["J42", "J40", "R05.9"]


def test_what_is_too_far_down_to_have_a_path_only_supports_the_words() -> None:
    near = {"J40": Alike("J40", 400, ""), "J42": Alike("J42", 390, "")}
    found = weighed([NamedCode("J42", 500, "path")], near, 300)
    assert [(each.code, each.alike, each.path) for each in found] == [("J42", 390, "path")]


named_codes = st.lists(
    st.tuples(st.sampled_from(CODES), st.integers(0, 899)), unique_by=lambda each: each[0]
).map(
    lambda rows: [
        NamedCode(code, score, "path") for code, score in sorted(rows, key=lambda each: -each[1])
    ]
)
near_codes = st.dictionaries(st.sampled_from(CODES), st.integers(0, 1000)).map(
    lambda found: {
        code: Alike(code, alike, "path")
        for code, alike in sorted(found.items(), key=lambda each: -each[1])
    }
)


@given(named_codes, near_codes)
def test_what_only_meaning_finds_is_never_sure_enough_alone(
    named: list[NamedCode], near: dict[str, Alike]
) -> None:
    found = weighed(named, near, 0)
    assert all(each.score < ALONE for each in found if not each.by_words)


@given(named_codes, near_codes)
def test_each_code_is_given_once_the_best_first(
    named: list[NamedCode], near: dict[str, Alike]
) -> None:
    found = weighed(named, near, 0)
    assert sorted(each.code for each in found) == sorted({each.code for each in named} | set(near))
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(0 <= each.score <= 1000 for each in found)
