"""Whatever a note holds: evidence lies in it, and nothing denied or of a relative is affirmed."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.reading import wording
from services.coding.domain.reading.assessment_mentions import AssessmentReader
from services.coding.domain.reading.note_reading import Noted, NoteReading
from services.coding.domain.reading.problem_wording import ProblemReader
from tests.unit.coding.examples import note, sets_on

CODES = sets_on().diagnoses
READER = AssessmentReader(ProblemReader(PhraseMatcher(CODES), CODES))

DISEASES = (
    "hypertension", "type 2 diabetes", "asthma", "gout", "pneumonia", "migraine",
    "deep vein thrombosis", "breast cancer", "COPD", "chest pain", "hypothyroidism", "stroke",
)  # fmt: skip
NOT_THEIRS = (
    "No {0}.", "Denies {0}.", "No evidence of {0}.", "Negative for {0}, {1} or {2}.",
    "{0} was ruled out.", "{0} ruled out.", "Denies {0}, {1}, and {2}.", "Without {0} or {1}.",
    "Mother had {0}.", "Father with {0} and {1}.", "Mother and sister have {0}; {1} in brother.",
    "Patient does not have {0}.", "There is no {0} or {1}.", "Neither {0} nor {1}.",
    "She denies any {0} but her mother has {1}.", "No history of {0} or {1}.", "Not {0}.",
    "His brother was diagnosed with {0}.", "Absence of {0}.", "Unlikely to be {0}.",
)  # fmt: skip
SHAPES = (
    "Assessment:\n1. {0}\n2. Psoriasis", "Assessment: {0}", "ASSESSMENT\n- {0}\n- Psoriasis",
    "Impression: Psoriasis. {0}", "A/P\n# Psoriasis\n- {0}\n", "{0}", "HPI: {0}\nA: Psoriasis.",
    "FAMILY HISTORY: Psoriasis. {0}\nAssessment: Acne.", "Plan: rest. {0}", "CC: itch\n{0}",
    "S: itch. O: {0} A: Psoriasis. P: cream.", "Assessment & Plan\nPsoriasis.\n\u2022 Status: {0}",
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    (
        *DISEASES, *SHAPES, *NOT_THEIRS, "\n", "\n\n", "Assessment:", "A/P", "PLAN", "1. ", "2) ",
        "# ", "- ", "\u2022 ", "; ", ", ", ": ", ". ", "vs. ", "history of ", "left ", "(I10)",
        "right knee", "no ", "mother ", "likely due to ", "\u2028", "\u00e9", "\U0001f600", "\x85",
        "BMI 34.2", "28 weeks pregnant", "E11.9 ", "s/p ", "continue metformin for ", "\r\n", "\t",
    )
)  # fmt: skip


def noted(text: str) -> list[Noted]:
    return list(READER.noted(NoteReading(note(("Note", text)))))


def assert_evidence_lies_in(text: str) -> None:
    for each in noted(text):
        for section, start, end in each.places:
            assert section == 0
            assert 0 <= start < end <= len(text)
        read = text[each.start : each.end]
        assert len(read) == len(each.text)
        assert all(word in (own, " ") for word, own in zip(each.text, read, strict=True))


FAMILY_HISTORY = ("Z80", "Z81", "Z82", "Z83", "Z84")


@given(st.text(max_size=400))
def test_any_text_is_read_and_its_evidence_lies_in_it(text: str) -> None:
    assert_evidence_lies_in(text)


@settings(max_examples=300)
@given(st.lists(FRAGMENTS, max_size=14))
def test_evidence_lies_in_notes_of_any_shape(parts: list[str]) -> None:
    assert_evidence_lies_in("".join(parts))


@given(st.lists(FRAGMENTS, max_size=10))
def test_the_same_note_gives_the_same(parts: list[str]) -> None:
    text = "".join(parts)
    assert noted(text) == noted(text)


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_denied_or_of_a_relative_is_affirmed(shape: str) -> None:
    for turn, sentence in enumerate(NOT_THEIRS * 3):
        diseases = [*DISEASES[turn % 11 :], *DISEASES[: turn % 11]]
        told = {token for name in diseases[:3] for token in wording.read(name).tokens}
        for each in noted(shape.format(sentence.format(*diseases))):
            if each.assertion == "affirmed" and each.named is not None:
                if each.named.code.startswith(FAMILY_HISTORY):
                    continue
                assert not told.intersection(wording.read(each.text).tokens)


LENGTH = 300_000
ENDLESS = {
    "one line of names": "Assessment: " + "gout and asthma " * (LENGTH // 16),
    "one line of sentences": "Assessment: " + "Gout. " * (LENGTH // 6),
    "semicolons": "Assessment: " + "gout: ok; " * (LENGTH // 10),
    "prose": "Assessment: " + "She has gout and she has asthma " * (LENGTH // 32),
    "deep bullets": "Assessment:\n" + "".join(
        " " * (depth % 70) + "- gout\n" for depth in range(LENGTH // 42)
    ),
    "headings": "Assessment:\nPlan: a\n" * (LENGTH // 20),
    "no words": "Assessment: " + "?" * LENGTH,
    "spaces": "Assessment:" + " \t" * (LENGTH // 2),
    "colons": "Assessment: " + "a: " * (LENGTH // 3),
    "denials": "Assessment: " + "no " * (LENGTH // 3),
    "numbers": "Assessment: " + "1. a 2. b " * (LENGTH // 10),
    "brackets": "Assessment: " + "(A1c " * (LENGTH // 5),
}  # fmt: skip


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_note_without_end_is_read_in_bounded_time(kind: str) -> None:
    began = time.process_time()
    found = noted(ENDLESS[kind])
    assert time.process_time() - began < 5
    assert len(found) < 1_000
