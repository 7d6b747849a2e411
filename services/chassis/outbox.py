"""The outbox: events written in the transaction that decided them, published by the relay."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID
from zlib import crc32

import asyncpg
from msgspec import msgpack

from schemas.envelope import OutgoingRecord, encode
from schemas.event_id import caused_event_text
from services.chassis.effects import Emission

SHARDS = 8
_LARGEST_PACK_BYTES = 7_900
"""A row that fits into a page lies there whole, with no detour through TOAST."""

_READER = msgpack.Decoder(list[OutgoingRecord])
_WRITER = msgpack.Encoder()


def shard_of(key: bytes) -> int:
    """The shard of a key; one key is always published by one owner, in order."""
    return crc32(key) % SHARDS


def outgoing(
    emission: Emission,
    *,
    service: str,
    cause_id: UUID | str,
    now: datetime,
    correlation_id: str = "",
    traceparent: str = "",
) -> OutgoingRecord:
    """The record for an emission; its id is derived from the cause, so a replay makes the same."""
    event = emission.event
    cause = str(cause_id)
    return encode(
        event,
        event_id=caused_event_text(cause, event.TOPIC, emission.discriminator),
        source=f"urn:claimstream:{service}",
        occurred_at=now,
        correlation_id=correlation_id,
        causation_id=cause,
        traceparent=traceparent,
    )


async def append(connection: asyncpg.Connection, records: Sequence[OutgoingRecord]) -> None:
    """Write records to be published, in order, within the caller's transaction."""
    if not records:
        return
    await connection.copy_records_to_table(
        "outbox",
        schema_name="delivery",
        columns=("shard", "events", "pack"),
        records=[(shard, len(pack), _packed(pack)) for shard, pack in _packs(records)],
    )


def _packs(records: Sequence[OutgoingRecord]) -> Iterator[tuple[int, list[bytes]]]:
    """Shards, each with a page's worth of records as MessagePack, in order."""
    open_packs: dict[int, tuple[list[bytes], int]] = {}
    write = _WRITER.encode
    for record in records:
        shard = shard_of(record.key)
        written = write(record)
        pack, filled = open_packs.get(shard, ([], 0))
        if pack and filled + len(written) > _LARGEST_PACK_BYTES:
            yield shard, pack
            pack, filled = [], 0
        pack.append(written)
        open_packs[shard] = pack, filled + len(written)
    for shard, (pack, _) in open_packs.items():
        yield shard, pack


def _packed(records: Sequence[bytes]) -> bytes:
    """One MessagePack array of records that are written already (its specification, "array")."""
    count = len(records)
    head = bytes((0x90 | count,)) if count < 16 else b"\xdc" + count.to_bytes(2, "big")
    return head + b"".join(records)


def unpack(pack: bytes) -> list[OutgoingRecord]:
    """The records of an outbox row, in order."""
    return _READER.decode(pack)


async def depth(connection: asyncpg.Connection) -> int:
    """How many events the relay has not published yet."""
    events: int = await connection.fetchval("select coalesce(sum(events), 0) from delivery.outbox")
    return events


async def unpublished(connection: asyncpg.Connection) -> list[OutgoingRecord]:
    """Every record that the relay has not published yet, each shard's in order."""
    rows = await connection.fetch("select pack from delivery.outbox order by shard, seq")
    return [record for row in rows for record in unpack(row["pack"])]


def size_of(record: OutgoingRecord) -> int:
    """Bytes of a record's key, headers and value."""
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key) + headers + len(record.value)
