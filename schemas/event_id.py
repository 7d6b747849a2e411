"""Deterministic, time-ordered event ids.

An id has the bit layout of a UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then 74 bits that are
a hash of what caused the event and which of its effects this is. The same cause gives the same ids
on every replay, and ids sort by the time of their cause, which keeps index inserts local.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_LOW_62 = (1 << 62) - 1
_MASK_12 = (1 << 12) - 1


def _compose(milliseconds: int, *parts: str) -> UUID:
    digest = int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=10).digest(), "big")
    random_a = (digest >> 62) & _MASK_12
    return UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80
        | _VERSION_7
        | random_a << 64
        | _VARIANT
        | digest & _LOW_62
    )


def root_event_id(occurred_at: datetime, *parts: str) -> UUID:
    """The id of an event that nothing in the pipeline caused, such as a documented encounter."""
    return _compose((occurred_at - _EPOCH) // timedelta(milliseconds=1), *parts)


def caused_event_id(cause: UUID, kind: str, discriminator: str = "") -> UUID:
    """The id of the effect ``kind`` of ``cause``; ``discriminator`` tells equals apart."""
    return _compose(cause.int >> 80 if cause.version == 7 else 0, str(cause), kind, discriminator)


def record_id(source: str, event_id: str) -> UUID:
    """A record's identity as CloudEvents defines it (source and id), as one UUID.

    A UUID is unique by itself and is kept; any other text is hashed together with its source.
    """
    try:
        return UUID(event_id)
    except ValueError:
        return _compose(0, source, event_id)
