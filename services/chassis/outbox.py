"""The outbox: events written in the transaction that decided them, published by the relay."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zlib import crc32

import asyncpg
import orjson

from schemas.envelope import OutgoingRecord, encode
from schemas.event_id import caused_event_id
from services.chassis.effects import Emission

SHARDS = 8

_APPEND = """
insert into delivery.outbox (shard, topic, key, headers, value)
select * from unnest($1::smallint[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[])
"""


def shard_of(key: bytes) -> int:
    """The shard of a key; one key is always published by one owner, in order."""
    return crc32(key) % SHARDS


def outgoing(
    emission: Emission,
    *,
    service: str,
    cause_id: UUID,
    now: datetime,
    correlation_id: str = "",
    traceparent: str = "",
) -> OutgoingRecord:
    """The record for an emission; its id is derived from the cause, so a replay makes the same."""
    event = emission.event
    return encode(
        event,
        event_id=caused_event_id(cause_id, event.TOPIC, emission.discriminator),
        source=f"urn:claimstream:{service}",
        occurred_at=now,
        correlation_id=correlation_id,
        causation_id=str(cause_id),
        traceparent=traceparent,
    )


async def append(connection: asyncpg.Connection, records: Sequence[OutgoingRecord]) -> None:
    """Write records to be published, in order, within the caller's transaction."""
    if not records:
        return
    await connection.execute(
        _APPEND,
        [shard_of(record.key) for record in records],
        [record.topic for record in records],
        [record.key for record in records],
        [
            orjson.dumps([[name, value.decode("latin-1")] for name, value in record.headers])
            for record in records
        ],
        [record.value for record in records],
    )


def headers_of_row(kept: bytes) -> list[tuple[str, bytes]]:
    """The headers of an outbox row, as the producer takes them."""
    return [(name, text.encode("latin-1")) for name, text in orjson.loads(kept)]


def size_of(record: OutgoingRecord) -> int:
    """Bytes of a record's key, headers and value."""
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key) + headers + len(record.value)
