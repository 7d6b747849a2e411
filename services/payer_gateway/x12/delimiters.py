"""The four delimiters of an interchange, which its ISA segment itself declares."""

from dataclasses import dataclass
from functools import lru_cache

ISA_ELEMENTS = 16
ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Widths of ISA01 to ISA16 (X12.5, fixed length segment of 106 bytes with its terminator)."""


class DelimiterError(ValueError):
    """The ISA segment does not declare usable delimiters."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """Element, repetition, component separator and segment terminator, one character each.

    ``repetition`` is empty where ISA11 declares none (version 00401 and earlier wrote ``U``).
    """

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    segment: str = "~"

    def __post_init__(self) -> None:
        used = [self.element, self.component, self.segment]
        if self.repetition:
            used.append(self.repetition)
        if len(set(used)) != len(used):
            raise DelimiterError("two delimiters are the same character")
        if any(len(c) != 1 or c.isalnum() or c == " " or ord(c) > 0xFF for c in used):
            raise DelimiterError("a delimiter must be one character, no letter, digit or space")
        if any(c in "\r\n" for c in used if c is not self.segment):
            raise DelimiterError("only the segment terminator may be a line end")

    def __hash__(self) -> int:
        return hash(self.element)

    @property
    def all(self) -> str:
        """Every delimiter in one string."""
        return self.element + self.repetition + self.component + self.segment


_delimiters = lru_cache(maxsize=64)(Delimiters)


def declared_by(isa: str) -> tuple[Delimiters, list[str], int]:
    """Delimiters, the elements ISA to ISA16, and the length of the segment with its terminator.

    ``isa`` starts with ``ISA``. The element separator is its fourth character, the component
    separator ISA16 and the terminator the character after it (X12.5 section 3.2). The widths are
    not relied on, as files exist whose ISA was trimmed or wrapped; the caller compares them with
    ``ISA_WIDTHS``. Raises DelimiterError where sixteen elements cannot be found.
    """
    if not isa.startswith("ISA") or len(isa) < 4:
        raise DelimiterError("an interchange starts with ISA")
    separator = isa[3]
    at = 3
    starts = [at]
    for _ in range(ISA_ELEMENTS - 1):
        at = isa.find(separator, at + 1, at + 64)
        if at < 0:
            raise DelimiterError("ISA has fewer than sixteen elements")
        starts.append(at)
    end = at + 1
    while isa[end : end + 1] in {"\r", "\n"}:
        end += 1
    component, terminator = isa[end : end + 1], isa[end + 1 : end + 2]
    if not component or not terminator:
        raise DelimiterError("ISA ends before its terminator")
    elements = [
        part.replace("\r", "").replace("\n", "") for part in isa[: starts[-1]].split(separator)
    ]
    repetition = elements[11]
    if len(repetition) != 1 or repetition.isalnum() or repetition in " \t\r\n":
        repetition = ""
    delimiters = _delimiters(separator, repetition, component, terminator)
    return delimiters, [*elements, component], end + 2
