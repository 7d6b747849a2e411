"""Excludes1 notes of the tabular list as a question: may these two codes stand together?

An Excludes1 note says "not coded here": the two never occur together, unless they are clearly
unrelated (guideline I.A.12.a); then a coder decides.
"""

import re

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.specificity import base_of

_CODES = re.compile(r"\(([^()]*[A-Z][0-9][^()]*)\)")
_CODE = r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]+)?"
_RANGE = re.compile(rf"({_CODE})(?:\s*-\s*({_CODE}))?")
_KEPT = 10_000


class Exclusions:
    """Reads the notes of a release; remembers what it has read."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._ranges: dict[str, tuple[tuple[str, str], ...]] = {}

    def conflict(self, one: str, other: str) -> bool:
        """Whether either code's Excludes1 notes (its own or inherited) name the other."""
        if one[:3] == other[:3]:
            return False
        return self._names(one, other) or self._names(other, one)

    def _names(self, code: str, other: str) -> bool:
        return any(
            low <= other[: len(low)] and other[: len(high)] <= high
            for low, high in self._excluded(code)
        )

    def _excluded(self, code: str) -> tuple[tuple[str, str], ...]:
        found = self._ranges.get(code)
        if found is None:
            if len(self._ranges) >= _KEPT:
                self._ranges.clear()
            ranges: list[tuple[str, str]] = []
            node = base_of(self._codes, code)
            while node is not None:
                for kind, text in self._codes.notes(node.code):
                    if kind == "excludes1":
                        ranges.extend(named_ranges(text))
                node = self._codes.node(node.parent) if node.parent else None
            found = self._ranges[code] = tuple(ranges)
        return found


def named_ranges(note: str) -> list[tuple[str, str]]:
    """Code ranges that a note names in brackets: ``(I15.0, N18.1-N18.4, O10-O11, O13.-)``."""
    return [
        (match.group(1), match.group(2) or match.group(1))
        for inside in _CODES.findall(note)
        for match in _RANGE.finditer(inside)
    ]
