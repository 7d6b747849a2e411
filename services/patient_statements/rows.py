"""Aggregates as JSON in their rows: strict both ways, so that a damaged row is noticed."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


def to_json(value: object) -> str:
    """A frozen dataclass as JSON text for a ``jsonb`` parameter."""
    return msgspec.json.encode(value).decode()


def from_json(text: str, kind: type[T]) -> T:
    """The dataclass that ``to_json`` wrote.

    Raises ``msgspec.ValidationError`` when the row does not hold one.
    """
    return msgspec.json.decode(text, type=kind)
