"""Ways to break a sound file at one place; each says where the fault then is."""

from collections.abc import Callable
from dataclasses import dataclass

Change = Callable[[list[str]], int]
"""Changes the segments of a file and gives the index of the place."""


def find(segments: list[str], start: str, nth: int = 0) -> int:
    """The index of the nth segment (from 0) that starts so."""
    return [n for n, segment in enumerate(segments) if segment.startswith(start)][nth]


def drop(start: str, nth: int = 0, count: int = 1) -> Change:
    """Leaves segments out."""

    def change(segments: list[str]) -> int:
        place = find(segments, start, nth)
        del segments[place : place + count]
        return place

    return change


def repeat(start: str, nth: int = 0, times: int = 1, count: int = 1) -> Change:
    """Puts segments again after themselves; the last of them is the place."""

    def change(segments: list[str]) -> int:
        place = find(segments, start, nth)
        piece = segments[place : place + count]
        segments[place + count : place + count] = piece * times
        return place + count * times

    return change


def insert(segment: str, before: str, nth: int = 0) -> Change:
    """Puts a segment in."""

    def change(segments: list[str]) -> int:
        place = find(segments, before, nth)
        segments.insert(place, segment)
        return place

    return change


def move(start: str, before: str, nth: int = 0, to: int = 0) -> Change:
    """Puts a segment elsewhere; where it then stands is the place."""

    def change(segments: list[str]) -> int:
        segment = segments.pop(find(segments, start, nth))
        place = find(segments, before, to)
        segments.insert(place, segment)
        return place

    return change


def put(start: str, number: int, value: str, nth: int = 0) -> Change:
    """Sets one element."""

    def change(segments: list[str]) -> int:
        place = find(segments, start, nth)
        elements = segments[place].split("*")
        elements += [""] * (number + 1 - len(elements))
        elements[number] = value
        segments[place] = "*".join(elements).rstrip("*")
        return place

    return change


def edit(start: str, old: str, new: str, nth: int = 0) -> Change:
    """Exchanges text within one segment."""

    def change(segments: list[str]) -> int:
        place = find(segments, start, nth)
        assert old in segments[place]
        segments[place] = segments[place].replace(old, new, 1)
        return place

    return change


def copy(start: str, before: str, count: int) -> Change:
    """Puts so many segments, from one on, again elsewhere; their first is the place."""

    def change(segments: list[str]) -> int:
        place, to = find(segments, start), find(segments, before)
        segments[to:to] = segments[place : place + count]
        return to

    return change


def both(first: Change, second: Change) -> Change:
    """One change after another; the place is the second's."""

    def change(segments: list[str]) -> int:
        first(segments)
        return second(segments)

    return change


@dataclass(frozen=True)
class Broken:
    """A kind of broken file.

    name: what is wrong, as a sentence. rule, level, path, element: the one finding expected.
    spoils: the claims that it takes out. off: how far from the place changed the fault is said;
    is_placed: whether the finding has a position. keeps_counts: SE01 is not made to fit again.
    set_refused: more than single claims is taken out. also: further errors (rule, element) that the
    same fault truly is.
    """

    name: str
    sample: str
    change: Change
    rule: str
    level: int
    path: str
    element: str = ""
    spoils: tuple[str, ...] = ()
    is_warning: bool = False
    off: int = 0
    is_placed: bool = True
    keeps_counts: bool = False
    set_refused: bool = False
    also: tuple[tuple[str, str], ...] = ()

    def made(self, text: str) -> tuple[bytes, int]:
        """The file, and the position of the fault in its transaction set (ST = 1)."""
        segments = text.strip().split("\n")
        place = self.change(segments)
        starts = [n for n, segment in enumerate(segments) if segment.startswith("ST*")]
        if starts and not self.keeps_counts:
            ends = [n for n, segment in enumerate(segments) if segment.startswith("SE*")]
            for start, end in zip(starts, ends, strict=False):
                number = segments[end].split("*")[2]
                segments[end] = f"SE*{end - start + 1}*{number}"
        position = place - starts[0] + 1 + self.off if starts and self.is_placed else 0
        return ("~".join(segments) + "~").encode("latin-1"), position
