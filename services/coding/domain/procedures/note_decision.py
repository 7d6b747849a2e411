"""Decision making and total time as a free-text note tells them, each element where it stands.

For encounters whose EHR recorded neither: the problems assessed, by kind; data and risk by the
words of the note that are not denied, conditional or of the past. What is found this way is less
sure than what was recorded, so a coder sees it.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from schemas.encounter import (
    DataReviewed,
    DecisionMaking,
    EncounterDocumented,
    ProblemAddressed,
    ProblemKind,
    RiskElement,
)
from services.coding.domain.coding_result import Column, Diagnosis, Element, EvidenceAt
from services.coding.domain.procedures import management_words as said
from services.coding.domain.procedures.decision_making import (
    Columns,
    columns,
    level_of_risk,
)
from services.coding.domain.procedures.problem_kinds import kind_of
from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.note_reading import NoteReading, Passage, words_said
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.quick_look import may_say
from services.coding.domain.review.note_hints import TIME, TIMED, hints

_MOST_SENTENCES = 4_000
_LONGEST_BLOCK = 500
_LONGEST_TEXT = 200_000
_SEPARATORS = str.maketrans(dict.fromkeys(".,;:()[]{}<>/\\\"'`*!?+=|-–—•", " "))
_MANAGING = ("assessment", "doubted", "decision", "plan", "other")
_STUDYING = ("assessment", "doubted", "decision", "plan", "results", "other")
_NOT_ABOUT_NOW = frozenset(("if", "unless", "should", "worsen", "worsens", "return", "precautions"))
_PAST = frozenset(
    ("history", "last", "previous", "prior", "previously", "ago", "recently", "since")
)
_PRESCRIBING = ("assessment", "decision", "plan")
_KEYS = said.WORDING_WORDS | said.MANAGED | said.DOSED_WORDS
_ANY_KEYS = _KEYS | said.TESTS.keys() | said.IMAGED.keys() | {"x", "metabolic", "culture"}
_WORDINGS_WITH = {
    word: tuple(n for n, each in enumerate(said.WORDINGS) if word in each.words)
    for word in said.WORDING_WORDS
}
_LONGEST_DAY = 1_440
_WIDEST = 300
"""Characters of a sentence that are looked at on either side: a line without a stop has no end."""


class NoteDecision(Struct, frozen=True):
    """The three columns with their elements, and the levels."""

    levels: Columns
    problems: Column
    data: Column
    risk: Column


class TotalTime(Struct, frozen=True):
    """Minutes on the day of the encounter and where they are stated; 0: statements disagree."""

    minutes: int
    evidence: tuple[EvidenceAt, ...]


def total_time(note: NoteReading) -> TotalTime | None:
    """The statement of total time; None without one."""
    if not hints(note) & TIMED:
        return None
    found: dict[int, EvidenceAt] = {}
    for passage in note.passages:
        for minutes, place in passage.once(_times):
            found.setdefault(minutes, place)
    if not found:
        return None
    if len(found) > 1:
        return TotalTime(0, tuple(found.values()))
    ((minutes, evidence),) = found.items()
    return TotalTime(minutes, (evidence,))


def _times(passage: Passage) -> tuple[tuple[int, EvidenceAt], ...]:
    """The statements of a passage: minutes, and where."""
    text = passage.written[:_LONGEST_TEXT]
    if TIME.search(text) is None:
        return ()
    found: list[tuple[int, EvidenceAt]] = []
    for pattern in (said.TOTAL_TIME, said.TIME_BEHIND):
        for match in pattern.finditer(text):
            minutes = _minutes(match)
            if 0 < minutes <= _LONGEST_DAY and not _of_something_else(text, match):
                start, end = match.span()
                found.append((minutes, EvidenceAt("note", None, passage.index, start, end)))
    return tuple(found)


def _minutes(match: re.Match[str]) -> int:
    parts = match.groupdict()
    minutes = int(parts["minutes"] or 0) + 60 * int(parts.get("hours") or 0)
    return minutes + int(parts.get("more") or 0)


def _of_something_else(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence speaks of a part of the visit, or of no visit at all."""
    first, last = max(match.start() - _WIDEST, 0), min(match.end() + _WIDEST, len(text))
    begin = max(text.rfind(end, first, match.start()) for end in ".;\n") + 1
    ends = [at for end in ".;\n" if (at := text.find(end, match.end(), last)) >= 0]
    return said.OTHER_TIME.search(text, max(begin, first), min(ends, default=last)) is not None


def decision_of_note(
    encounter: EncounterDocumented,
    note: NoteReading,
    diagnoses: Sequence[Diagnosis],
    interpreted_and_billed: int,
) -> NoteDecision | None:
    """Decision making read from the note.

    None where no problem that it assesses was coded, or nothing is told of data and management.
    """
    problems = _problems(encounter, diagnoses)
    if not problems:
        return None
    data, risk = _data_and_risk(note)
    data = [
        each
        for each in data
        if each.kind != "independent_interpretation" or len(each.evidence) > interpreted_and_billed
    ]
    if not (data or risk):
        return None
    counted = {name: sum(each.count for each in data if each.kind == name) for name in _NUMBERED}
    billed = max(interpreted_and_billed - counted["tests_ordered"], 0)
    counted["results_reviewed"] = max(counted["results_reviewed"] - billed, 0)
    counted["tests_ordered"] = max(counted["tests_ordered"] - interpreted_and_billed, 0)
    recorded = DecisionMaking(
        problems=tuple(ProblemAddressed(kind=kind, count=n) for kind, n, _ in problems),
        data=DataReviewed(
            **counted,
            **{name: any(each.kind == name for each in data) for name in _NAMED},
        ),
        risk=tuple(kind for kind, _ in risk),
    )
    levels = columns(recorded)
    return NoteDecision(
        levels,
        Column(levels.problems, tuple(Element(kind, n, places) for kind, n, places in problems)),
        Column(levels.data, tuple(data)),
        Column(levels.risk, tuple(Element(kind, 1, (place,)) for kind, place in risk)),
    )


_NUMBERED = ("external_notes", "results_reviewed", "tests_ordered")
_NAMED = ("independent_historian", "independent_interpretation", "external_discussion")


def _problems(
    encounter: EncounterDocumented, diagnoses: Sequence[Diagnosis]
) -> list[tuple[ProblemKind, int, tuple[EvidenceAt, ...]]]:
    """Kinds of problems with their number; codes of one category are one problem."""
    places = sorted(
        {
            (each.section, each.start)
            for diagnosis in diagnoses
            for each in diagnosis.evidence
            if each.section is not None and each.start is not None
        }
    )
    texts = {item.item_id: item.description for item in encounter.problems}
    kinds: dict[str, tuple[ProblemKind, tuple[EvidenceAt, ...]]] = {}
    for diagnosis in diagnoses:
        text = " ".join(_around(encounter, each, places, texts) for each in diagnosis.evidence)
        kind = kind_of(diagnosis.code, text)
        if kind is not None:
            kinds.setdefault(diagnosis.code[:3], (kind, diagnosis.evidence))
    found: dict[ProblemKind, list[tuple[EvidenceAt, ...]]] = {}
    for kind, evidence in kinds.values():
        found.setdefault(kind, []).append(evidence)
    return [
        (kind, len(each), tuple(place for evidence in each for place in evidence))
        for kind, each in found.items()
    ]


def _around(
    encounter: EncounterDocumented,
    place: EvidenceAt,
    places: Sequence[tuple[int, int]],
    texts: dict[str, str],
) -> str:
    """What is written of a problem: its line and what follows up to the next problem."""
    if place.section is None or place.start is None:
        return texts.get(place.item_id or "", "")
    text = encounter.note[place.section].text
    following = [start for section, start in places if section == place.section]
    end = min((start for start in following if start > place.start), default=len(text))
    begin = text.rfind("\n", 0, place.start) + 1
    return text[max(begin, place.start - 80) : min(end, place.start + _LONGEST_BLOCK)]


def _data_and_risk(
    note: NoteReading,
) -> tuple[list[Element], list[tuple[RiskElement, EvidenceAt]]]:
    data: dict[str, list[EvidenceAt]] = {}
    risk: dict[RiskElement, EvidenceAt] = {}
    tests: dict[str, tuple[str, EvidenceAt]] = {}
    for sentence in note.sentences[:_MOST_SENTENCES]:
        if sentence.kind in ("family", "social", "medications", "allergies", "review"):
            continue
        if words_said(sentence.text).isdisjoint(_ANY_KEYS):
            continue
        lowered = sentence.text.lower()
        words = frozenset(lowered.translate(_SEPARATORS).split())
        if not words.isdisjoint(_KEYS):
            for column, kind, place in _told(sentence, words):
                if column == "data":
                    data.setdefault(kind, []).append(place)
                else:
                    risk.setdefault(kind, place)  # type: ignore[arg-type]
            for element, place in _drugs(sentence, words):
                risk.setdefault(element, place)
        for test, kind, place in _tests(sentence, words):
            tests.setdefault(test, (kind, place))
    for kind, place in tests.values():
        data.setdefault(kind, []).append(place)
    elements = [
        Element(name, 1 if name in _NAMED else len(data[name]), tuple(data[name]))
        for name in (*_NUMBERED, *_NAMED)
        if name in data
    ]
    ordered = sorted(risk.items(), key=lambda each: -level_of_risk(each[0]))
    return elements, ordered


def _told(sentence: Sentence, words: frozenset[str]) -> Iterator[tuple[str, str, EvidenceAt]]:
    spoken_of = {n for word in words & said.WORDING_WORDS for n in _WORDINGS_WITH[word]}
    for number in sorted(spoken_of):
        wording = said.WORDINGS[number]
        if wording.column == "risk" and sentence.kind not in _MANAGING:
            continue
        match = wording.pattern.search(sentence.text)
        if match is None:
            continue
        if wording.column == "risk" and not _counts_now(words):
            continue
        if _denied(sentence.text, match.start()):
            continue
        yield wording.column, wording.kind, _at(sentence, match.start(), match.end())


def _counts_now(words: frozenset[str]) -> bool:
    if not words.isdisjoint(_NOT_ABOUT_NOW):
        return False
    return _PAST.isdisjoint(words)


def _denied(text: str, start: int) -> bool:
    before = text[:start].lower().translate(_SEPARATORS).split()[-4:]
    return not {"no", "not", "denies", "without", "declined", "declines", "never"}.isdisjoint(
        before
    )


def _drugs(sentence: Sentence, words: frozenset[str]) -> Iterator[tuple[RiskElement, EvidenceAt]]:
    """Prescription drugs that are managed in the sentence; else those sold without one."""
    if sentence.kind not in _MANAGING:
        return
    if words.isdisjoint(said.MANAGED) and not _is_dosed(sentence, words):
        return
    prescribed = [word for word in words if word in said.DRUGS or word.endswith(said.DRUG_ENDINGS)]
    bought = [word for word in words if word in said.OVER_THE_COUNTER]
    named = sorted(each for each in prescribed if each not in said.OVER_THE_COUNTER)
    text = sentence.text
    if not (named or bought):
        strength = said.STRENGTH.search(text)
        if strength is None:
            return
        named = [strength.group().lower()]
    by_strength = (
        may_say(text, said.STRENGTH_HINTS)
        and said.STRENGTH_BY_PRESCRIPTION.search(text) is not None
    )
    word = (named or sorted(bought))[0]
    start = max(text.lower().find(word), 0)
    if _denied(text, start) or assertion(text, start, start + len(word)) == "hypothetical":
        return
    prescription = bool(named) or by_strength
    element: RiskElement = (
        "prescription_drug_management"
        if prescription and "otc" not in words and "counter" not in words
        else "over_the_counter_drug"
    )
    yield element, _at(sentence, start, start + len(word))


def _is_dosed(sentence: Sentence, words: frozenset[str]) -> bool:
    """A dose and how often, as a plan writes a prescription; not what the patient takes already."""
    return (
        sentence.kind in _PRESCRIBING
        and _counts_now(words)
        and said.DOSED.search(sentence.text) is not None
        and said.TAKEN_ALREADY.search(sentence.text) is None
    )


def _tests(sentence: Sentence, words: frozenset[str]) -> Iterator[tuple[str, str, EvidenceAt]]:
    """Tests ordered or reviewed; each is named once however often it is spoken of."""
    reviewed = not words.isdisjoint(said.REVIEWED)
    if sentence.kind not in _STUDYING and not ("reviewed" in words or "showed" in words):
        return
    named = [word for word in words if word in said.TESTS or word in said.IMAGED]
    if "x" in words and said.XRAY.search(sentence.text):
        named.append("xray")
    if "metabolic" in words and "panel" in words:
        named.append("cmp")
    if "culture" in words:
        named.append("culture")
    if not named:
        return
    if sentence.kind != "results" and not reviewed and words.isdisjoint(said.ORDERED):
        return
    kind = "results_reviewed" if sentence.kind == "results" or reviewed else "tests_ordered"
    lowered = sentence.text.lower()
    for word in sorted(set(named)):
        if word in said.IMAGED:
            test = f"{said.IMAGED[word]} {' '.join(sorted(words & said.BODY)[:1])}"
        else:
            test = said.TESTS.get(word, word)
        written = "x" if word == "xray" and "xray" not in lowered else word
        start = _word_at(lowered, written)
        if start < 0:
            continue
        asserted = assertion(sentence.text, start, start + len(written))
        if asserted in ("negated", "family") or _conditional(words, sentence.kind):
            continue
        yield test, kind, _at(sentence, start, start + len(written))


def _conditional(words: frozenset[str], kind: str) -> bool:
    return kind != "results" and not {"if", "consider", "unless"}.isdisjoint(words)


def _word_at(text: str, word: str) -> int:
    start = text.find(word)
    while start > 0 and text[start - 1].isalnum():
        start = text.find(word, start + 1)
    return start


def _at(sentence: Sentence, start: int, end: int) -> EvidenceAt:
    return EvidenceAt("note", None, sentence.section, sentence.start + start, sentence.start + end)
