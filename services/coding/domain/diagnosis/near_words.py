"""Words of the index near a word that it does not have: run together, misspelt, another form."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

_LEAST_LETTERS = 5
_LEAST_PART = 3
_LEAST_FOR_TWO = 9
_LAST = "\x7f"
# Of ten letters of the longer word, seven have to be the same from the beginning.
_STEM_TENTHS = 7
_LONGEST_WORD = 40


class NearWords:
    """Finds words near to one, in a vocabulary in lower-case ASCII."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted([word for word in words if not word.isdigit()])
        self._known = frozenset(self._words)
        self._reversed = sorted([word[::-1] for word in self._words])

    def parts(self, word: str) -> tuple[str, ...]:
        """Two known words that stand run together in ``word``, the longest first part."""
        if len(word) > 2 * _LONGEST_WORD:
            return ()
        for at in range(len(word) - _LEAST_PART, _LEAST_PART - 1, -1):
            first, second = word[:at], word[at:]
            if first in self._known and second in self._known:
                return first, second
        return ()

    def misspelt(self, word: str) -> tuple[str, ...]:
        """Known words one edit away (a letter more, less, other, or two exchanged), in order.

        With one edit, one half of the word is as it should be.
        """
        if not _LEAST_LETTERS <= len(word) <= _LONGEST_WORD or not word.isalpha():
            return ()
        half = len(word) // 2
        least, most = len(word) - 1, len(word) + 1
        near = {
            each
            for each in _with_prefix(self._words, word[:half])
            if least <= len(each) <= most and _is_one_edit(word[half:], each[half:])
        }
        backwards = word[::-1]
        same = len(word) - half - 1
        rest = backwards[same:]
        near.update(
            each[::-1]
            for each in _with_prefix(self._reversed, backwards[:same])
            if least <= len(each) <= most and _is_one_edit(rest, each[same:])
        )
        return tuple(sorted(near))

    def twice_misspelt(self, word: str) -> tuple[str, ...]:
        """Known words two edits away from a long word that begins and ends alike, in order."""
        if not _LEAST_FOR_TWO <= len(word) <= _LONGEST_WORD or not word.isalpha():
            return ()
        return tuple(
            each
            for each in _with_prefix(self._words, word[:_LEAST_PART])
            if each[-2:] == word[-2:] and _are_two_edits(word, each)
        )

    def same_stem(self, word: str) -> tuple[str, ...]:
        """Known words that differ from ``word`` in their ending only, the nearest first."""
        if not _LEAST_LETTERS < len(word) <= _LONGEST_WORD or not word.isalpha():
            return ()
        least = max(_LEAST_LETTERS, -(-len(word) * _STEM_TENTHS // 10))
        near: list[tuple[int, str]] = []
        for other in _with_prefix(self._words, word[:least]):
            shared = _shared(word, other)
            if shared * 10 >= max(len(word), len(other)) * _STEM_TENTHS:
                near.append((len(word) + len(other) - 2 * shared, other))
        return tuple(other for _, other in sorted(near))


def _with_prefix(words: Sequence[str], prefix: str) -> Sequence[str]:
    start = bisect_left(words, prefix)
    return words[start : bisect_right(words, prefix + _LAST, lo=start)]


def _shared(one: str, other: str) -> int:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length


def _is_one_edit(word: str, other: str) -> bool:
    if abs(len(word) - len(other)) > 1:
        return False
    start = _shared(word, other)
    end = _shared(word[start:][::-1], other[start:][::-1])
    left, right = word[start : len(word) - end], other[start : len(other) - end]
    return len(left) <= 1 >= len(right) or (len(left) == 2 and left == right[::-1])


def _are_two_edits(word: str, other: str) -> bool:
    """Whether one edit (of the letters where the words first part) leaves one more to make."""
    if abs(len(word) - len(other)) > 2:
        return False
    at = _shared(word, other)
    left, right = word[at:], other[at:]
    rests = [(left[1:], right), (left, right[1:]), (left[1:], right[1:])]
    if left[:2] == right[:2][::-1]:
        rests.append((left[2:], right[2:]))
    return any(_is_one_edit(one, another) for one, another in rests)
