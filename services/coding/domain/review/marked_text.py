"""A note with the evidence of codes marked in it, for people."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.coding.domain.coding_result import Diagnosis, Line


class Mark(NamedTuple):
    """Characters of one note section, and the codes that rest on them."""

    start: int
    end: int
    codes: tuple[str, ...]


def marks(coded: Iterable[Diagnosis | Line], section: int, length: int) -> list[Mark]:
    """The marks in one section, in order; evidence outside its ``length`` characters is left out.

    The same stretch carries all codes that rest on it; overlapping stretches stay apart.
    """
    found: dict[tuple[int, int], list[str]] = {}
    for each in coded:
        for at in each.evidence:
            if at.section != section or at.start is None or at.end is None:
                continue
            if 0 <= at.start < at.end <= length:
                found.setdefault((at.start, at.end), []).append(each.code)
    return [
        Mark(start, end, tuple(dict.fromkeys(codes)))
        for (start, end), codes in sorted(found.items())
    ]


def marked(text: str, places: Sequence[Mark], opening: str = "[[", closing: str = "]]") -> str:
    """The text with each mark around its stretch: ``[[acute bronchitis]](J20.9)``.

    A mark that overlaps the one before it is written inside or after it; no character is lost.
    """
    openings: dict[int, int] = {}
    closings: dict[int, list[str]] = {}
    for mark in places:
        openings[mark.start] = openings.get(mark.start, 0) + 1
        closings.setdefault(mark.end, []).append(f"{closing}({', '.join(mark.codes)})")
    parts: list[str] = []
    before = 0
    for place in sorted({*openings, *closings}):
        parts.append(text[before:place])
        parts.extend(closings.get(place, ()))
        parts.append(opening * openings.get(place, 0))
        before = place
    parts.append(text[before:])
    return "".join(parts)
