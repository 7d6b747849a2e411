"""Problems that a provider names in the assessment of a free-text note.

A problem stands on a line of its own ("1. Essential hypertension, stable") or before a colon; each
is asserted by the words around it, matched against the index, and keeps its exact offsets.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from services.coding.domain.reading.naming import EXACT
from services.coding.domain.reading.note_reading import Noted, NoteReading, Passage
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.problem_wording import ProblemReader

_LEAD = re.compile(r"^\s*(?:[-*\u2022]|\(?\d{1,2}[.):]|[a-z][.)])\s*")
_LABEL = re.compile(
    r"^(?:medical reasoning|medical treatment|additional testing|specialist referrals?|"
    r"patient education(?: and counseling)?|patient agreements?|plan|follow[- ]?up|assessment|"
    r"procedures?|instructions?|medications?|labs?|imaging|orders?|counseling)\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s*(?::| - | \u2013 | \u2014 |\.\s|\.$|,? (?:with plan|which is|we will)\b)")
_CLAUSE = re.compile(r"\s*[,;]\s*|\s+(?:and|but)\s+")
_HONORIFIC = re.compile(r"^(?:mr|mrs|ms|miss|dr|the patient|patient)\b", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|will|presents|reports|states|continue|start|order|advised|"
    r"recommend|discussed|should|would|can|had|return|take|she|he|they|i|we)\b",
    re.IGNORECASE,
)
_LONGEST_PROBLEM = 12
_LONGEST_LINE = 40
_LEAST_CONFIDENCE = 600
_KEPT_LINES = 4_096


class AssessmentReader:
    """Finds the problems of assessments; short passages and their lines are read once."""

    def __init__(self, reader: ProblemReader) -> None:
        self._reader = reader
        self._lines: dict[tuple[str, str], tuple[Noted, ...]] = {}

    def noted(self, note: NoteReading) -> Iterator[Noted]:
        """Problems of the assessment, in the order written."""
        for passage in note.passages:
            yield from passage.noted(self._noted)

    def _noted(self, passage: Passage) -> tuple[Noted, ...]:
        if not passage.is_assessed:
            return ()
        assessed = [each for each in passage.sentences if each.kind == "assessment"]
        line = self._known_line if passage.is_short else self._line
        return tuple(_of_lines(assessed, line))

    def _line(self, text: str, more: str) -> tuple[Noted, ...]:
        return tuple(_of_line(text, more, self._reader))

    def _known_line(self, text: str, more: str) -> tuple[Noted, ...]:
        """A line of a short passage: many have lines in common."""
        found = self._lines.get((text, more))
        if found is None:
            if len(self._lines) >= _KEPT_LINES:
                self._lines.clear()
            found = self._lines[text, more] = self._line(text, more)
        return found


def _of_lines(
    lines: Sequence[Sentence], read: Callable[[str, str], tuple[Noted, ...]]
) -> Iterator[Noted]:
    """Problems of a passage; its first sentence begins a line, so none goes on from one before."""
    continues = False
    for number, sentence in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else None
        more = "" if following is None or following.line_start else f". {following.text}"
        found = read(sentence.text, more)
        if sentence.line_start or continues or all(map(_is_certain, found)):
            for each in found:
                start, end = sentence.start + each.start, sentence.start + each.end
                yield each._replace(section=sentence.section, start=start, end=end)
        continues = bool(found) and sentence.text.endswith(";")


def _is_certain(noted: Noted) -> bool:
    """Whether a later sentence of a line names a problem beyond doubt; most of them are plans."""
    return noted.named is not None and noted.named.confidence >= EXACT and not noted.unclear


def _of_line(text: str, more: str, reader: ProblemReader) -> Iterator[Noted]:
    """The problems of a line, as if it began a note; ``more`` follows it."""
    lead = _LEAD.match(text)
    begin = lead.end() if lead else 0
    if _LABEL.match(text[begin:]) or _HONORIFIC.match(text[begin:]):
        return
    cut = _CUT.search(text, begin)
    end = _before_verb(text, begin, cut.start() if cut else len(text))
    phrase = text[begin:end]
    words = phrase.split()
    clauses = _CLAUSE.split(phrase)
    longest = max((len(clause.split()) for clause in clauses), default=0)
    if not words or longest > _LONGEST_PROBLEM or len(words) > _LONGEST_LINE:
        return
    for condition in reader.conditions(phrase, text[end:] + more):
        named = condition.named
        if named is not None and named.confidence < _LEAST_CONFIDENCE:
            named = None
        start, stop = begin + condition.start, begin + condition.end
        yield Noted(
            0,
            start,
            stop,
            text[start:stop],
            condition.assertion,
            condition.wording.sides,
            named,
            condition.unclear,
            condition.also,
        )


def _before_verb(text: str, begin: int, end: int) -> int:
    """Where the naming of problems ends: before the clause with the first verb."""
    verb = _VERB.search(text, begin, end)
    if verb is None:
        return end
    clauses = [each.start() for each in _CLAUSE.finditer(text, begin, verb.start())]
    return clauses[-1] if clauses else begin
