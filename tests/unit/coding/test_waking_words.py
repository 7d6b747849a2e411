"""Rules that look for words are asked where one of these was said, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.encounter import NoteSection
from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.rules.book import RULES
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import RuleBook, rule
from services.coding.domain.diagnosis.rules.waking_words import WakingWords
from services.coding.domain.reading.note_reading import NoteReading, words_said
from tests.unit.coding.examples import ADULT, encounter, problems, sets_on

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


@given(_TEXT, _TEXT)
def test_what_is_heard_is_what_was_said(note: str, complaint: str) -> None:
    said = words_said(note) | words_said(complaint)
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
