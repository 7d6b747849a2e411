"""How much of a note is worded like an earlier one: word shingles, kept as a small set of hashes.

Copied documentation is no evidence of what took place at this encounter (Medicare Program Integrity
Manual 3.3.2.1.1). Kept are the smallest hashes of a note's shingles, from which nothing of its
text can be read back; the same text gives the same set on every machine.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, pairwise

_WORD = re.compile(r"[a-z0-9]+")
_WORDS_EACH = 6
_KEPT = 256
_BYTES = 8
_LONGEST = 200_000
_SHORT = 1_000
FEWEST = 80
"""Shingles below which a note is too short to say that it was copied."""


def sketch(texts: Iterable[str]) -> tuple[int, ...]:
    """The smallest hashes of all runs of six words within a text, in order; empty if there are few.

    Numbers count as words, so that fresh vital signs and doses tell notes apart.
    """
    whole = tuple(texts)
    if sum([text.count(" ") + text.count("\n") for text in whole]) < FEWEST:
        return ()
    found: set[int] = set()
    for text in whole:
        found |= _kept(text) if len(text) <= _SHORT else _hashes(text)
    return tuple(sorted(found)[:_KEPT]) if len(found) >= FEWEST else ()


@lru_cache(maxsize=4_096)
def _kept(text: str) -> frozenset[int]:
    return _hashes(text)


def _hashes(text: str) -> frozenset[int]:
    words = _WORD.findall(text[:_LONGEST].lower())
    said = " ".join(words).encode()
    ends = list(accumulate(map(len, words), lambda end, length: end + 1 + length))
    starts = (0, *(end + 1 for end in ends))
    return frozenset(
        [
            int.from_bytes(blake2b(said[start:end], digest_size=_BYTES).digest(), "big")
            for start, end in zip(starts, ends[_WORDS_EACH - 1 :], strict=False)
        ]
    )


def packed(hashes: Sequence[int]) -> bytes:
    """The sketch as bytes, eight for each hash."""
    return b"".join(each.to_bytes(_BYTES, "big") for each in hashes)


def unpacked(kept: bytes) -> tuple[int, ...]:
    """The sketch of its bytes; raises ``ValueError`` for bytes that are none."""
    if len(kept) % _BYTES:
        raise ValueError("not a sketch")
    found = tuple(
        int.from_bytes(kept[at : at + _BYTES], "big") for at in range(0, len(kept), _BYTES)
    )
    if any(one >= other for one, other in pairwise(found)):
        raise ValueError("not a sketch")
    return found


def likeness(one: Sequence[int], other: Sequence[int]) -> int:
    """Of the smallest hashes of both notes, how many they share, in permille.

    The estimate of their resemblance (shared shingles of all shingles) by the smallest hashes.
    """
    if not one or not other:
        return 0
    first, second = frozenset(one), frozenset(other)
    smallest = sorted(first | second)[: min(_KEPT, max(len(first), len(second)))]
    shared = sum(each in first and each in second for each in smallest)
    return 1000 * shared // len(smallest)
