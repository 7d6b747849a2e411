"""The tabular list's own instructions about order: code first, use additional code.

Guideline I.A.13 (etiology before manifestation), I.A.16 and I.A.17 ("code also" gives no order).
The notes of a code hold for everything below it.
"""

import re

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.exclusions import named_ranges
from services.coding.domain.diagnosis.specificity import base_of

Ranges = tuple[tuple[str, str], ...]
_KEPT = 16_384
# "T36-T50 with fifth or sixth character 5": not the whole range, and ordered by a rule of its own.
_WITH_CHARACTER = re.compile(r"with (?:the )?(?:fifth|sixth|final)")


class TabularNotes:
    """Which codes a code has to follow, and which follow it; remembers what it has read."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._first: dict[str, Ranges] = {}
        self._additional: dict[str, Ranges] = {}

    def code_first(self, code: str) -> Ranges:
        """Ranges of codes that stand before ``code`` where they are reported."""
        return self._read(code, "code_first", self._first)

    def use_additional(self, code: str) -> Ranges:
        """Ranges of codes that stand after ``code`` where they are reported."""
        return self._read(code, "use_additional", self._additional)

    def leads(self, one: str, other: str) -> bool:
        """Whether the tabular list puts ``one`` before ``other``."""
        return within(one, self.code_first(other)) or within(other, self.use_additional(one))

    def has_code_first(self, code: str) -> bool:
        """Whether an instruction says that another code comes first, named or not."""
        node = base_of(self._codes, code)
        while node is not None:
            if any(kind == "code_first" for kind, _ in self._codes.notes(node.code)):
                return True
            node = self._codes.node(node.parent) if node.parent else None
        return False

    def _read(self, code: str, kind: str, kept: dict[str, Ranges]) -> Ranges:
        found = kept.get(code)
        if found is None:
            if len(kept) >= _KEPT:
                kept.clear()
            ranges: list[tuple[str, str]] = []
            node = base_of(self._codes, code)
            while node is not None:
                for each, text in self._codes.notes(node.code):
                    if each == kind and not _WITH_CHARACTER.search(text):
                        ranges.extend(named_ranges(text))
                node = self._codes.node(node.parent) if node.parent else None
            found = kept[code] = tuple(ranges)
        return found


def within(code: str, ranges: Ranges) -> bool:
    """Whether ``code`` lies in one of ``ranges`` (E08.22, N18.1-N18.6, C00-D49, O00-O9A)."""
    return any(low <= code[: len(low)] and code[: len(high)] <= high for low, high in ranges)
