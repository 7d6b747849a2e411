"""Segments: streaming bytes into them, and reading and writing their elements.

A raw segment is one string without its terminator. Split, it is a list of strings whose index is
the element's number and whose index 0 is the segment id, so that ``segment[2]`` of a CLP is CLP02.
Positions count from 1 within the transaction set (ST = 1), as IK302 of a 999 counts them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from services.payer_gateway.x12.delimiters import Delimiters

Segment: TypeAlias = list[str]
Element: TypeAlias = str | tuple[str, ...]
"""An element to write: text, a composite as a tuple of components, or ``Repeated`` text."""


class Repeated(tuple[str, ...]):
    """An element to write as repetitions of a simple element (EB03, EQ01)."""

    __slots__ = ()


FreeSegment: TypeAlias = tuple[Element, ...]
"""A segment kept as read, free of delimiters: for what the value types do not model."""

CHUNK_BYTES = 1 << 18
LEAST_BYTES = 1 << 15
LONGEST_SEGMENT_BYTES = 1 << 20


class WriteError(ValueError):
    """A value cannot be written: it holds a delimiter or a control character.

    ``segment`` is the id of the segment and ``element`` the element's number; the value itself is
    never in the message.
    """

    def __init__(self, segment: str, element: int) -> None:
        super().__init__(
            f"{segment}{element:02d} holds a delimiter or a control character: "
            "take it out of the value or choose other delimiters"
        )
        self.segment = segment
        self.element = element


def at(segment: Segment, number: int) -> str:
    """The element of that number, empty where the segment is shorter."""
    return segment[number] if number < len(segment) else ""


def component(element: str, separator: str, number: int) -> str:
    """The component of that number (1-based) of a composite, empty where it is shorter."""
    parts = element.split(separator)
    return parts[number - 1] if number <= len(parts) else ""


def free(segment: Segment, delimiters: Delimiters) -> FreeSegment:
    """The segment with composites as tuples, to be written again under any delimiters.

    Empty elements and components at the end are left out, as they are when it is written.
    """
    mark, again = delimiters.component, delimiters.repetition
    kept = [element.rstrip(mark) for element in segment]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(
        tuple(e.split(mark))
        if mark in e
        else Repeated(e.split(again))
        if again and again in e
        else e
        for e in kept
    )


def chunks(source: bytes | Iterable[bytes]) -> Iterator[bytes]:
    """The source in pieces of bounded size, small ones put together."""
    held: list[bytes] = []
    size = 0
    for piece in (source,) if isinstance(source, bytes) else source:
        if len(piece) + size < LEAST_BYTES:
            held.append(piece)
            size += len(piece)
            continue
        joined = b"".join([*held, piece]) if held else piece
        held, size = [], 0
        for start in range(0, len(joined), CHUNK_BYTES):
            yield joined[start : start + CHUNK_BYTES]
    if size:
        yield b"".join(held)


def decode(raw: bytes) -> tuple[str, bool]:
    """Text of the bytes, as UTF-8 or else Latin-1, and whether UTF-8 held."""
    try:
        return raw.decode("utf-8"), True
    except UnicodeDecodeError:
        return raw.decode("latin-1"), False


def render(segments: Iterable[Sequence[Element]], delimiters: Delimiters) -> str:
    """The segments as text, trailing empty elements and components left out.

    Raises WriteError where a value holds a delimiter or a control character. Joined text is tested,
    not each value: where it holds exactly the delimiters that were put between values, no value
    holds one; otherwise every element is looked at, to name the one.
    """
    written = list(segments)
    mark, inner = delimiters.element, delimiters.component
    is_clean = True
    inners = 0
    out: list[str] = []
    for segment in written:
        try:
            text = mark.join(segment)  # type: ignore[arg-type] # composites are the exception
        except TypeError:
            elements: list[str] = []
            for element in segment:
                if isinstance(element, str):
                    elements.append(element)
                    continue
                composite, count = _composite(element, inner)
                if count < 0 or isinstance(element, Repeated):
                    is_clean = False
                inners += count
                elements.append(composite)
            text = mark.join(elements)
        if text.count(mark) != len(segment) - 1:
            is_clean = False
        out.append(text.rstrip(mark))
    out.append("")
    text = delimiters.segment.join(out)
    if (
        is_clean
        and text.count(delimiters.segment) == len(written)
        and text.count(inner) == inners
        and not (delimiters.repetition and delimiters.repetition in text)
        and text.replace(delimiters.segment, "").isprintable()
    ):
        return text
    return _render_each(written, delimiters)


@lru_cache(maxsize=8192)
def _composite(parts: tuple[str, ...], mark: str) -> tuple[str, int]:
    """The components as text, and how many marks stand in it; -1 where a component holds one."""
    text = mark.join(parts)
    if text.count(mark) != len(parts) - 1:
        return text, -1
    text = text.rstrip(mark)
    return text, text.count(mark)


def _render_each(segments: Iterable[Sequence[Element]], delimiters: Delimiters) -> str:
    """The segments as text, each element tested by itself."""
    forbidden = re.compile(f"[\\x00-\\x1f\\x7f{re.escape(delimiters.all)}]").search
    mark, inner = delimiters.element, delimiters.component
    out: list[str] = []
    for segment in segments:
        elements: list[str] = []
        for number, element in enumerate(segment):
            if isinstance(element, str):
                if forbidden(element):
                    raise WriteError(str(segment[0]), number)
                elements.append(element)
            else:
                between = delimiters.repetition if isinstance(element, Repeated) else inner
                if any(map(forbidden, element)) or (len(element) > 1 and not between):
                    raise WriteError(str(segment[0]), number)
                elements.append(between.join(element).rstrip(between or None))
        while elements and not elements[-1]:
            elements.pop()
        out.append(mark.join(elements))
    out.append("")
    return delimiters.segment.join(out)
