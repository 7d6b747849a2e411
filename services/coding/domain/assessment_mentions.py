"""Problems that a provider names in the assessment of a free-text note.

A problem stands on a line of its own ("1. Essential hypertension, stable") or before a colon; each
is asserted by the words around it, matched against the index, and keeps its exact offsets.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from services.coding.domain import wording
from services.coding.domain.assertion import Assertion, assertion, triggers
from services.coding.domain.diagnosis_coding import Named, name_of
from services.coding.domain.note_reading import NoteReading
from services.coding.domain.note_text import Sentence
from services.coding.domain.phrase_match import PhraseMatcher

_LEAD = re.compile(r"^\s*(?:[-*\u2022]|\(?\d{1,2}[.):]|[a-z][.)])\s*")
_LABEL = re.compile(
    r"^(?:medical reasoning|medical treatment|additional testing|specialist referrals?|"
    r"patient education(?: and counseling)?|patient agreements?|plan|follow[- ]?up|assessment|"
    r"procedures?|instructions?|medications?|labs?|imaging|orders?|counseling)\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*(?::|;| - | \u2013 | \u2014 |\.\s|\.$|,? (?:with plan|which is|we will)\b)")
_SPLIT = re.compile(r",\s+(?:and\s+)?|\s+and\s+|\s*/\s*|\s*;\s*")
_HONORIFIC = re.compile(r"^(?:mr|mrs|ms|miss|dr|the patient|patient)\b", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|will|presents|reports|states|continue|start|order|advised|"
    r"recommend|discussed|should|would|can|return|take|she|he|they|i|we)\b",
    re.IGNORECASE,
)
# What is past or implanted has codes of its own (guideline I.C.21.c.3 and c.4).
_STATUS_CODES = ("Z8", "Z9", "I25.2")
_LONGEST_PROBLEM = 12
_LEAST_CONFIDENCE = 600


class Noted(NamedTuple):
    """A problem named in the note: where, how asserted, and what it may be."""

    section: int
    start: int
    end: int
    text: str
    assertion: Assertion
    sides: frozenset[str]
    named: Named | None


def noted_problems(note: NoteReading, matcher: PhraseMatcher) -> Iterator[Noted]:
    """Problems of the assessment, in the order written."""
    for sentence in note.sentences:
        if sentence.kind == "assessment" and sentence.line_start:
            yield from _of_line(sentence, matcher)


def _of_line(sentence: Sentence, matcher: PhraseMatcher) -> Iterator[Noted]:
    text = sentence.text
    lead = _LEAD.match(text)
    begin = lead.end() if lead else 0
    if _LABEL.match(text[begin:]) or _HONORIFIC.match(text[begin:]):
        return
    cut = _CUT.search(text, begin)
    end = cut.start() if cut else len(text)
    phrase = text[begin:end]
    words = phrase.split()
    if not words or len(words) > _LONGEST_PROBLEM or _VERB.search(phrase):
        return
    whole = _noted(sentence, begin, end, matcher)
    if whole.named is not None and whole.named.confidence >= 820:
        yield whole
        return
    parts = list(_parts(phrase, begin))
    if len(parts) > 1:
        split = [_noted(sentence, start, stop, matcher) for start, stop in parts]
        known = [part for part in split if part.named and part.named.confidence >= 820]
        if known:
            yield from known
            return
    yield whole


def _bare(phrase: str) -> str:
    """The phrase without the words that deny or doubt it; "history of" is part of a name."""
    for trigger in reversed(triggers(phrase)):
        if trigger.kind != "historical" and (trigger.kind != "negated" or trigger.start == 0):
            phrase = f"{phrase[: trigger.start]} {phrase[trigger.end :]}"
    return phrase


def _parts(phrase: str, begin: int) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SPLIT.finditer(phrase):
        if match.start() > start:
            yield begin + start, begin + match.start()
        start = match.end()
    if start < len(phrase):
        yield begin + start, begin + len(phrase)


def _noted(sentence: Sentence, begin: int, end: int, matcher: PhraseMatcher) -> Noted:
    phrase = sentence.text[begin:end]
    lead = len(phrase) - len(phrase.lstrip())
    begin, end = begin + lead, begin + len(phrase.rstrip())
    phrase = sentence.text[begin:end]
    read = wording.read_problem(_bare(phrase))
    named = name_of(matcher.rank(read.tokens)) if read.tokens else None
    if named is not None and named.confidence < _LEAST_CONFIDENCE:
        named = None
    resolved = "resolved" in phrase.lower()
    asserted = assertion(sentence.text, begin, end)
    if asserted == "historical" and named is not None and named.code.startswith(_STATUS_CODES):
        asserted = "affirmed"
    return Noted(
        sentence.section,
        sentence.start + begin,
        sentence.start + end,
        phrase,
        "historical" if resolved and asserted == "affirmed" else asserted,
        read.sides or wording.read(phrase).sides,
        named,
    )
