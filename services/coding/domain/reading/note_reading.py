"""A note read once: its passages and sentences, and where the words of a problem stand in it."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from sys import intern
from typing import Any, Literal, NamedTuple, TypeVar

from schemas.encounter import NoteSection
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import Assertion, assertion
from services.coding.domain.reading.headings import SectionKind, kind_of
from services.coding.domain.reading.naming import Named
from services.coding.domain.reading.note_text import (
    LONGEST_SENTENCE,
    Sentence,
    sections_of,
    sentences,
)
from services.coding.domain.reading.pattern_memo import key_of
from services.coding.domain.reading.plain_text import is_foreign, plain
from services.coding.domain.reading.quick_look import digits_alike
from services.coding.domain.reading.word_lists import LIGHT_WORDS

_WORD = re.compile(r"[A-Za-z0-9]+")
_SAID = re.compile(r"[a-z0-9]+")
_SPACED = bytes(code if chr(code).isalnum() else 32 for code in range(128)) + bytes(128)
_SPACED_SMALL = _SPACED.lower()
_LOOK_ALIKES = re.compile("[\u0130\u0131\u017f\u212a\uff01-\uff5e]")
_WIDEST_GAP = 3
_LONGEST_NOTE = 400_000
_LONGEST_KEPT = 1_000
# What a rule asks stands early in a note; one of a megabyte is not read again for each question.
LONGEST_READ = 60_000
_NOT_THE_PATIENTS = ("family", "allergies")
_KEPT_ANSWERS = 32
_KEPT_READERS = 24
_ALSO = {"Z68": "OG I.B.14", "Z09": "OG I.C.21.c.8"}
_KEPT_WORDS = 65_536
_UNREAD = object()
_T = TypeVar("_T")


class Mention(NamedTuple):
    """The words of a problem in one sentence, with how they are asserted and the sides named."""

    sentence: Sentence
    start: int
    end: int
    assertion: Assertion
    sides: frozenset[str]


class Noted(NamedTuple):
    """A problem named in the note: where, how asserted, and what it may be.

    ``after`` and ``details`` are what follows on its line and below it; ``elsewhere`` is where the
    note is more specific: section, start, end; ``episode`` what an injury is seen for, if said.
    """

    section: int
    start: int
    end: int
    text: str
    assertion: Assertion
    sides: frozenset[str]
    named: Named | None
    unclear: bool = False
    also: str = ""
    after: str = ""
    details: str = ""
    elsewhere: tuple[int, int, int] | None = None
    episode: Literal["", "subsequent"] = ""

    @property
    def places(self) -> tuple[tuple[int, int, int], ...]:
        """Where the note says it: section, start, end."""
        own = self.section, self.start, self.end
        return (own,) if self.elsewhere is None else (own, self.elsewhere)

    @property
    def also_rule(self) -> str:
        """The guideline by which ``also`` is coded beside it."""
        return _ALSO.get(self.also[:3], "OG I.C.4.a.3")


class Passage:
    """One text of a note, read once: its sentences, and where the words of a problem stand in it.

    Remembers what it was asked, since many notes have the same passages. What is remembered of a
    note lies in its passages and nowhere else, so that it goes with them.

    ``index`` is its number in the note; ``written`` its text as it was written, of one without end
    the start; ``kinds`` what its parts are; ``is_foreign``, in a language that the rules do not
    read; ``is_short``, one of those that are kept.
    """

    __slots__ = (
        "_asked",
        "_read",
        "_said",
        "_sections",
        "_sentences",
        "_stated",
        "_text",
        "_words",
        "_words_by_sentence",
        "index",
        "is_foreign",
        "is_short",
        "kinds",
        "written",
    )

    def __init__(self, index: int, kind: SectionKind, text: str) -> None:
        self.index = index
        self.written = text
        self.is_foreign = is_foreign(text)
        self._text = plain(text)
        self.is_short = len(self._text) <= _LONGEST_KEPT
        self._sections = tuple(sections_of(index, kind, self._text))
        self.kinds = frozenset([section.kind for section in self._sections])
        self._sentences: tuple[Sentence, ...] | None = None
        self._said: frozenset[str] | None = None
        self._words: frozenset[str] | None = None
        self._words_by_sentence: list[frozenset[str]] | None = None
        self._asked: dict[frozenset[str], tuple[Mention, ...]] = {}
        self._read: dict[Callable[[Passage], Any], Any] = {}
        self._stated: dict[tuple[str, int], tuple[str, ...]] = {}

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Sentences in order."""
        if self._sentences is None:
            self._sentences = tuple(
                sentence
                for section in self._sections
                for sentence in sentences(section, self._text)
            )
        return self._sentences

    def mentions(self, wanted: frozenset[str]) -> tuple[Mention, ...]:
        """Where all ``wanted`` tokens stand close together in one sentence."""
        found = self._asked.get(wanted)
        if found is None:
            if len(self._asked) >= _KEPT_ANSWERS:
                self._asked.clear()
            found = self._asked[wanted] = tuple(self._search(wanted))
        return found

    @property
    def said(self) -> frozenset[str]:
        """Its words as they are written, in lower case."""
        if self._said is None:
            self._said = _said_in(self.written)
        return self._said

    def statements(
        self, pattern: re.Pattern[str], names: frozenset[str] | None = None
    ) -> tuple[str, ...]:
        """Its sentences of the patient in which ``pattern`` finds something.

        ``names``: the words, in small letters, one of which is all that the pattern finds.
        """
        key = key_of(pattern)
        found = self._stated.get(key)
        if found is None:
            if len(self._stated) >= _KEPT_ANSWERS:
                self._stated.clear()
            text = self.written
            if names is None or len(text) > LONGEST_READ or _has_look_alikes(text):
                found = tuple(self._statements(pattern))
            else:
                found = tuple(self._naming(pattern, names))
            self._stated[key] = found
        return found

    def _naming(self, pattern: re.Pattern[str], names: frozenset[str]) -> Iterator[str]:
        """As ``_statements``: the few words that are there are found in a tenth of the time."""
        there = names & self.said
        lower = self.written.lower()
        first = len(lower)
        for name in there:
            at = lower.find(name)
            while at >= 0 and pattern.match(self.written, at) is None:
                at = lower.find(name, at + 1)
            first = min(first, at) if at >= 0 else first
        if first == len(lower):
            return
        for sentence in self.sentences:
            if sentence.end > first and sentence.kind not in _NOT_THE_PATIENTS:
                small = sentence.text.lower()
                if any(name in small for name in there) and pattern.search(sentence.text):
                    yield sentence.text

    def _statements(self, pattern: re.Pattern[str]) -> Iterator[str]:
        first = pattern.search(self.written, 0, LONGEST_READ)
        if first is None:
            return
        for sentence in self.sentences:
            if sentence.start > LONGEST_READ:
                break
            wanted = sentence.end > first.start() and sentence.kind not in _NOT_THE_PATIENTS
            if wanted and pattern.search(sentence.text):
                yield sentence.text

    def once(self, read: Callable[["Passage"], _T]) -> _T:
        """What ``read`` finds in it, read once: a release has one reader of a kind."""
        found: _T = self._read.get(read, _UNREAD)
        if found is _UNREAD:
            if len(self._read) >= _KEPT_READERS:
                self._read.clear()
            found = self._read[read] = read(self)
        return found

    @property
    def words(self) -> frozenset[str]:
        """The tokens of its words."""
        if self._words is None:
            text = self._text
            if len(text) > LONGEST_SENTENCE:
                found = map(_words_of, (each.text for each in self.sentences))
                self._words = frozenset().union(*found)
            elif self.is_short and text.isascii():
                self._words, numbers = _words_alike(digits_alike(text))
                if numbers:
                    said = (_folded(text[start:end]) for start, end in numbers)
                    self._words = self._words.union(*said)
            else:
                self._words = _words_of(text)
        return self._words

    def _search(self, wanted: frozenset[str]) -> Iterator[Mention]:
        if self._words_by_sentence is None:
            self._words_by_sentence = [_kept_words(each.text) for each in self.sentences]
        for sentence, words in zip(self.sentences, self._words_by_sentence, strict=True):
            if not wanted <= words:
                continue
            span = _kept_window(sentence.text, wanted)
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


@lru_cache(maxsize=8_192)
def _kept_passage(index: int, heading: str, text: str) -> Passage:
    return Passage(index, kind_of(heading), text)


_sentences_of = attrgetter("sentences")


class NoteReading:
    """The passages of one encounter's note in order, each one section as the EHR sent it."""

    def __init__(self, note: Sequence[NoteSection]) -> None:
        self.passages = [
            _kept_passage(index, section.heading, text)
            if len(text := section.text) <= _LONGEST_KEPT
            else Passage(index, kind_of(section.heading), text[:_LONGEST_NOTE])
            for index, section in enumerate(note)
        ]
        self._sentences: tuple[Sentence, ...] | None = None
        self._bits: dict[Callable[[Passage], int], int] = {}

    def bits(self, read: Callable[[Passage], int]) -> int:
        """The bits that ``read`` finds in any passage, looked for once."""
        found = self._bits.get(read)
        if found is None:
            found = 0
            for each in self.passages:
                known: int | None = each._read.get(read)
                found |= each.once(read) if known is None else known
            self._bits[read] = found
        return found

    @property
    def kinds(self) -> frozenset[SectionKind]:
        """What the parts of the note are."""
        return frozenset[SectionKind]().union(*(each.kinds for each in self.passages))

    @property
    def is_foreign(self) -> bool:
        """Whether a part of it is in a language that the rules do not read."""
        for each in self.passages:  # noqa: SIM110 - a generator costs more than all it asks
            if each.is_foreign:
                return True
        return False

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Sentences in order."""
        if self._sentences is None:
            self._sentences = tuple(chain.from_iterable(map(_sentences_of, self.passages)))
        return self._sentences

    def mentions(self, tokens: tuple[str, ...]) -> list[Mention]:
        """Where all essential words of ``tokens`` stand close together."""
        wanted = _essential(tokens)
        found: list[Mention] = []
        if wanted:
            for each in self.passages:
                words = each._words
                if wanted <= (each.words if words is None else words):
                    found.extend(each.mentions(wanted))
        return found


@lru_cache(maxsize=8_192)
def _essential(tokens: tuple[str, ...]) -> frozenset[str]:
    return frozenset(tokens) - LIGHT_WORDS or frozenset(tokens)


def _has_look_alikes(text: str) -> bool:
    """Whether letters stand in it that a pattern, or ``plain``, takes for those of ASCII."""
    return not text.isascii() and _LOOK_ALIKES.search(text) is not None


def words_said(text: str) -> frozenset[str]:
    """The words of a text in lower case, of a long one the first; not folded."""
    return _kept_said(text) if len(text) <= _LONGEST_KEPT else _said_in(text)


def words_in(text: str) -> list[str]:
    """As ``words_said``, in order and not remembered."""
    text = text[:LONGEST_READ]
    if text.isascii():
        return text.encode().translate(_SPACED_SMALL).decode().split()
    return _SAID.findall(text.lower())


def _said_in(text: str) -> frozenset[str]:
    # The same few thousand words stand in all notes: one copy of each is kept.
    return frozenset(map(intern, words_in(text)))


_kept_said = lru_cache(maxsize=8_192)(_said_in)


class _Folded(dict[str, tuple[str, ...]]):
    """The tokens of single words, read once each."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= _KEPT_WORDS:
            self.clear()
        tokens = self[word] = wording.tokens_of_word(word)
        return tokens


_folded = _Folded().__getitem__


def _words_of(sentence: str) -> frozenset[str]:
    plain = sentence.isascii()
    if plain:
        words = sentence.encode().translate(_SPACED).decode().split()
    else:
        words = _WORD.findall(sentence)
    return frozenset(chain.from_iterable(map(_folded, words)))


_kept_words = lru_cache(maxsize=8_192)(_words_of)


@lru_cache(maxsize=8_192)
def _words_alike(text: bytes) -> tuple[frozenset[str], tuple[tuple[int, int], ...]]:
    """The tokens of the words without digits; where those with digits stand, which are all "0"."""
    tokens: set[str] = set()
    numbers: list[tuple[int, int]] = []
    for match in _WORD.finditer(text.decode()):
        if "0" in match.group():
            numbers.append(match.span())
        else:
            tokens.update(_folded(match.group()))
    return frozenset(tokens), tuple(numbers)


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


_kept_window = lru_cache(maxsize=4_096)(_window)
