"""A quick look at a note: what it may speak of, so that nobody reads it closely in vain.

Each hint is a bit; a note has those of its passages. Where a bit is not set, what it stands for is
not in the note; where it is, a closer look decides.
"""

import re
from functools import lru_cache

from services.coding.domain.reading.note_reading import NoteReading, Passage
from services.coding.domain.reading.plain_text import is_unreadable
from services.coding.domain.reading.quick_look import digits_alike, holds
from services.coding.domain.review.note_cues import MAYBE_UNCLEAR, VAGUE_WORDS, Cue, hints_of

TELEHEALTH, TOGETHER, BLANKS, IN_ERROR = 1, 2, 4, 8
MINUTES, LATERAL, AGE, UNREADABLE = 16, 32, 64, 128
_DATED = 256
DATE_OF_SERVICE, OF_A_MAN, OF_A_WOMAN = 512, 1_024, 2_048
VAGUE, CRITICAL_CARE, PSYCHOTHERAPY, OF_ONE_SEX = 4_096, 8_192, 16_384, 32_768
TIMED, COUNSELLED = 65_536, 131_072
_HINTS = (
    (TELEHEALTH, hints_of(Cue.TELEHEALTH)),
    (TOGETHER, (*hints_of(Cue.TRAINEE), *hints_of(Cue.SHARED))),
    (BLANKS, hints_of(Cue.UNFILLED)),
    (IN_ERROR, hints_of(Cue.IN_ERROR)),
    (MINUTES, ("min",)),
    (LATERAL, ("left", "right")),
    (AGE, ("old",)),
    (_DATED, ("date", "dos")),
    (
        OF_A_MAN,
        tuple(
            f"{space}{each}" for space in " \n\t" for each in ("man", "male", "boy", "gentleman")
        ),
    ),
    (OF_A_WOMAN, ("woman", "female", "girl", "lady")),
    (OF_ONE_SEX, ("pregnant", "prostate", "testes", "testicles")),
    (CRITICAL_CARE, ("ritical",)),
    (PSYCHOTHERAPY, ("sychotherap",)),
    (COUNSELLED, ("counsel", "face", "coordinat")),
)
_DATE_WORDS = (
    "date of service", "date of visit", "date of encounter", "date of exam", "dos", "visit date",
    "encounter date", "service date",
)  # fmt: skip
# What makes a number vague, or the half of it that the next passage may make whole.
_VAGUE = re.compile(rf"{MAYBE_UNCLEAR.pattern}|^\s*(?:-|\u2013|to)|(?:-|\u2013|to)\s*$")
TIME = re.compile(r"\d\s*(?:-\s*)?(?:min|h(?:(?:ou)?rs?)?\b|m\b)", re.IGNORECASE)
"""A quick look for ``TIMED``: a number of minutes or hours."""


def hints(note: NoteReading) -> int:
    """What the note may speak of, a bit each; looked for once."""
    return note.bits(_hinted)


def _hinted(passage: Passage) -> int:
    text = passage.written
    found = UNREADABLE if is_unreadable(text) else 0
    if not passage.is_short:
        return found | _hints_in(text)
    # No hint has a certain digit in it.
    return found | _kept_hints(digits_alike(text))


def _hints_in(text: str) -> int:
    lower = text.lower()
    found = 0
    for bit, words in _HINTS:
        for word in words:
            if word in lower:
                found |= bit
                break
    if found & _DATED and any(words in lower for words in _DATE_WORDS):
        found |= DATE_OF_SERVICE
    if TIME.search(text) is not None:
        found |= TIMED
    return found | VAGUE if holds(lower, VAGUE_WORDS) or _VAGUE.search(lower) else found


@lru_cache(maxsize=8_192)
def _kept_hints(text: bytes) -> int:
    return _hints_in(text.decode())
