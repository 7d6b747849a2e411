"""Aggregates as JSON in their rows: strict both ways, so that a damaged row is noticed."""

import zlib
from typing import TypeVar

import msgspec

T = TypeVar("T")

_LONG_BYTES = 1800
"""Longer rows leave their page; to pack a shorter one costs more than it saves."""
_PACKED = b"\x78"
"""How a zlib stream begins (RFC 1950, 2.2) and no JSON object does."""


def to_json(value: object) -> str:
    """A frozen dataclass as JSON text for a ``jsonb`` parameter."""
    return msgspec.json.encode(value).decode()


def from_json(text: str, kind: type[T]) -> T:
    """The dataclass that ``to_json`` wrote.

    Raises ``msgspec.ValidationError`` when the row does not hold one.
    """
    return msgspec.json.decode(text, type=kind)


def to_document(value: object) -> bytes:
    """A frozen dataclass as the bytes of an opaque column, packed where they are many."""
    plain = msgspec.json.encode(value)
    return plain if len(plain) < _LONG_BYTES else zlib.compress(plain, 1)


def from_document(kept: bytes, kind: type[T]) -> T:
    """The dataclass that ``to_document`` wrote.

    Raises ``msgspec.ValidationError`` or ``zlib.error`` when the row does not hold one.
    """
    plain = zlib.decompress(kept) if kept.startswith(_PACKED) else kept
    return msgspec.json.decode(plain, type=kind)
