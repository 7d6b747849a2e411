"""What the rest of a note adds to a problem of its assessment.

The side, the stage or the type may stand anywhere in the record of the encounter (ICD-10-CM
Official Guidelines I.B.2, I.B.13, I.B.14); a chronic disease that is called history and still
treated is current (IV.I, IV.J); what an injury is seen for decides its seventh character
(I.C.19.a).
"""

import re
from collections.abc import Sequence

from services.coding.domain.reading import wording
from services.coding.domain.reading.naming import Named
from services.coding.domain.reading.note_reading import Mention, Noted, NoteReading
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.past_and_family import (
    HISTORY,
    is_chronic,
    is_still_treated,
    named_of_the_past,
)
from services.coding.domain.reading.problem_wording import ProblemReader
from services.coding.domain.reading.prose import ProseReader

_DIABETES = ("E08", "E09", "E10", "E11", "E13")
_INJURY = ("S", "T0", "T1", "T2", "T3", "M80", "M84.3", "M84.4")
_SEEN_AGAIN = re.compile(
    r"\b(?:follow[- ]?(?:ing )?up|f/u|recheck|cast (?:check|removal|change)|post[- ]?op\w*|"
    r"suture removal|(?:routine|delayed) healing|subsequent encounter|aftercare|wound check)\b",
    re.IGNORECASE,
)
_OVER = re.compile(r"\b(?:resolved|cured|healed|completed treatment)\b", re.IGNORECASE)
_OWN_FOLLOW_UP = ("Z85", "I25.2")
_NICOTINE = "F17.200"
_CIGARETTES = re.compile(
    r"\bcigarettes?\b|\bpacks?(?: per |/|-)(?:day|year)|\bppd\b", re.IGNORECASE
)
_DETAIL = "OG I.B.2 detail from the note"
_NOT_OF_NOW = ("family", "medications", "allergies")
_MOST_SENTENCES = 6
_MOST_COMPLETED = 40
_FROM_ELSEWHERE = 860


class NoteDetail:
    """Completes problems of one note from its other parts."""

    def __init__(self, reader: ProblemReader, prose: ProseReader) -> None:
        self._reader = reader
        self._prose = prose

    def all_completed(self, found: Sequence[Noted], note: NoteReading) -> list[Noted]:
        """The problems with what the note says of them elsewhere; of very many, the first."""
        return [
            self.completed(each, note) if place < _MOST_COMPLETED else each
            for place, each in enumerate(found)
        ]

    def completed(self, noted: Noted, note: NoteReading) -> Noted:
        """The problem with what the note says of it elsewhere."""
        if noted.assertion == "historical":
            noted = self._still_treated(noted)
        if noted.assertion == "historical":
            return self._followed_up(noted, note)
        if noted.assertion not in ("affirmed", "uncertain") or noted.named is None:
            return noted
        if noted.named.code == _NICOTINE and _CIGARETTES.search(f"{noted.after} {noted.details}"):
            return noted._replace(named=Named("F17.210", _FROM_ELSEWHERE, _DETAIL))
        code = noted.named.code
        sided = not noted.sides and code.startswith(
            ("S", "M", "H", "C", "D", "G5", "N6", "I8", "L")
        )
        if not sided and not code.endswith("9"):
            return self._timed(noted, note)
        tokens = wording.read_problem(noted.text).tokens
        chronic = is_chronic(code)
        mentions = [
            each
            for each in note.mentions(tokens)[:_MOST_SENTENCES]
            if each.assertion in ("affirmed", "historical")
            and each.sentence.kind not in _NOT_OF_NOW
            and (chronic or each.sentence.kind != "history")
            and not _is_within(noted, each.sentence)
        ]
        if sided:
            told = {frozenset(each.sides) for each in mentions if each.sides}
            if len(told) == 1:
                noted = noted._replace(sides=told.pop())
        if code.endswith("9"):
            noted = self._told_more(noted, set(tokens), mentions)
        return self._timed(noted, note)

    def _told_more(self, noted: Noted, tokens: set[str], mentions: Sequence[Mention]) -> Noted:
        """The one code that the same words and more of them name elsewhere."""
        named = noted.named
        if named is None:
            return noted
        found: dict[str, tuple[int, int, int]] = {}
        looked_up = [0]
        for mention in mentions:
            sentence = mention.sentence
            around = mention.start - sentence.start, mention.end - sentence.start
            for told in self._prose.told(sentence.text, looked_up, around):
                condition = told.condition
                other = condition.named
                if other is None or condition.assertion not in ("affirmed", "historical"):
                    continue
                related = _is_related(named.code, other.code)
                if related and tokens < set(condition.wording.tokens):
                    place = (
                        sentence.section,
                        sentence.start + condition.start,
                        sentence.start + condition.end,
                    )
                    found.setdefault(other.code, place)
        found.pop(named.code, None)
        if len(found) != 1:
            return noted
        ((code, place),) = found.items()
        surer = min(named.confidence, _FROM_ELSEWHERE)
        return noted._replace(named=Named(code, surer, _DETAIL), elsewhere=place)

    def _still_treated(self, noted: Noted) -> Noted:
        """ "History of gout, stable on allopurinol" is gout."""
        lead = HISTORY.match(noted.text)
        story = f"{noted.after} {noted.details}"
        if lead is None:
            return noted
        found = self._reader.exact(noted.text, lead.end(), len(noted.text.rstrip(" .,;")))
        if found is None or found.named is None or not is_still_treated(found.named.code, story):
            return noted
        named = Named(found.named.code, _FROM_ELSEWHERE, "OG IV.I still treated")
        return noted._replace(
            assertion="affirmed",
            named=named,
            unclear=False,
            start=noted.start + lead.end(),
            text=noted.text[lead.end() :],
        )

    def _followed_up(self, noted: Noted, note: NoteReading) -> Noted:
        """A disease that is over, at a visit to follow it up: Z09 and the history (I.C.21.c.8)."""
        named = noted.named
        past = named_of_the_past(named.code) if named is not None else ""
        if not past or past.startswith(_OWN_FOLLOW_UP) or not _OVER.search(noted.text):
            return noted
        if not (_SEEN_AGAIN.search(noted.after) or _is_seen_again(note)):
            return noted
        history = Named(past, _FROM_ELSEWHERE, "OG I.C.21.c.8")
        return noted._replace(assertion="affirmed", named=history, unclear=False, also="Z09")

    def _timed(self, noted: Noted, note: NoteReading) -> Noted:
        named = noted.named
        if named is None or not named.code.startswith(_INJURY):
            return noted
        again = _SEEN_AGAIN.search(f"{noted.text} {noted.after}") or _is_seen_again(note)
        return noted._replace(episode="subsequent") if again else noted


def _is_seen_again(note: NoteReading) -> bool:
    """Whether the complaint or the first words of the illness say that this is a later visit."""
    opening = [each for each in note.sentences if each.kind in ("complaint", "present")][:4]
    return any(_SEEN_AGAIN.search(each.text) for each in opening)


def _is_within(noted: Noted, sentence: Sentence) -> bool:
    return sentence.section == noted.section and sentence.start <= noted.start < sentence.end


def _is_related(code: str, other: str) -> bool:
    if code == "N28.9" and other.startswith("N18"):
        return True
    return code[:3] == other[:3] or (code.startswith(_DIABETES) and other.startswith(_DIABETES))
