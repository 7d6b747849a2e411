"""Which rules the words of a documentation wake: looked for once for all of them."""

from collections.abc import Sequence
from functools import lru_cache

from schemas.encounter import EncounterDocumented
from services.coding.domain.reading.note_reading import NoteReading, Passage, words_in

_KEPT = 8_192
_LONGEST_KEPT = 1_000


class WakingWords:
    """Words in small letters, each with those that it wakes: a bit for each of them.

    What stands in a sentence, a complaint or a description is remembered.
    """

    __slots__ = ("_bits_of", "_kept_bits_of", "_of_passage")

    def __init__(self, words: Sequence[frozenset[str]]) -> None:
        """``words``: for each bit, from the lowest, the words that set it."""
        by_word: dict[str, int] = {}
        for number, own in enumerate(words):
            for word in own:
                by_word[word] = by_word.get(word, 0) | 1 << number
        vocabulary = frozenset(by_word)

        def bits_of(text: str) -> int:
            found = 0
            for word in vocabulary.intersection(words_in(text)):
                found |= by_word[word]
            return found

        kept_bits_of = lru_cache(maxsize=_KEPT)(bits_of)

        def of_passage(passage: Passage) -> int:
            if not passage.is_short:
                return bits_of(passage.written)
            found = 0
            for each in map(kept_bits_of, passage.written.split(".")):
                found |= each
            return found

        self._bits_of, self._kept_bits_of, self._of_passage = bits_of, kept_bits_of, of_passage

    def heard(self, encounter: EncounterDocumented, note: NoteReading) -> int:
        """The bits of the words of the note, the complaint and the problems' descriptions."""
        found = note.bits(self._of_passage) | self._of_text(encounter.chief_complaint)
        for problem in encounter.problems:
            found |= self._of_text(problem.description)
        return found

    def _of_text(self, text: str) -> int:
        return self._kept_bits_of(text) if len(text) <= _LONGEST_KEPT else self._bits_of(text)
