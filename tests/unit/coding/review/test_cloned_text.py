"""How alike two notes are, by small sets of hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.reading.note_reading import NoteReading
from services.coding.domain.review.cloned_text import FEWEST, likeness, packed, sketch, unpacked
from services.coding.domain.review.review import Known, review
from tests.unit.coding.examples import encounter, note

WORDS = st.lists(st.sampled_from([f"w{number}" for number in range(400)]), max_size=500)


def text(start: int, words: int) -> str:
    return " ".join(f"word{number}" for number in range(start, start + words))


@given(WORDS)
def test_a_note_is_wholly_like_itself_or_too_short_to_say(words: list[str]) -> None:
    own = sketch([" ".join(words)])
    assert likeness(own, own) == (1000 if own else 0)
    assert unpacked(packed(own)) == own


@given(WORDS, WORDS)
def test_likeness_is_the_same_both_ways_and_within_bounds(one: list[str], other: list[str]) -> None:
    first, second = sketch([" ".join(one)]), sketch([" ".join(other)])
    assert 0 <= likeness(first, second) == likeness(second, first) <= 1000


def test_more_shared_text_is_more_alike() -> None:
    before = sketch([text(0, 400)])
    found = [likeness(before, sketch([text(start, 400)])) for start in (0, 20, 150, 399)]
    assert found[0] == 1000
    assert found == sorted(found, reverse=True)
    assert found[-1] < 50


def test_case_and_layout_do_not_matter_and_numbers_do() -> None:
    words = text(0, 200)
    assert sketch([words]) == sketch([words.upper().replace(" ", "\n  ")])
    assert sketch([words]) != sketch([words.replace("word7 ", "word8 ")])


def test_a_short_note_is_no_evidence_of_copying() -> None:
    assert sketch([text(0, FEWEST // 2)]) == ()


@pytest.mark.parametrize("kept", [b"123", b"\x00" * 16, bytes(range(16, 0, -1))])
def test_bytes_that_are_no_sketch_are_refused(kept: bytes) -> None:
    with pytest.raises(ValueError, match="not a sketch"):
        unpacked(kept)


@pytest.mark.parametrize(("copied", "severity"), [(400, "query"), (360, "warn"), (100, None)])
def test_a_note_worded_like_the_last_one_is_flagged(copied: int, severity: str | None) -> None:
    now = f"HPI: {text(0, copied)} {text(1_000, 400 - copied)}"
    documented = encounter(chief_complaint="cough", note=note(("HPI", now)))
    known = Known(earlier=sketch([f"HPI: {text(0, 400)}"]))
    found = [flag.severity for flag in review(documented, NoteReading(documented.note), known)]
    assert found == ([] if severity is None else [severity])
