"""Passages that many notes share are read once, and still have their own place in each note."""

import gc
from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.rules import long_term_drugs
from services.coding.domain.reading import wording
from services.coding.domain.reading.assessment_mentions import AssessmentReader
from services.coding.domain.reading.note_reading import Noted, NoteReading, Passage
from services.coding.domain.reading.note_text import LONGEST_SENTENCE, sections, sentences
from services.coding.domain.reading.plain_text import plain
from services.coding.domain.reading.problem_wording import ProblemReader
from tests.unit.coding.examples import code, encounter, note, problems, sets_on

GOUT = ("Assessment", "1. Gout, stable.")


def test_the_same_passage_at_another_place_of_the_note_is_evidence_at_that_place() -> None:
    for other in ((), (("Plan", "Rest."),), (("Plan", "Rest."), ("Exam", "Well."))):
        result = code(encounter(problems=problems("Gout"), note=note(*other, GOUT)))
        (diagnosis,) = result.diagnoses
        assert [(at.section, at.start, at.end) for at in diagnosis.evidence[1:]] == [
            (len(other), 3, 7)
        ]


def test_a_denial_in_one_passage_is_not_remembered_for_another() -> None:
    denied = code(encounter(problems=problems("Gout"), note=note(("HPI", "Denies gout."))))
    affirmed = code(encounter(problems=problems("Gout"), note=note(("HPI", "Has gout."))))
    assert [query.kind for query in denied.queries] == ["contradiction"]
    assert affirmed.queries == ()


@given(st.lists(st.text(alphabet="Gout. asma;\n", max_size=60), max_size=4))
def test_reading_again_finds_the_same(texts: list[str]) -> None:
    written = note(*(("Note", text) for text in texts))
    first, second = NoteReading(written), NoteReading(written)
    assert first.mentions(("gout",)) == second.mentions(("gout",))
    read = [plain(text) for text in texts]
    assert first.sentences == tuple(
        sentence
        for section in sections(["Note"] * len(texts), read)
        for sentence in sentences(section, read[section.index])
    )


@given(
    st.lists(st.sampled_from(["Type", "2", "1", "a1c", "A2c", "b12.", "\u2265", "ckd"]), max_size=9)
)
def test_passages_that_differ_in_numbers_alone_have_their_own_words(said: list[str]) -> None:
    words = Passage(0, "other", " ".join(said)).words
    assert words == frozenset().union(*(Passage(0, "other", each).words for each in said))
    assert words.isdisjoint({"0"})


def test_a_type_that_only_another_patient_has_is_not_mentioned() -> None:
    first, second = (
        NoteReading(note(("HPI", f"Has type {number} diabetes."))) for number in (2, 1)
    )
    wanted = wording.read("type 2 diabetes").tokens
    assert len(first.mentions(wanted)) == 1
    assert second.mentions(wanted) == []


def test_a_mention_beyond_the_longest_sentence_is_no_evidence() -> None:
    text = "walked " * (LONGEST_SENTENCE // len("walked ") + 1) + "gout"
    assert NoteReading(note(("Exam", text))).mentions(("gout",)) == []
    assert len(NoteReading(note(("Exam", text[-20:]))).mentions(("gout",))) == 1


def passages_in_memory() -> int:
    gc.collect()
    return sum(type(each) is Passage for each in gc.get_objects())


def test_nothing_of_a_long_note_stays_once_it_is_coded() -> None:
    before = passages_in_memory()
    for number in range(20):
        long = f"1. Gout, stable, seen {number}.\n" + "Walked well today. " * 100
        result = code(encounter(problems=(), note=note(("Assessment", long))))
        assert [each.code for each in result.diagnoses] == ["M10.9"]
    assert passages_in_memory() == before


@pytest.mark.parametrize("heading", ["Plan", "Assessment"])
def test_no_more_short_passages_stay_than_are_kept(heading: str) -> None:
    reader = AssessmentReader(ProblemReader(PhraseMatcher(sets_on().diagnoses)))
    for number in range(8_192):
        list(reader.noted(NoteReading(note((heading, f"Seen {number}.")))))
    full = passages_in_memory()
    for number in range(300):
        list(reader.noted(NoteReading(note((heading, f"Seen again {number}.")))))
    assert passages_in_memory() == full


def test_a_passage_is_read_once_by_each_reader() -> None:
    (passage,) = NoteReading(note(GOUT)).passages
    read: list[str] = []

    def first(passage: Passage) -> tuple[Noted, ...]:
        read.append("first")
        return (Noted(0, 3, 7, "Gout", "affirmed", frozenset(), None),)

    def second(passage: Passage) -> tuple[Noted, ...]:
        read.append("second")
        return ()

    for _ in range(2):
        assert [each.text for each in passage.once(first)] == ["Gout"]
        assert passage.once(second) == ()
    assert read == ["first", "second"]


def test_a_line_further_down_another_note_is_a_problem_at_its_own_place() -> None:
    reader = AssessmentReader(ProblemReader(PhraseMatcher(sets_on().diagnoses)))
    for above in ("", "1. Hypertension.\n", "1. Asthma.\n2. Cough.\n"):
        text = f"{above}Gout, stable."
        noted = list(reader.noted(NoteReading(note(("Plan", "Rest."), ("Assessment", text)))))
        assert [text[each.start : each.end] for each in noted][-1] == "Gout, stable"
        assert {each.section for each in noted} == {1}


@pytest.mark.parametrize(("filling", "times"), [("Rests. ", 1), ("Walked well today. " * 100, 3)])
def test_lines_of_short_passages_alone_are_remembered(filling: str, times: int) -> None:
    problem_reader = create_autospec(ProblemReader, instance=True)
    problem_reader.conditions.return_value = ()
    problem_reader.exact.return_value = None
    problem_reader.codes = None
    reader = AssessmentReader(problem_reader)
    for number in range(3):
        text = f"Gout, stable\n{filling}\nSeen {number}"
        list(reader.noted(NoteReading(note(("Assessment", text)))))
    asked = [call.args[0] for call in problem_reader.conditions.call_args_list]
    assert asked.count("Gout, stable") == times


_PIECES = (
    *("takes", "Insulin", "metformin", "METFORMIN", "glargine_", "no", "x", "lantu\u017f", "insul"),
    *(" ", " ", ". ", "\n", "-", "[ ] ", "~~", "\u2019", "\u00e9", "\nFamily history: ", "Plan:\n"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_statements_that_name_a_drug_are_those_that_its_pattern_finds(text: str) -> None:
    for names, pattern, _ in long_term_drugs._KINDS:
        looked_up = Passage(0, "assessment", text).statements(pattern, names)
        assert looked_up == Passage(0, "assessment", text).statements(pattern)
