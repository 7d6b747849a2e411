"""A note read once: its sentences with offsets, and where the words of a problem stand in it."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from services.coding.domain import wording
from services.coding.domain.assertion import Assertion, assertion
from services.coding.domain.note_text import Section, Sentence, sections, sentences
from services.coding.domain.word_lists import LIGHT_WORDS

_WORD = re.compile(r"[A-Za-z0-9]+")
_WIDEST_GAP = 3
_LONGEST_NOTE = 400_000


class Mention(NamedTuple):
    """The words of a problem in one sentence, with how they are asserted and the sides named."""

    sentence: Sentence
    start: int
    end: int
    assertion: Assertion
    sides: frozenset[str]


class NoteReading:
    """The sections of one encounter's note; reading is done when first asked for."""

    def __init__(self, headings: Sequence[str], texts: Sequence[str]) -> None:
        self._headings = headings
        self.texts = [text[:_LONGEST_NOTE] for text in texts]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Sections in order, inner headings found."""
        return tuple(sections(self._headings, self.texts))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Sentences in order."""
        return tuple(
            sentence
            for section in self.sections
            for sentence in sentences(section, self.texts[section.index])
        )

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        """Sentences by folded word."""
        found: dict[str, list[int]] = {}
        for number, sentence in enumerate(self.sentences):
            tokens = {token for word in _WORD.findall(sentence.text) for token in _folded(word)}
            for token in tokens:
                found.setdefault(token, []).append(number)
        return found

    def mentions(self, tokens: Sequence[str]) -> Iterator[Mention]:
        """Where all essential words of ``tokens`` stand close together."""
        wanted = [token for token in tokens if token not in LIGHT_WORDS] or list(tokens)
        if not wanted or not self.texts:
            return
        numbers = set(self._words.get(wanted[0], ()))
        for token in wanted[1:]:
            numbers &= set(self._words.get(token, ()))
        for number in sorted(numbers):
            sentence = self.sentences[number]
            span = _window(sentence.text, frozenset(wanted))
            if span is None:
                continue
            start, end = span
            yield Mention(
                sentence,
                sentence.start + start,
                sentence.start + end,
                "family" if sentence.kind == "family" else assertion(sentence.text, start, end),
                wording.read(sentence.text).sides,
            )


@lru_cache(maxsize=65_536)
def _folded(word: str) -> tuple[str, ...]:
    return wording.read(word).tokens


def _window(sentence: str, wanted: frozenset[str]) -> tuple[int, int] | None:
    """The first stretch of the sentence with all wanted words, few others between them."""
    words = list(_WORD.finditer(sentence))
    folded = [_folded(match.group()) for match in words]
    for begin, tokens in enumerate(folded):
        if not wanted.intersection(tokens):
            continue
        missing = set(wanted).difference(tokens)
        end = last = begin
        while missing and end + 1 < len(words) and end - last <= _WIDEST_GAP:
            end += 1
            if missing.intersection(folded[end]):
                missing.difference_update(folded[end])
                last = end
        if not missing:
            return words[begin].start(), words[last if last > begin else begin].end()
    return None
