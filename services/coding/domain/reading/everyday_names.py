"""Everyday and clinical names in the words that the index has for the same thing.

Only what a provider wrote is rewritten, never the index, so that a name may be turned into the very
words of an index path.
"""

import re
from functools import lru_cache

from services.coding.domain.reading.abbreviations import ABBREVIATIONS
from services.coding.domain.reading.everyday_body import (
    BODY,
    LIFE,
    WHOLE_NAMES,
    WOMEN_AND_CHILDREN,
)
from services.coding.domain.reading.everyday_compounds import COMPOUNDS
from services.coding.domain.reading.everyday_findings import FINDINGS
from services.coding.domain.reading.everyday_illnesses import ILLNESSES
from services.coding.domain.reading.everyday_organs import INNER_ORGANS, MIND_AND_NERVES
from services.coding.domain.reading.everyday_results import RESULTS
from services.coding.domain.reading.everyday_sites import OF_SITES
from services.coding.domain.reading.everyday_visits import BONES_AND_BIRTHS, VISITS, WHOLE_ONLY
from services.coding.domain.reading.short_forms import CAPITALS, SHORT_FORMS

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?", re.IGNORECASE)
_STOPS = re.compile(r"[;.:(]")
_LONGEST = 14
_SHORTEST = 3
_PLURALS_THAT_COUNT = frozenset(("nodules",))
_SIDES = frozenset(("left", "right", "bilateral", "both"))
_SKIPPED = frozenset(("of", "the", "to", "a", "an", "in"))
_WITHIN = _SIDES | _SKIPPED

_Names = dict[str, list[tuple[tuple[str, ...], str]]]


def _key(word: str) -> str:
    """A word without possessive and, where it tells nothing, plural."""
    word = word.lower().replace("'s", "").replace("'", "")
    if word in _PLURALS_THAT_COUNT:
        return word
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "sui" else word


@lru_cache(maxsize=8_192)
def in_full(word: str) -> tuple[str, ...] | None:
    """What an abbreviation stands for where a provider wrote it, one or several of it; or None."""
    lowered = word.lower()
    long = _long(word, lowered)
    if long is None and len(lowered) > _SHORTEST and lowered[-1] == "s":
        long = _long(word[:-1], lowered[:-1])
    return long


def _long(word: str, lowered: str) -> tuple[str, ...] | None:
    if word in CAPITALS:
        return tuple(CAPITALS[word].split())
    if lowered in SHORT_FORMS:
        return tuple(SHORT_FORMS[lowered].split())
    return ABBREVIATIONS.get(lowered)


def _keys(name: str) -> tuple[str, ...]:
    """The words by which a name is known, abbreviations in full, articles left out."""
    words = (long for word in _WORD.findall(name) for long in in_full(word) or (word,))
    return tuple(key for key in map(_key, words) if key not in _SKIPPED)


def _by_first_word(names: dict[str, str]) -> _Names:
    found: _Names = {}
    for name, written in names.items():
        words = _keys(name)
        found.setdefault(words[0], []).append((words, written))
    for rows in found.values():
        rows.sort(key=lambda row: -len(row[0]))
    return found


_NAMES = _by_first_word(
    {
        **OF_SITES, **RESULTS, **INNER_ORGANS, **MIND_AND_NERVES, **BODY, **WOMEN_AND_CHILDREN,
        **LIFE, **FINDINGS, **ILLNESSES, **BONES_AND_BIRTHS, **VISITS,
        **COMPOUNDS,
    }
)  # fmt: skip
_WHOLE = {_keys(name): written for name, written in {**WHOLE_NAMES, **WHOLE_ONLY}.items()}


@lru_cache(maxsize=16_384)
def renamed(text: str) -> str:
    """``text`` with each everyday name, the longest that fits, in the words of the index.

    A side or an article may stand within a name; the side stays.
    """
    words = [(found.start(), found.end(), _key(found.group())) for found in _WORD.finditer(text)]
    keys = [key for _, _, key in words]
    if len(keys) <= _LONGEST:
        whole = _WHOLE.get(tuple(key for key in keys if key not in _WITHIN))
        if whole is not None:
            return " ".join((*(key for key in keys if key in _SIDES), whole))
    pieces: list[str] = []
    kept = at = 0
    while at < len(keys):
        rows = _NAMES.get(keys[at])
        fit = None if rows is None else _fitting(rows, keys[at : at + _LONGEST])
        if fit is None or _STOPS.search(text, words[at][0], words[at + fit[0] - 1][1]):
            at += 1
            continue
        count, written, sides = fit
        pieces.extend((text[kept : words[at][0]], *(f"{side} " for side in sides), written))
        kept = words[at + count - 1][1]
        at += count
    return "".join((*pieces, text[kept:])) if pieces else text


def _fitting(
    rows: list[tuple[tuple[str, ...], str]], keys: list[str]
) -> tuple[int, str, list[str]] | None:
    """How many words the longest name takes, what it is in the index, and the sides within."""
    for name, written in rows:
        if len(name) > 1 and name[1] not in keys:
            continue
        at, sides = 0, list[str]()
        for word in name:
            while 0 < at < len(keys) and keys[at] != word and keys[at] in _WITHIN:
                if keys[at] in _SIDES:
                    sides.append(keys[at])
                at += 1
            if at >= len(keys) or keys[at] != word:
                break
            at += 1
        else:
            return at, written, sides
    return None
