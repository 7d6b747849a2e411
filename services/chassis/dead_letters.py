"""Dead letters: records set aside whole, with the reason, where an operator sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import asyncpg

from schemas.catalogue import dead_letter_topic
from schemas.envelope import OutgoingRecord
from services.chassis.record import (
    LARGEST_KEY_BYTES,
    Delivery,
    Refusal,
    headers_from_bytes,
    headers_to_bytes,
)

TOO_LARGE = "too_large_to_publish"
LARGEST_PUBLISHED_BYTES = 512 * 1024
"""Headers and value of a copy on a dead-letter topic."""

LARGEST_RECORD_BYTES = 1_000_000
"""Headers and value of any event that a service publishes: below the topics' own limit."""

_INSERT = """
insert into delivery.dead_letter
    (id, lane, topic, partition, record_offset, key, headers, value, reason, message, failed_at)
select d.*, $11::timestamptz
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[],
            $6::bytea[], $7::bytea[], $8::bytea[], $9::text[], $10::text[]) as d
on conflict (id) do update set reason = excluded.reason, message = excluded.message,
    status = 'open', failed_at = excluded.failed_at
"""

_LIST = """
select id, lane, topic, partition, record_offset, reason, message, status, failed_at,
       length(value) as value_bytes
from delivery.dead_letter
where ($1 or status = 'open') and ($2::text is null or reason = $2)
order by failed_at, id
limit $3
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was set aside; ``headers`` and ``value`` are as they came."""

    id: UUID
    lane: str | None
    topic: str
    partition: int | None
    offset: int | None
    reason: str
    message: str
    status: str
    failed_at: datetime
    value_bytes: int | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    value: bytes | None = None


async def keep(
    connection: asyncpg.Connection,
    letters: Sequence[tuple[Delivery, Refusal]],
    failed_at: datetime,
) -> None:
    """Write dead letters within the caller's transaction."""
    if not letters:
        return
    await connection.execute(
        _INSERT,
        [delivery.identity for delivery, _ in letters],
        [delivery.lane for delivery, _ in letters],
        [delivery.record.topic for delivery, _ in letters],
        [delivery.record.partition for delivery, _ in letters],
        [delivery.record.offset for delivery, _ in letters],
        [delivery.record.key for delivery, _ in letters],
        [headers_to_bytes(delivery.record.headers) for delivery, _ in letters],
        [delivery.record.value for delivery, _ in letters],
        [refusal.reason for _, refusal in letters],
        [refusal.message for _, refusal in letters],
        failed_at,
    )


def published_copy(delivery: Delivery, refusal: Refusal, service: str) -> OutgoingRecord:
    """The copy for the dead-letter topic; a value too large for it stays in the row alone."""
    record = delivery.record
    value = record.value or b""
    size = len(value) + sum(len(name) + len(raw or b"") for name, raw in record.headers)
    whole = size <= LARGEST_PUBLISHED_BYTES
    headers = [(name, raw) for name, raw in record.headers if raw is not None] if whole else []
    headers += [
        ("deadletter-id", str(delivery.identity).encode()),
        ("deadletter-reason", refusal.reason.encode()),
        ("deadletter-message", refusal.message.encode()),
        ("deadletter-topic", record.topic.encode()),
        ("deadletter-position", f"{record.partition}:{record.offset}".encode()),
        ("deadletter-value", b"whole" if whole else b"kept-by-service"),
    ]
    return OutgoingRecord(
        dead_letter_topic(record.topic, service),
        record.key if record.key and len(record.key) <= LARGEST_KEY_BYTES else b"",
        headers,
        value if whole else b"",
    )


def _letter(row: asyncpg.Record) -> DeadLetter:
    return DeadLetter(
        id=row["id"],
        lane=row["lane"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        reason=row["reason"],
        message=row["message"],
        status=row["status"],
        failed_at=row["failed_at"],
        value_bytes=row["value_bytes"],
    )


def _identity_of(record: OutgoingRecord) -> UUID:
    """The id of the event, or, for a copy of what had none, one of its content."""
    try:
        return UUID(dict(record.headers)["ce_id"].decode())
    except (KeyError, ValueError):
        digest = blake2b(record.topic.encode() + b"\x1f" + record.value, digest_size=16)
        for _, value in record.headers:
            digest.update(value)
        return UUID(bytes=digest.digest())


async def keep_unpublished(
    connection: asyncpg.Connection, records: Sequence[OutgoingRecord], failed_at: datetime
) -> None:
    """Keep events that no topic takes, within the caller's transaction."""
    if not records:
        return
    await connection.execute(
        _INSERT,
        [_identity_of(record) for record in records],
        [None] * len(records),
        [record.topic for record in records],
        [None] * len(records),
        [None] * len(records),
        [record.key for record in records],
        [headers_to_bytes(record.headers) for record in records],
        [record.value for record in records],
        [TOO_LARGE] * len(records),
        [f"its topic takes {LARGEST_RECORD_BYTES} bytes at most"] * len(records),
        failed_at,
    )


async def list_letters(
    connection: asyncpg.Connection,
    *,
    reason: str | None = None,
    everything: bool = False,
    most: int = 1000,
) -> list[DeadLetter]:
    """Open dead letters, oldest first; with ``everything`` those already dealt with too."""
    rows = await connection.fetch(_LIST, everything, reason, most)
    return [_letter(row) for row in rows]


async def find_letter(
    connection: asyncpg.Connection, letter_id: UUID, *, to_change: bool = False
) -> DeadLetter | None:
    """One dead letter whole; ``to_change`` locks it until the transaction ends."""
    row = await connection.fetchrow(
        "select *, length(value) as value_bytes from delivery.dead_letter where id = $1"
        + (" for update" if to_change else ""),
        letter_id,
    )
    if row is None:
        return None
    short = _letter(row)
    return DeadLetter(
        **{name: getattr(short, name) for name in DeadLetter.__slots__[:10]},
        key=row["key"],
        headers=tuple(headers_from_bytes(row["headers"])),
        value=row["value"],
    )
