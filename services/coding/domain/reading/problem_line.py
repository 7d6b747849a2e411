"""The problems that one line of an assessment names, each with its exact characters."""

import re
from collections.abc import Iterator, Sequence

from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import triggers
from services.coding.domain.reading.course_words import HARMLESS, SITES
from services.coding.domain.reading.naming import EXACT, Named
from services.coding.domain.reading.note_reading import Noted
from services.coding.domain.reading.problem_wording import ProblemReader
from services.coding.domain.reading.stated_codes import agreed, masked

_CUT = re.compile(
    r"\s*(?::| - | \u2013 | \u2014 |(?<!\bvs)(?<!\bDr)(?<![\s(][A-Za-z])\.\s|\.$|"
    r",? (?:with plan|which is|we will)\b)"
)
_CLAUSE = re.compile(r"\s*[,;]\s*|\s+(?:and|but)\s+")
_LEAD_IN = re.compile(
    r"(?:(?:follow[- ]?up|f/u|recheck|re-?evaluation|evaluation|management|visit|here)"
    r"(?:\s+(?:visit|exam|evaluation))?(?:\s+(?:of|for|on|regarding)|:)?|"
    r"(?:problem|diagnosis|dx|impression|primary|secondary|principal|other|chronic|acute|active|"
    r"associated)(?:\s+(?:diagnosis|problem|dx|issue))?\s*\#?\d{0,2}\s*:|"
    r"(?:cv|cardiac|cardiovascular|resp|respiratory|pulm|pulmonary|neuro|neurologic|neurological|"
    r"gi|gu|gyn|renal|endo|endocrine|msk|musculoskeletal|heme|heme/onc|id|infectious disease|psych|"
    r"psychiatric|derm|skin|ent|heent|ortho|eyes|ophtho|metabolic|gastrointestinal|genitourinary|"
    r"hematology|oncology|rheum|rheumatology)\s*(?::|-\s))\s*(?=\S)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|will|presents|reports|states|continue|start|order|advised|"
    r"recommend|discussed|should|would|can|had|return|take|she|he|they|we|"
    r"(?<!type )(?<!bipolar )(?<!class )(?<!grade )(?<!stage )(?<!mobitz )i(?=\s+[a-z]))\b",
    re.IGNORECASE,
)
_OF_WEIGHT = ("E66", "E43", "E44", "E46", "R63.4", "R63.5", "R63.6", "R64")
_BODY_MASS = re.compile(
    r"\bBMI\b[^\d\n]{0,20}(?P<whole>[1-9]\d)(?:\.(?P<tenth>\d))?\b", re.IGNORECASE
)
_OVER_40 = ((700, "Z68.45"), (600, "Z68.44"), (500, "Z68.43"), (450, "Z68.42"), (400, "Z68.41"))
_SMALL_STOP = re.compile(r"(?<=[a-z0-9)\]])(?:\s+\.\s+(?=[A-Za-z])|\.\s+(?=[a-z]))")
_STORY = ("R", "Z", "V", "W", "X", "Y", "T")
# What an examination found stands behind the colon.
_FINDING = re.compile(r"\babnormal (?:exam )?findings?\s*$", re.IGNORECASE)
_MOST_ITEMS = 40
_AT_A_SITE = 840
_LONGEST_PROBLEM = 12
_LONGEST_LINE = 40
_LEAST_CONFIDENCE = 600


class LineReader:
    """Reads the words of a line behind its mark."""

    def __init__(self, reader: ProblemReader) -> None:
        self._reader = reader

    def noted(self, text: str, more: str) -> Iterator[Noted]:
        """The problems of a line, as if it began a note; ``more`` follows it.

        Behind the name of a problem and what is said of it, a semicolon may begin another.
        """
        text, stated = masked(text, self._reader.codes)
        for start, end in _items(text):
            said = text[start:end] if end < len(text) else text[start:]
            found = list(self._item(said, stated, more if end == len(text) else ""))
            for each in found:
                if start == 0 or (each.named is not None and each.named.confidence >= EXACT):
                    yield _moved(each, start)
            if any(each.named is not None for each in found):
                yield from self._in_small_letters(said, start, stated)

    def _in_small_letters(self, text: str, at: int, stated: Sequence[str]) -> Iterator[Noted]:
        """Diseases behind the first one where no capital begins a sentence: "htn. dm2. gout."

        A sentence that is none (what is said of one, what is to be done) is passed over.
        """
        stops = list(_SMALL_STOP.finditer(text)) if "." in text else []
        for number, stop in enumerate(stops):
            end = stops[number + 1].start() if number + 1 < len(stops) else len(text)
            found = list(self._item(text[stop.end() : end], stated, ""))
            if not found or not all(_is_a_disease(each) for each in found):
                continue
            for each in found:
                yield _moved(each, at + stop.end())

    def at_site(self, noted: Noted, site: str) -> Noted:
        """A problem listed under a part of the body, which its own words leave out."""
        if not site or noted.sides or noted.named is None:
            return noted
        found = self._reader.conditions(f"{noted.text.rstrip(' .,;:')} {site.rstrip(' :.')}")
        named = found[0].named if len(found) == 1 else None
        if named is None or named.confidence < _AT_A_SITE:
            return noted._replace(sides=wording.read(site).sides)
        surer = min(named.confidence, noted.named.confidence)
        return noted._replace(
            named=Named(named.code, surer, named.rule), sides=found[0].wording.sides
        )

    def _item(self, text: str, stated: Sequence[str], more: str) -> Iterator[Noted]:
        lead = _LEAD_IN.match(text)
        begin = lead.end() if lead else len(text) - len(text.lstrip())
        cut = _end_of_name(text, begin)
        end = begin + len(text[begin : _before_verb(text, begin, cut)].rstrip())
        phrase = text[begin:end]
        words = phrase.split()
        clauses = _CLAUSE.split(phrase)
        longest = max((len(clause.split()) for clause in clauses), default=0)
        if not words or longest > _LONGEST_PROBLEM or len(words) > _LONGEST_LINE:
            return
        if not set(wording.read_problem(phrase).tokens) - HARMLESS:
            return
        whole = f"{text} {more}"
        for condition in self._reader.conditions(phrase, text[end:] + more):
            named = condition.named
            if named is not None and named.confidence < _LEAST_CONFIDENCE:
                named = None
            if named is not None:
                named = agreed(named, stated, self._reader.codes)
            start = begin + condition.start
            stop = begin + len(phrase[: condition.end].rstrip(" (,;:"))
            yield Noted(
                0,
                start,
                stop,
                text[start:stop],
                condition.assertion,
                condition.wording.sides,
                named,
                condition.unclear,
                condition.also or _body_mass(named, whole),
            )


def _moved(noted: Noted, by: int) -> Noted:
    return noted._replace(start=noted.start + by, end=noted.end + by) if by else noted


def _is_a_disease(noted: Noted) -> bool:
    """Named in just these words, and no symptom, status or cause: those are part of a story."""
    named = noted.named
    return named is not None and named.confidence >= EXACT and not named.code.startswith(_STORY)


def _items(text: str) -> Iterator[tuple[int, int]]:
    """A line, cut at each semicolon behind what is said of a problem; one that denies is whole."""
    begin = 0
    for _ in range(_MOST_ITEMS):
        cut = _CUT.search(text, begin)
        semicolon = text.find(";", cut.start()) if cut else -1
        if semicolon < 0 or triggers(text[begin:semicolon]):
            break
        yield begin, semicolon
        begin = semicolon + 1
    yield begin, len(text)


def _body_mass(named: Named | None, text: str) -> str:
    """Z68 for the body mass index written beside a weight diagnosis (I.B.14), adults."""
    if named is None or not named.code.startswith(_OF_WEIGHT):
        return ""
    found = _BODY_MASS.search(text)
    if found is None:
        return ""
    tenths = int(found["whole"]) * 10 + int(found["tenth"] or 0)
    if tenths < 200:
        return "Z68.1"
    if tenths < 400:
        return f"Z68.{tenths // 10}"
    return next((code for least, code in _OVER_40 if tenths >= least), "")


def _end_of_name(text: str, begin: int) -> int:
    """Where the name of a problem ends; what only says where goes on ("Left knee: arthritis")."""
    cut = _CUT.search(text, begin)
    if cut is None:
        return len(text)
    if _FINDING.search(text, begin, cut.start()) is not None:
        return len(text)
    first = wording.read(text[begin : cut.start()])
    following = _CUT.search(text, cut.end())
    end = following.start() if following else len(text)
    if _is_a_site(first) or _is_a_site(wording.read(text[cut.end() : end])):
        return end
    return cut.start()


def _is_a_site(read: wording.Wording) -> bool:
    """Whether words say only where ("left knee")."""
    return SITES.issuperset(read.tokens) and bool(read.sides or read.tokens)


def _before_verb(text: str, begin: int, end: int) -> int:
    """Where the naming of problems ends: before the clause with the first verb."""
    verb = _VERB.search(text, begin, end)
    if verb is None:
        return end
    clauses = [each.start() for each in _CLAUSE.finditer(text, begin, verb.start())]
    return clauses[-1] if clauses else begin
