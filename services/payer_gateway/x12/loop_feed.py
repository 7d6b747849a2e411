"""A transaction set cut into its loops as its text comes, one loop held at a time."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, Generic, TypeVar

from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Scope, error

TOO_LONG = error("envelope.loop-too-long", 1, Scope.TRANSACTION, "our limit of memory")

LONGEST_LOOP = 1 << 21
"""Characters of one loop that are held; a claim of 999 lines has some 500 000."""

_Part = TypeVar("_Part")


@lru_cache(maxsize=128)
def _heads(names: str, delimiters: Delimiters) -> "re.Pattern[str]":
    mark, element = re.escape(delimiters.segment), re.escape(delimiters.element)
    return re.compile(rf"{mark}(?:{names}){element}")


class LoopFeed(ABC, Generic[_Part]):
    """One transaction set while it is read. What is wrong with it is added to ``findings``.

    ``feed`` takes whole segments in pieces of any size, ``close`` ends them; both give the parts
    that are whole by then. ST and SE are not fed; positions count from ST = 1. ``HEADS`` are the
    ids of the segments that begin a loop, as alternatives of a pattern.
    """

    HEADS: ClassVar[str]

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        self.delimiters = delimiters
        self.findings = findings
        self.mark = delimiters.element
        self._heads = _heads(self.HEADS, delimiters)
        self._pending = ""
        self._left_out = 0
        self._position = 2
        self._is_header = True

    @abstractmethod
    def header(self, raw: list[str]) -> Iterable[_Part]:
        """The parts of what stands before the first loop; called once, maybe with nothing."""

    @abstractmethod
    def loop(self, raw: list[str], position: int) -> Iterable[_Part]:
        """The parts of one loop; ``position`` is that of its first segment."""

    @abstractmethod
    def too_long(self, raw: list[str], position: int, last: int) -> Iterable[_Part]:
        """The parts of a loop of which only the beginning was kept; a finding says so already."""

    def feed(self, text: str) -> Iterator[_Part]:
        """What the text, after all that came before, makes whole."""
        mark = self.delimiters.segment
        within = mark + text
        starts = [match.start() for match in self._heads.finditer(within)]
        if not starts:
            self._hold(text)
            return
        if starts[0]:
            self._hold(within[1 : starts[0]])
        yield from self._end_loop()
        loop = self.loop
        for start, stop in pairwise(starts):
            raw = within[start + 1 : stop].split(mark)
            position, self._position = self._position, self._position + len(raw)
            yield from loop(raw, position)
        self._hold(within[starts[-1] + 1 :])

    def skip(self, segments: int) -> Iterator[_Part]:
        """What is whole before so many segments that are not fed; they are whole loops."""
        yield from self._end_loop()
        self._position += segments

    def close(self) -> Iterator[_Part]:
        """What is whole now that no more comes."""
        yield from self._end_loop()
        if self._is_header:
            self._is_header = False
            yield from self.header([])

    def _hold(self, text: str) -> None:
        """Keeps text until its loop ends; of a loop beyond all measure only the beginning."""
        mark = self.delimiters.segment
        if self._left_out or len(self._pending) + len(text) > LONGEST_LOOP:
            self._left_out += text.count(mark) + 1
        else:
            self._pending = f"{self._pending}{mark}{text}" if self._pending else text

    def _end_loop(self) -> Iterator[_Part]:
        is_header, self._is_header = self._is_header, False
        text, self._pending = self._pending, ""
        left_out, self._left_out = self._left_out, 0
        raw = text.split(self.delimiters.segment) if text else []
        position = self._position
        self._position = following = position + len(raw) + left_out
        if left_out:
            self.findings.append(
                TOO_LONG.found(
                    f"a loop has over {LONGEST_LOOP} characters and was not read: "
                    "ask for the file again",
                    segment=position,
                )
            )
        if is_header:
            yield from self.header(raw)
        elif left_out:
            yield from self.too_long(raw, position, following - 1)
        elif raw:
            yield from self.loop(raw, position)
