"""Writes the events of a file's envelopes as text again, as they were read."""

from collections.abc import Iterable, Sequence

from services.payer_gateway.x12.delimiters import Delimiters


def line(elements: Sequence[str], delimiters: Delimiters) -> str:
    """A segment as it was split, with its terminator and a line end people can read."""
    return raw_line(delimiters.element.join(elements), delimiters)


def raw_line(raw: str, delimiters: Delimiters) -> str:
    """A raw segment with its terminator and, unless that is one, a line end."""
    return raw + delimiters.segment + ("" if delimiters.segment in "\r\n" else "\n")


def lines(raws: Iterable[str], delimiters: Delimiters) -> str:
    """Raw segments, each on a line."""
    return "".join(raw_line(raw, delimiters) for raw in raws)
