"""Rules that look for words are asked where one of these was said, and nowhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.encounter import NoteSection
from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.rules import (
    bones_skin_kidney,
    factors,
    injuries,
    long_term_drugs,
    mind_and_nerves,
    neoplasms,
    pregnancy,
    scores,
    social,
    tobacco,
    told_causes,
    told_status,
)
from services.coding.domain.diagnosis.rules.book import RULES
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, RuleBook, rule
from services.coding.domain.diagnosis.rules.waking_words import WakingWords
from services.coding.domain.reading.note_reading import NoteReading, words_said
from tests.unit.coding.examples import ADULT, encounter, problems, sets_on
from tests.unit.coding.passed_over import unheard, whole_words

_WORDS = [
    frozenset(("gout", "tophus")),
    frozenset(("gout",)),
    frozenset[str](),
    frozenset(("bmi",)),
]
_TEXT = st.lists(
    st.sampled_from(("gout", "BMI", "tophus", "2", "7", " ", ". ", "\n", "\u0130", ",-")),
    max_size=12,
).map("".join)


def heard(note: str, complaint: str = "", described: str = "") -> int:
    documented = encounter(
        note=(NoteSection(heading="Note", text=note),),
        chief_complaint=complaint,
        problems=problems(described) if described else (),
    )
    return WakingWords(_WORDS).heard(documented, NoteReading(documented.note))


def test_nobody_is_woken_where_no_word_is_said() -> None:
    assert heard("Asthma, stable.") == 0


@pytest.mark.parametrize(
    ("note", "complaint", "described"),
    [("No BMI on file.", "", ""), ("Well.", "High bmi", ""), ("Well.", "", "Obesity, BMI 41")],
)
def test_a_word_wakes_from_wherever_it_stands(note: str, complaint: str, described: str) -> None:
    assert heard(note, complaint, described) == 0b1000


def test_a_word_wakes_all_that_look_for_it_and_a_part_of_one_wakes_nobody() -> None:
    assert heard("Gout.") == 0b0011
    assert heard("Gouty, goutlike, abmi.") == 0


def test_a_number_that_is_written_to_a_word_does_not_hide_it() -> None:
    assert heard("BMI31.2, weight stable") == 0b1000
    assert heard("Well. " * 200 + "1bmi") == 0b1000


@given(_TEXT, _TEXT)
def test_what_is_heard_is_what_was_said(note: str, complaint: str) -> None:
    said = words_said(re.sub("[0-9]", " ", f"{note} {complaint}"))
    expected = sum(1 << n for n, own in enumerate(_WORDS) if own & said)
    assert heard(note, complaint) == expected


def test_a_long_passage_is_heard_to_its_end() -> None:
    assert heard("Asthma, stable. " * 100 + "Tophus of the ear.") == 0b0001


@rule("needs-a-word", "I.B.14", "E66", beside=("Z68",), said=("bmi",))
def needing(listing: Listing, _: Context, mark: str) -> Listing:
    return listing.held(mark)


@pytest.mark.parametrize(
    ("codes", "note", "is_asked"),
    [
        (["E66.9"], "Obesity.", False),
        (["I10"], "BMI 41.", False),
        (["E66.9"], "BMI 41.", True),
        (["E66.9", "Z68.41"], "Obesity.", True),
    ],
)
def test_a_rule_is_asked_beside_a_code_or_a_word_that_it_looks_for(
    codes: list[str], note: str, is_asked: bool
) -> None:
    documented = encounter(note=(NoteSection(heading="Note", text=note),))
    tables = sets_on().diagnoses
    reading = NoteReading(documented.note)
    context = Context(documented, ADULT, reading, tables, Exclusions(tables))
    done = RuleBook([needing]).apply([Diagnosis(code) for code in codes], context)
    assert bool(done.reasons) is is_asked


def test_the_words_of_rules_are_single_in_small_letters_and_without_digits() -> None:
    """As notes are cut into words, and remembered: another would not be heard."""
    for each in RULES:
        assert all(words_said(word) == {word} for word in each.said), each.ID
        assert not any(map(str.isdigit, "".join(each.said))), each.ID


_CAUSES = (*told_causes._MECHANISMS, *told_causes._PLACES, *told_causes._ACTIVITIES)
_DRUGS = (*long_term_drugs._KINDS, *(each[:3] for each in long_term_drugs._OTHERS))
# The patterns without one of which a rule has nothing to say, where no code stands beside.
_LOOKED_FOR: dict[str, tuple[re.Pattern[str], ...]] = {
    "dialysis": (bones_skin_kidney._DIALYSIS,),
    "kidney-transplant": (bones_skin_kidney._TRANSPLANT,),
    "cause-as-told": tuple(pattern for pattern, _, _ in told_causes._MECHANISMS),
    "control-of-diabetes": tuple(pattern for _, pattern, _ in long_term_drugs._KINDS),
    "long-term-anticoagulant": (long_term_drugs._ANTICOAGULANT,),
    "long-term-drug": tuple(pattern for _, pattern, _, _ in long_term_drugs._OTHERS),
    "tobacco-as-told": (tobacco._NOW, tobacco._NAMED),
    "extent-of-burn": (injuries._SURFACE,),
    "body-mass-documented": (factors._BMI,),
    "social-determinant": tuple(pattern for pattern, _, _, _ in social._ROWS),
    "coma-scale": (scores._NAMED,),
    "stroke-scale": (scores._STROKE_SCALE,),
    "blood-alcohol": (scores._LEVEL,),
    "treatment-first": (neoplasms._FOR_CHEMO,),
    "status-as-told": tuple(pattern for _, _, pattern, _ in told_status._KNOWN),
    "medicines-not-taken": (told_status._NOT_TAKEN,),
    "complicates-pregnancy": (pregnancy._PREGNANT,),
}
# Words that a rule looks for once more before it searches with a pattern.
_LOOKED_FOR_AGAIN: tuple[tuple[str, re.Pattern[str], frozenset[str]], ...] = (
    *((code, pattern, words) for pattern, code, words, _ in social._ROWS),
    *((code, pattern, words) for pattern, code, words in _CAUSES),
    *((code, pattern, words) for words, pattern, code in _DRUGS),
    *((code, pattern, words) for _, words, pattern, code in told_status._KNOWN),
    ("Z79.01", long_term_drugs._ANTICOAGULANT, long_term_drugs.ANTICOAGULANTS),
    ("Y99.0", told_causes._AT_WORK, told_causes._WORK_WORDS),
    ("N18", bones_skin_kidney._STAGED_DISEASE, bones_skin_kidney._KIDNEY_WORDS),
    ("right", mind_and_nerves._RIGHT_HANDED, mind_and_nerves._DOMINANT_WORDS),
    ("left", mind_and_nerves._LEFT_HANDED, mind_and_nerves._DOMINANT_WORDS),
    ("both", mind_and_nerves._AMBIDEXTROUS, mind_and_nerves._DOMINANT_WORDS),
)


@pytest.mark.parametrize("asked", [each for each in RULES if each.said], ids=lambda each: each.ID)
def test_a_rule_hears_whatever_its_patterns_would_find(asked: Rule) -> None:
    words = whole_words(asked.said, digits_apart=True)
    passed_over = [text for each in _LOOKED_FOR[asked.ID] for text in unheard(each, words)]
    assert passed_over == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [(pattern, words) for _, pattern, words in _LOOKED_FOR_AGAIN],
    ids=[f"{code} {pattern.pattern[:30]}" for code, pattern, _ in _LOOKED_FOR_AGAIN],
)
def test_a_pattern_finds_nothing_where_none_of_its_words_is_said(
    pattern: re.Pattern[str], words: frozenset[str]
) -> None:
    assert list(unheard(pattern, whole_words(words))) == []
