"""A quick look before a pattern never passes over what the pattern would find."""

import re
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.encounter import NoteSection
from services.coding.domain.diagnosis import drug_harm, told_lines
from services.coding.domain.procedures import (
    critical_care,
    management_words,
    note_circumstances,
    psychotherapy,
    told_procedures,
)
from services.coding.domain.reading import (
    assertion,
    note_text,
    prose,
    shorthand,
    status_names,
    wording,
)
from services.coding.domain.reading.note_reading import NoteReading
from services.coding.domain.reading.quick_look import may_say
from services.coding.domain.review import (
    note_cues,
    note_hints,
    note_services,
    note_sides,
    review,
)
from tests.unit.coding.passed_over import (
    any_part,
    beginning,
    either,
    found_by,
    unheard,
    whole_words,
)

_HINTS = dict(note_hints._HINTS)
_CUES = ((drug_harm._CUE, drug_harm.HINTS), (told_lines._CUE, told_lines.HINTS))


def test_a_text_without_any_hint_says_nothing_and_one_in_capitals_does() -> None:
    assert not may_say("Stable on lisinopril.", ("stroke", "cva"))
    assert may_say("OLD CVA.", ("stroke", "cva"))


def test_a_text_with_other_letters_than_ascii_may_say_anything() -> None:
    assert may_say("tra\u017fe", ("trase",))


@pytest.mark.parametrize(("pattern", "hints"), _CUES, ids=["harm", "told"])
def test_a_cue_is_never_without_one_of_its_hints(
    pattern: re.Pattern[str], hints: tuple[str, ...]
) -> None:
    assert list(unheard(pattern, any_part(hints))) == []


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
def test_a_note_never_mentions_a_cue_without_one_of_its_hints(cue: note_cues.Cue) -> None:
    hints, pattern = note_cues._COMPILED[cue]
    assert list(unheard(pattern, any_part(hints))) == []


def _hints_of(*texts: str) -> int:
    sections = [NoteSection(heading="HPI", text=text) for text in texts if text]
    return note_hints.hints(NoteReading(sections))


@given(st.from_regex(note_cues._COMPILED[note_cues.Cue.UNCLEAR_TIME][1]))
@settings(max_examples=60)
def test_a_vague_time_hints_at_itself_even_where_a_passage_ends_within_it(text: str) -> None:
    lines = text.split("\n")
    for cut in range(len(lines)):
        assert _hints_of("\n".join(lines[:cut]), "\n".join(lines[cut:])) & note_hints.VAGUE


_OF_ONE_SEX = _HINTS[note_hints.OF_ONE_SEX]


@pytest.mark.parametrize(
    ("pattern", "hints"),
    [
        (critical_care._STATED, _HINTS[note_hints.CRITICAL_CARE]),
        (critical_care._STATED, critical_care._HINTS),
        (psychotherapy._STATED, _HINTS[note_hints.PSYCHOTHERAPY]),
        (psychotherapy._STATED, psychotherapy._HINTS),
        (review._SERVICE_DATE, note_hints._DATE_WORDS),
        (review._MALE, (*_HINTS[note_hints.OF_A_MAN], *_OF_ONE_SEX)),
        (review._MALE, (*_HINTS[note_hints.AGE], *_OF_ONE_SEX)),
        (review._FEMALE, (*_HINTS[note_hints.OF_A_WOMAN], *_OF_ONE_SEX)),
        (review._FEMALE, (*_HINTS[note_hints.AGE], *_OF_ONE_SEX)),
        (note_cues._TOTAL_STATED, _HINTS[note_hints.MINUTES]),
        (note_cues._COMPILED[note_cues.Cue.PART_TIME][1], _HINTS[note_hints.COUNSELLED]),
        (note_sides._SIDED, note_sides._WORDS),
        *((pattern, wording._SPOKEN_HINTS) for pattern, _ in wording._SPOKEN),
    ],
)
def test_a_review_looks_closely_wherever_it_would_find_something(
    pattern: re.Pattern[str], hints: tuple[str, ...]
) -> None:
    assert list(unheard(pattern, any_part(hints))) == []


def test_half_a_visit_of_counselling_is_looked_for_where_no_minutes_are_told() -> None:
    assert _hints_of("Over half of the visit was spent counseling.") & note_hints.COUNSELLED


_MAYBE_TIME = re.compile(r"\d(?: ?-? ?(?:mi?|min[a-z]*|ho?|hou|hours?|hrs?)?)?$", re.IGNORECASE)


@pytest.mark.parametrize(
    "pattern",
    [management_words.TOTAL_TIME, management_words.TIME_BEHIND, note_cues._TOTAL_STATED],
    ids=["total", "behind", "stated"],
)
def test_a_time_is_looked_for_however_its_unit_is_written(pattern: re.Pattern[str]) -> None:
    assert list(unheard(pattern, found_by(note_hints.TIME, _MAYBE_TIME))) == []


@pytest.mark.parametrize(
    "told", management_words.WORDINGS, ids=[each.kind for each in management_words.WORDINGS]
)
def test_an_element_of_a_visit_is_never_told_without_one_of_its_words(
    told: management_words.Wording,
) -> None:
    assert list(unheard(told.pattern, whole_words(told.words))) == []


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
def test_a_patient_is_told_new_or_known_wherever_a_note_says_so(
    pattern: re.Pattern[str], opening: tuple[str, ...], within: tuple[str, ...]
) -> None:
    step = either(beginning(frozenset(opening)), any_part(within))
    seen = partial(note_circumstances._is_said, pattern, opening=opening, within=within)
    assert all(map(seen, unheard(pattern, step)))


@pytest.mark.parametrize(
    ("pattern", "hints"),
    [
        (note_circumstances._PREVENTIVE, note_circumstances._PREVENTIVE_HINTS),
        (note_circumstances._VOICE, note_circumstances._VOICE_HINTS),
        (note_circumstances._VIDEO, note_circumstances._VIDEO_HINTS),
        (note_circumstances._ASKED, note_circumstances._ASKED_HINTS),
        (note_circumstances._LONGITUDINAL, note_circumstances._RELATION_HINTS),
        (note_services._PROCEDURE, note_services._PROCEDURE_WORDS),
        (note_services._GIVEN, note_services._GIVEN_WORDS),
        (note_services._TEST, note_services._TEST_WORDS),
        (management_words.STRENGTH_BY_PRESCRIPTION, management_words.STRENGTH_HINTS),
        (prose._TAUGHT, prose._TAUGHT_HINTS),
        *((pattern, tuple(told_procedures._WORDS)) for pattern, _ in told_procedures._PROSE),
        *((pattern, tuple(told_procedures._WORDS)) for pattern, *_ in told_procedures._JOINTS),
    ],
)
def test_what_a_note_says_is_never_said_without_a_hint(
    pattern: re.Pattern[str], hints: tuple[str, ...]
) -> None:
    assert list(unheard(pattern, any_part(hints))) == []


@pytest.mark.parametrize(("letters", "pattern"), shorthand._CUE_COMPILED)
def test_what_is_written_in_short_is_never_passed_over(
    letters: str, pattern: re.Pattern[str]
) -> None:
    assert list(unheard(pattern, any_part((letters,)))) == []


@given(data=st.data())
@settings(max_examples=40)
def test_a_cue_of_what_is_written_in_short_is_seen(data: st.DataObject) -> None:
    assert shorthand._has_cue(data.draw(st.from_regex(shorthand._CUE)))


@pytest.mark.parametrize("done", [done for done, _ in status_names._DONE])
def test_nothing_is_said_to_be_done_without_one_of_the_hints(done: str) -> None:
    pattern = re.compile(done, re.IGNORECASE)
    assert list(unheard(pattern, any_part(status_names._DONE_HINTS))) == []


def test_no_hint_of_the_review_has_a_digit_in_it() -> None:
    hints = [
        hint for _, words in (*note_hints._HINTS, (0, note_hints._DATE_WORDS)) for hint in words
    ]
    assert hints
    assert not any(each.isdigit() for hint in hints for each in hint)
