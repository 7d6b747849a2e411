"""A partner's inbound folder as it was last seen: which files are ready, and when to look again."""

from collections.abc import Mapping
from typing import NamedTuple

from services.payer_gateway.transport.transport import Stamp

_MOST_LOOKS_LEFT_OUT = 3
_LOOKS_AT_WHAT_IS_LEFT = 60
"""Half a minute, at two looks a second."""


class _Left(NamedTuple):
    """A file that is left for a while, and how many looks found it the same since."""

    stamp: Stamp
    looks: int = 0


class Folder:
    """One that stays empty is seen less often."""

    def __init__(self) -> None:
        self._listed: Mapping[str, Stamp] = {}
        self._staying: dict[str, Stamp] = {}
        self._left: dict[str, _Left] = {}
        self._empty = 0
        self._left_out = 0

    def is_resting(self) -> bool:
        """Whether this look is left out: none, then one, then three after each empty look."""
        if self._left_out >= min(2 ** max(self._empty - 1, 0) - 1, _MOST_LOOKS_LEFT_OUT):
            self._left_out = 0
            return False
        self._left_out += 1
        return True

    def settled(self, listed: Mapping[str, Stamp]) -> list[str]:
        """The files that are as they were at the look before: nobody writes them any more."""
        before, self._listed = self._listed, listed
        self._staying = {n: stamp for n, stamp in self._staying.items() if listed.get(n) == stamp}
        self._left = {
            name: each._replace(looks=each.looks + 1)
            for name, each in self._left.items()
            if listed.get(name) == each.stamp
        }
        self._empty = 0 if listed else min(self._empty + 1, _MOST_LOOKS_LEFT_OUT)
        return [
            name
            for name, stamp in listed.items()
            if before.get(name) == stamp and name not in self._staying and not self._is_early(name)
        ]

    def stays(self, name: str) -> None:
        """The partner keeps a file that is stored here: it is known until it changes."""
        if name in self._listed:
            self._staying[name] = self._listed[name]

    def waits_for(self, name: str) -> bool:
        """Whether a file that may go on is left, until it has stood still for longer."""
        if name in self._listed:
            self._left.setdefault(name, _Left(self._listed[name]))
        return self._is_early(name)

    def leave(self, name: str) -> None:
        """Take no file for a while that is listed as it is now."""
        if name in self._listed:
            self._left[name] = _Left(self._listed[name])

    def _is_early(self, name: str) -> bool:
        return name in self._left and self._left[name].looks < _LOOKS_AT_WHAT_IS_LEFT
