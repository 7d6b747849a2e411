"""A quick look before a pattern never passes over what the pattern would find."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.encounter import NoteSection
from services.coding.domain.diagnosis import drug_harm, told_lines
from services.coding.domain.diagnosis.rules import told_causes
from services.coding.domain.procedures import (
    critical_care,
    management_words,
    note_circumstances,
    psychotherapy,
)
from services.coding.domain.reading import assertion, note_text, prose, shorthand, status_names
from services.coding.domain.reading.note_reading import NoteReading, words_said
from services.coding.domain.reading.quick_look import may_say
from services.coding.domain.review import note_cues, note_hints, note_services

_ROWS = (*told_causes._MECHANISMS, *told_causes._PLACES, *told_causes._ACTIVITIES)
_CUES = ((drug_harm._CUE, drug_harm.HINTS), (told_lines._CUE, told_lines.HINTS))


def test_a_text_without_any_hint_says_nothing_and_one_in_capitals_does() -> None:
    assert not may_say("Stable on lisinopril.", ("stroke", "cva"))
    assert may_say("OLD CVA.", ("stroke", "cva"))


def test_a_text_with_other_letters_than_ascii_may_say_anything() -> None:
    assert may_say("tra\u017fe", ("trase",))


@pytest.mark.parametrize("number", range(len(_CUES)))
@given(data=st.data())
@settings(max_examples=60)
def test_a_cue_is_never_without_one_of_its_hints(number: int, data: st.DataObject) -> None:
    pattern, hints = _CUES[number]
    assert may_say(data.draw(st.from_regex(pattern)), hints)


@pytest.mark.parametrize("row", _ROWS, ids=[row[0].pattern[:40] for row in _ROWS])
@given(data=st.data())
@settings(max_examples=20)
def test_a_cause_is_never_told_without_one_of_its_words(
    row: told_causes._Row, data: st.DataObject
) -> None:
    pattern, code, needed = row
    text = data.draw(st.from_regex(pattern))
    assert needed, code
    assert not words_said(text).isdisjoint(needed)


@given(data=st.data())
@settings(max_examples=30)
def test_an_accident_at_work_is_never_told_without_a_word_for_work(data: st.DataObject) -> None:
    text = data.draw(st.from_regex(told_causes._AT_WORK))
    assert not words_said(text).isdisjoint(told_causes._WORK_WORDS)


@given(st.from_regex(r"\A[ A-Za-z()#*/&.0-9,'\u2013\t:-]{0,120}[A-Za-z.;!?%\"0-9]\Z"))
def test_a_line_that_is_not_searched_for_headings_has_none(line: str) -> None:
    passed_over = note_text._has_no_heading(line)
    alone = len(line) <= 90 and note_text._HEADING.match(line) is not None
    assert not (passed_over and (alone or note_text._DASHED.match(line) or ":" in line))


@given(st.text(" .-*#1290ab)", max_size=12), st.text(" .-*#1290ab)", max_size=12))
def test_the_mark_of_a_list_ends_no_sentence_wherever_it_stands(before: str, behind: str) -> None:
    line = f"{before}. {behind}. Rest"
    marks = [
        end
        for begin, end in pairwise([0, *note_text._ends(line, frozenset())])
        if note_text._LIST_MARK.fullmatch(line, begin, end - 1) and end < len(line)
    ]
    assert marks == []


@given(st.text("12. )abA", max_size=30))
def test_a_line_that_is_not_searched_for_items_has_none(line: str) -> None:
    found = [match["number"] for match in note_text._ITEM.finditer(line)]
    assert len(found) < 2 or len(note_text._NUMBER_MARK.findall(line)) >= 2


_SAID = st.sampled_from(sorted(assertion._OPENING_WORDS))
_SAYING = st.lists(
    st.from_regex(assertion._TRIGGERS, fullmatch=True)
    | _SAID
    | st.sampled_from(["likelydue to", "suspected2/2"])
    | st.sampled_from(["asthma", "of", "to", "be", "ruled", "out", "?", ",", "for", "\u2019s"]),
    max_size=6,
)


@given(_SAYING)
def test_triggers_are_found_at_the_words_that_open_one(said: list[str]) -> None:
    sentence = " ".join(said)
    whole = [
        (match.span(), match.lastgroup)
        for match in assertion._TRIGGERS.finditer(sentence)
        if assertion.may_have_triggers(sentence)
    ]
    assert [(match.span(), match.lastgroup) for match in assertion._matches(sentence)] == whole


_HINTED = [cue for cue, (hints, _) in note_cues._COMPILED.items() if hints]


@pytest.mark.parametrize("cue", _HINTED, ids=[cue.value for cue in _HINTED])
@given(data=st.data())
@settings(max_examples=40)
def test_a_note_never_mentions_a_cue_without_one_of_its_hints(
    cue: note_cues.Cue, data: st.DataObject
) -> None:
    hints, pattern = note_cues._COMPILED[cue]
    text = data.draw(st.from_regex(pattern))
    assert any(hint in text for hint in hints)


def _hints_of(*texts: str) -> int:
    sections = [NoteSection(heading="HPI", text=text) for text in texts if text]
    return note_hints.hints(NoteReading(sections))


@given(st.from_regex(note_cues._COMPILED[note_cues.Cue.UNCLEAR_TIME][1]))
@settings(max_examples=60)
def test_a_vague_time_hints_at_itself_even_where_a_passage_ends_within_it(text: str) -> None:
    lines = text.split("\n")
    for cut in range(len(lines)):
        assert _hints_of("\n".join(lines[:cut]), "\n".join(lines[cut:])) & note_hints.VAGUE


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        (critical_care._STATED, note_hints.CRITICAL_CARE),
        (psychotherapy._STATED, note_hints.PSYCHOTHERAPY),
    ],
)
@given(data=st.data())
@settings(max_examples=40)
def test_care_by_its_time_is_never_told_without_its_hint(
    pattern: re.Pattern[str], hint: int, data: st.DataObject
) -> None:
    assert _hints_of(data.draw(st.from_regex(pattern))) & hint


@pytest.mark.parametrize(
    ("pattern", "opening", "within"),
    [
        (
            note_circumstances._NEW,
            note_circumstances._NEW_HINTS,
            note_circumstances._NEW_WITHIN,
        ),
        (
            note_circumstances._ESTABLISHED,
            note_circumstances._ESTABLISHED_HINTS,
            note_circumstances._ESTABLISHED_WITHIN,
        ),
    ],
)
@given(data=st.data())
@settings(max_examples=60)
def test_a_patient_is_told_new_or_known_wherever_a_note_says_so(
    pattern: re.Pattern[str],
    opening: tuple[str, ...],
    within: tuple[str, ...],
    data: st.DataObject,
) -> None:
    text = data.draw(st.from_regex(pattern))
    assert note_circumstances._is_said(pattern, text, opening, within)


@pytest.mark.parametrize(
    ("pattern", "hints"),
    [
        (note_circumstances._PREVENTIVE, note_circumstances._PREVENTIVE_HINTS),
        (note_circumstances._VOICE, note_circumstances._VOICE_HINTS),
        (note_circumstances._VIDEO, note_circumstances._VIDEO_HINTS),
        (note_circumstances._ASKED, note_circumstances._ASKED_HINTS),
        (note_services._PROCEDURE, note_services._PROCEDURE_HINTS),
        (management_words.STRENGTH_BY_PRESCRIPTION, management_words.STRENGTH_HINTS),
        (prose._TAUGHT, prose._TAUGHT_HINTS),
    ],
    ids=["preventive", "voice", "video", "asked", "procedure", "strength", "taught"],
)
@given(data=st.data())
@settings(max_examples=60)
def test_what_a_note_says_is_never_said_without_a_hint(
    pattern: re.Pattern[str], hints: tuple[str, ...], data: st.DataObject
) -> None:
    assert may_say(data.draw(st.from_regex(pattern)), hints)


@given(data=st.data())
@settings(max_examples=200)
def test_what_is_written_in_short_is_never_passed_over(data: st.DataObject) -> None:
    assert shorthand._has_cue(data.draw(st.from_regex(shorthand._CUE)))


@pytest.mark.parametrize("done", [done for done, _ in status_names._DONE])
@given(data=st.data())
@settings(max_examples=40)
def test_nothing_is_said_to_be_done_without_one_of_the_hints(
    done: str, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(re.compile(done, re.IGNORECASE), fullmatch=True))
    assert may_say(text, status_names._DONE_HINTS)


def test_no_hint_of_the_review_has_a_digit_in_it() -> None:
    hints = [
        hint for _, words in (*note_hints._HINTS, (0, note_hints._DATE_WORDS)) for hint in words
    ]
    assert hints
    assert not any(each.isdigit() for hint in hints for each in hint)
