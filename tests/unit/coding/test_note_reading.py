"""Passages that many notes share are read once, and still have their own place in each note."""

from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.note_reading import NoteReading
from services.coding.domain.note_text import LONGEST_SENTENCE, sections, sentences
from tests.unit.coding.examples import code, encounter, note, problems

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
    assert first.sentences == tuple(
        sentence
        for section in sections(["Note"] * len(texts), texts)
        for sentence in sentences(section, texts[section.index])
    )


def test_a_mention_beyond_the_longest_sentence_is_no_evidence() -> None:
    text = "walked " * (LONGEST_SENTENCE // len("walked ") + 1) + "gout"
    (reading,) = NoteReading(note(("Exam", text))).passages
    assert reading.mentions(("gout",)) == ()
    (seen,) = NoteReading(note(("Exam", text[-20:]))).passages
    assert len(seen.mentions(("gout",))) == 1
