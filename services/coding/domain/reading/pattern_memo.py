"""Answers about a text and a pattern, remembered."""

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

_LONGEST = 500
_UNKNOWN: Any = object()
_T = TypeVar("_T")


def key_of(pattern: re.Pattern[str]) -> tuple[str, int]:
    """What a pattern is known by: to hash a compiled one takes longer than to search with it."""
    return pattern.pattern, pattern.flags


class PatternMemo(Generic[_T]):
    """A function of a text and a pattern that is asked the same again and again."""

    def __init__(self, function: Callable[[str, re.Pattern[str]], _T], most: int) -> None:
        """At most ``most`` answers about short texts are kept."""
        self._function = function
        self._most = most
        self._kept: dict[tuple[str, str, int], _T] = {}

    def __call__(self, text: str, pattern: re.Pattern[str]) -> _T:
        """What the function gives, found once."""
        if len(text) > _LONGEST:
            return self._function(text, pattern)
        key = text, *key_of(pattern)
        found: _T = self._kept.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            if len(self._kept) >= self._most:
                self._kept.clear()
            found = self._kept[key] = self._function(text, pattern)
        return found
