"""Dead letters: records set aside whole, with the reason, where an operator sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import asyncpg
from msgspec import MsgspecError

from schemas.catalogue import dead_letter_topic
from schemas.envelope import OutgoingRecord
from services.chassis.logs import fault_of, place_of
from services.chassis.record import (
    LARGEST_KEY_BYTES,
    Delivery,
    Refusal,
    headers_from_bytes,
    headers_to_bytes,
    identity_of_bytes,
)

TOO_LARGE = "too_large_to_publish"
LARGEST_PUBLISHED_BYTES = 512 * 1024
"""Headers and value of a copy on a dead-letter topic."""

LARGEST_RECORD_BYTES = 1_000_000
"""Headers and value of any event that a service publishes: below the topics' own limit."""

STORAGE_FAULTS = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ArithmeticError,
    MsgspecError,
    TypeError,
    ValueError,
)
"""What is in the rows cannot be stored: the input is at fault, or a race was lost."""

_OUTAGES = (
    OSError,
    MemoryError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
REFERENCE_MISSING = "reference_missing"
STORAGE_REFUSED = "storage_refused"

_INSERT = """
insert into delivery.dead_letter as held
    (id, lane, topic, partition, record_offset, key, headers, value, reason, message,
     waiting_for, failed_at, retry_at)
select d.*, $12::timestamptz,
       case when d.waiting_for is not null then $12::timestamptz + interval '1 second' end
from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bytea[],
            $7::bytea[], $8::bytea[], $9::text[], $10::text[], $11::text[])
    as d (id, lane, topic, partition, record_offset, key, headers, value, reason, message,
          waiting_for)
on conflict (id) do update set
    lane = excluded.lane, reason = excluded.reason, message = excluded.message,
    waiting_for = excluded.waiting_for,
    retry_at = case
        when held.status = 'open' and held.waiting_for = excluded.waiting_for
            then excluded.failed_at + interval '1 hour'
        when excluded.waiting_for is not null then excluded.failed_at + interval '1 second' end,
    failed_at = case held.status when 'open' then held.failed_at else excluded.failed_at end,
    status = 'open', resolved_at = null
where held.status <> 'dismissed'
"""
"""One that lacks a reference is looked at again soon, since the reference may be arriving in
another transaction at this moment, which does not see yet what waits for it; then when it arrives,
and once an hour in any case."""

_AT_PLACES = """
select d.id
from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
    as reach (topic, partition, first, last)
join delivery.dead_letter d
    on d.topic = reach.topic and d.partition = reach.partition
    and d.record_offset between reach.first and reach.last
"""

COLUMNS = """
held.id, held.lane, held.topic, held.partition, held.record_offset, held.reason, held.message,
held.status, held.failed_at, held.waiting_for, held.attempts, held.tried_at, held.resolved_at,
length(held.value) as value_bytes,
(select count(*) from delivery.parked p
 where p.lane = held.lane and held.status = 'open') as behind,
(select count(*) from delivery.dead_letter_repair r where r.letter_id = held.id) as repairs
"""
_WHOLE = f"""
select {COLUMNS}, held.key, held.headers, held.value
from delivery.dead_letter held where id = any($1::uuid[])
"""

MOST_BYTES_DUE = 8 * 1024 * 1024
_DUE = """
with due as materialized (
    select id, failed_at,
           coalesce(length(key), 0) + length(headers) + coalesce(length(value), 0) as bytes
    from delivery.dead_letter where status = 'open' and retry_at <= $1
    order by failed_at, id limit $2 for update skip locked
), counted as (
    select id, row_number() over by_age as place, sum(bytes) over by_age as bytes
    from due window by_age as (order by failed_at, id)
)
select id from counted where place = 1 or bytes <= $3 order by place
"""
_SETTLE = """
with settled as (
    update delivery.dead_letter set status = $2, resolved_at = $3::timestamptz, retry_at = null
    where id = any($1::uuid[]) returning lane
), released as (
    update delivery.blocked_lane b
    set dead_letter_id = next.id, retry_at = case when next.id is null then $3::timestamptz end
    from settled
    left join lateral (
        select l.id from delivery.dead_letter l
        where l.lane = settled.lane and l.status = 'open' and not l.id = any($1::uuid[])
        order by l.failed_at, l.id limit 1
    ) next on true
    where b.lane = settled.lane and b.dead_letter_id = any($1::uuid[])
    returning b.dead_letter_id
)
update delivery.dead_letter l set retry_at = $3::timestamptz
from released where l.id = released.dead_letter_id and l.waiting_for is not null
"""
"""The next letter of a lane may have been looked at in vain only because it was not the first."""


@dataclass(frozen=True, slots=True)
class ReferenceMissing(Refusal):
    """An input waited for ``waiting_for`` and it did not come in time."""

    waiting_for: str = ""


def reference_missing(waiting_for: str) -> ReferenceMissing:
    """The refusal of an input whose reference did not come in time."""
    return ReferenceMissing(
        REFERENCE_MISSING, "a reference that it names was not published in time", waiting_for
    )


def refusal_by(error: BaseException) -> Refusal | None:
    """The refusal of an input whose transaction ended in ``error``; None where that is an outage.

    A fault in our own code is found by the input that meets it, and shall stop no other one. A bare
    ``RuntimeError`` is what the event loop raises over a connection that was just closed.
    """
    if isinstance(error, STORAGE_FAULTS):
        return Refusal(STORAGE_REFUSED, f"the database answers {fault_of(error)}")
    is_outage = isinstance(error, _OUTAGES) or type(error) is RuntimeError
    if is_outage or not isinstance(error, Exception):
        return None
    return Refusal("rule_failed", f"{fault_of(error)} at {place_of(error)}")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was set aside; ``headers`` and ``value`` are as they came.

    ``failed_at``: when it was set aside first; ``attempts``: how often it was tried again;
    ``repairs``: how often a copy of it was repaired; ``behind``: how many records wait behind it.
    """

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
    waiting_for: str | None = None
    attempts: int = 0
    tried_at: datetime | None = None
    resolved_at: datetime | None = None
    behind: int = 0
    repairs: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    value: bytes | None = None


async def known_by_place(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> set[UUID]:
    """The identities of those deliveries that are dead letters under another identity.

    So it is when a release reads what an earlier one could not: the letter stands for the record,
    whatever became of it, and the record is not taken in a second time.
    """
    offsets: dict[tuple[str, int], list[int]] = {}
    for delivery in deliveries:
        record = delivery.record
        offsets.setdefault((record.topic, record.partition), []).append(record.offset)
    rows = await connection.fetch(
        _AT_PLACES,
        [topic for topic, _ in offsets],
        [partition for _, partition in offsets],
        [min(each) for each in offsets.values()],
        [max(each) for each in offsets.values()],
    )
    if not rows:
        return set()
    letters = {row["id"] for row in rows}
    return {
        delivery.identity
        for delivery in deliveries
        if delivery.incoming is not None
        and delivery.identity not in letters
        and identity_of_bytes(delivery.record) in letters
    }


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
        [
            refusal.waiting_for if isinstance(refusal, ReferenceMissing) else None
            for _, refusal in letters
        ],
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


def letter_of_row(row: asyncpg.Record) -> DeadLetter:
    """A letter from a row of ``COLUMNS``, without what the record held."""
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
        waiting_for=row["waiting_for"],
        attempts=row["attempts"],
        tried_at=row["tried_at"],
        resolved_at=row["resolved_at"],
        behind=row["behind"],
        repairs=row["repairs"],
    )


def _whole_letter(row: asyncpg.Record) -> DeadLetter:
    return replace(
        letter_of_row(row),
        key=row["key"],
        headers=tuple(headers_from_bytes(row["headers"])),
        value=row["value"],
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
        [None] * len(records),
        failed_at,
    )


async def find_letter(connection: asyncpg.Connection, letter_id: UUID) -> DeadLetter | None:
    """One dead letter whole."""
    row = await connection.fetchrow(_WHOLE, [letter_id])
    return None if row is None else _whole_letter(row)


async def lock_letters(
    connection: asyncpg.Connection, letter_ids: Sequence[UUID]
) -> dict[UUID, DeadLetter]:
    """Those of ``letter_ids`` that there are, whole, locked until the transaction ends."""
    ids = sorted(set(letter_ids))
    await connection.execute(
        "select 1 from delivery.dead_letter where id = any($1::uuid[]) order by id for update", ids
    )
    return {row["id"]: _whole_letter(row) for row in await connection.fetch(_WHOLE, ids)}


async def take_due(connection: asyncpg.Connection, now: datetime, most: int) -> list[UUID]:
    """Open letters that lack a reference and whose time to be tried again has come.

    As many as hold ``MOST_BYTES_DUE`` together, or the first one alone.
    """
    rows = await connection.fetch(_DUE, now, most, MOST_BYTES_DUE)
    return [row["id"] for row in rows]


async def tried(connection: asyncpg.Connection, letter_ids: Sequence[UUID], now: datetime) -> None:
    """Note that letters were tried again."""
    await connection.execute(
        "update delivery.dead_letter set attempts = attempts + 1, tried_at = $2 "
        "where id = any($1::uuid[])",
        list(letter_ids),
        now,
    )


async def look_later(
    connection: asyncpg.Connection, letter_ids: Sequence[UUID], now: datetime
) -> None:
    """Let letters that cannot be tried yet be looked at in an hour.

    They must be locked, and their lanes: who lets them be tried sooner comes after that.
    """
    if letter_ids:
        await connection.execute(
            "update delivery.dead_letter set retry_at = $2::timestamptz + interval '1 hour' "
            "where id = any($1::uuid[]) and status = 'open'",
            list(letter_ids),
            now,
        )


async def settle(
    connection: asyncpg.Connection, letter_ids: Sequence[UUID], status: str, now: datetime
) -> None:
    """End letters as ``resolved`` or ``dismissed`` and let their lanes go on.

    Where another letter of the same lane is open, the lane waits for that one next.
    """
    await connection.execute(_SETTLE, list(letter_ids), status, now)
