"""Which rules the words of a documentation wake: looked for once for all of them.

A number ends a word as a space does: "BMI31", "1ppd".
"""

from collections.abc import Sequence
from functools import lru_cache

from schemas.encounter import EncounterDocumented
from services.coding.domain.reading.note_reading import NoteReading, Passage, words_in
from services.coding.domain.reading.quick_look import digits_alike

_KEPT = 8_192
_LONGEST_KEPT = 1_000
_WITHOUT_DIGITS = str.maketrans("0123456789", " " * 10)


class WakingWords:
    """Words in small letters and without digits, each with the bits that it sets.

    What short texts say is remembered, whatever numbers stand in them.
    """

    __slots__ = ("_of_passage", "_of_text")

    def __init__(self, words: Sequence[frozenset[str]]) -> None:
        """``words``: for each bit, from the lowest, the words that set it."""
        by_word: dict[str, int] = {}
        for number, own in enumerate(words):
            for word in own:
                by_word[word] = by_word.get(word, 0) | 1 << number
        vocabulary = frozenset(by_word)

        def bits_of(text: str) -> int:
            found = 0
            for word in vocabulary.intersection(words_in(text.translate(_WITHOUT_DIGITS))):
                found |= by_word[word]
            return found

        @lru_cache(maxsize=_KEPT)
        def bits_of_alike(text: bytes) -> int:
            return bits_of(text.decode())

        def of_text(text: str) -> int:
            if len(text) > _LONGEST_KEPT:
                return bits_of(text)
            return bits_of_alike(digits_alike(text))

        def of_passage(passage: Passage) -> int:
            return of_text(passage.written)

        self._of_text, self._of_passage = of_text, of_passage

    def heard(self, encounter: EncounterDocumented, note: NoteReading) -> int:
        """The bits of the words of the note, the complaint and the problems' descriptions."""
        found = note.bits(self._of_passage) | self._of_text(encounter.chief_complaint)
        for problem in encounter.problems:
            found |= self._of_text(problem.description)
        return found
