"""Lanes: one lane is everything of one key, in order. A blocked lane parks what comes after.

A lane is blocked by a dead letter, until a person has dealt with it, or by a reference that is not
known yet, until it arrives. Other lanes never wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.chassis.record import Delivery, Record, headers_from_bytes, headers_to_bytes

_SHARE_OF_THE_WAIT = 4
LONGEST_RETRY = timedelta(hours=1)

_LOCK_BLOCKED = """
select lane from delivery.blocked_lane where lane = any($1::text[]) order by lane for update
"""

_BLOCK = """
insert into delivery.blocked_lane as held
    (lane, waiting_for, dead_letter_id, blocked_at, retry_at)
select b.lane, b.waiting_for, b.dead_letter_id, $4::timestamptz,
       case when b.waiting_for is not null then b.retry_at end
from unnest($1::text[], $2::text[], $3::uuid[], $5::timestamptz[])
    as b (lane, waiting_for, dead_letter_id, retry_at)
on conflict (lane) do update set
    waiting_for = case when held.dead_letter_id is null then excluded.waiting_for end,
    dead_letter_id = coalesce(held.dead_letter_id, excluded.dead_letter_id),
    retry_at = case when held.dead_letter_id is null then excluded.retry_at end
"""
"""A lane that waits for a dead letter goes on waiting for that one, whatever else comes."""

_PARK = """
insert into delivery.parked
    (lane, event_id, topic, partition, record_offset, recorded_at, key, headers, value, parked_at)
select p.*, $10::timestamptz
from unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::bigint[], $6::timestamptz[],
            $7::bytea[], $8::bytea[], $9::bytea[]) as p
"""

_WAKE = """
with letters as (
    update delivery.dead_letter set retry_at = $2
    where status = 'open' and waiting_for = any($1::text[])
)
update delivery.blocked_lane set retry_at = $2 where waiting_for = any($1::text[])
"""

_READY = """
select lane, waiting_for, blocked_at from delivery.blocked_lane
where retry_at <= $1
order by retry_at, lane
limit $2
for update skip locked
"""

_ANYTHING_READY = """
select exists(select 1 from delivery.blocked_lane where retry_at <= $1)
    or exists(select 1 from delivery.dead_letter where status = 'open' and retry_at <= $1)
"""

MOST_BYTES = 8 * 1024 * 1024
"""What is tried in one transaction holds no more, or is one record: a note may have 16 MB."""

_PARKED = """
with counted as (
    select p.lane, p.seq, p.place,
           sum(p.bytes) over (order by p.place, wanted.turn) <= $3
               or row_number() over (order by p.place, wanted.turn) = 1 as is_taken
    from unnest($1::text[]) with ordinality as wanted (lane, turn)
    cross join lateral (
        select lane, seq, row_number() over (order by seq) as place,
               coalesce(length(key), 0) + length(headers) + coalesce(length(value), 0) as bytes
        from delivery.parked where lane = wanted.lane order by seq limit $2
    ) p
)
select c.is_taken, c.lane as of_lane, p.* from counted c
left join lateral (
    select * from delivery.parked
    where lane = c.lane and seq = c.seq and c.is_taken limit 1
) p on true
where c.is_taken or c.place = 1
order by c.seq
"""
"""Sizes are read without what they are of. All first records come before any second one."""

_OPEN = """
with wanted as (
    select lane, exists(select 1 from delivery.parked p where p.lane = w.lane) as has_more
    from unnest($1::text[]) as w (lane)
), emptied as (
    delete from delivery.blocked_lane b using wanted w where b.lane = w.lane and not w.has_more
)
update delivery.blocked_lane b set waiting_for = null, retry_at = $2
from wanted w where b.lane = w.lane and w.has_more
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Why a lane is blocked: exactly one of the two is given.

    ``since``: it was tried, and has waited for the same reference since then.
    """

    waiting_for: str | None = None
    dead_letter_id: UUID | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadyLane:
    """A blocked lane that may be tried again."""

    lane: str
    waiting_for: str | None
    blocked_at: datetime


def lane_of(key_field: str, practice_id: str, own_id: str) -> str:
    """The lane of the events whose topics have ``key_field`` as key, for one key."""
    return f"{key_field}|{practice_id}:{own_id}"


async def lock_blocked(connection: asyncpg.Connection, lanes: Iterable[str]) -> set[str]:
    """Those of ``lanes`` that are blocked; their rows stay locked until the transaction ends."""
    rows = await connection.fetch(_LOCK_BLOCKED, sorted(set(lanes)))
    return {row["lane"] for row in rows}


async def are_blocked(connection: asyncpg.Connection, lanes: Iterable[str]) -> set[str]:
    """Those of ``lanes`` that are blocked at this moment."""
    rows = await connection.fetch(
        "select lane from delivery.blocked_lane where lane = any($1::text[])", sorted(set(lanes))
    )
    return {row["lane"] for row in rows}


async def letter_that_blocks(connection: asyncpg.Connection, lane: str) -> UUID | None:
    """The dead letter that ``lane`` waits for."""
    found: UUID | None = await connection.fetchval(
        "select dead_letter_id from delivery.blocked_lane where lane = $1", lane
    )
    return found


def retry_in(waited: timedelta, retry_after: timedelta) -> timedelta:
    """When to try again what has waited in vain for so long: ever later, once an hour at least.

    Its reference wakes it; to look at thousands of lanes every half minute, for as long as a
    producer of references is away, would leave no time for anything else.
    """
    return max(retry_after, min(waited / _SHARE_OF_THE_WAIT, LONGEST_RETRY))


async def block(
    connection: asyncpg.Connection,
    blocks: Mapping[str, Block],
    now: datetime,
    retry_soon: timedelta,
    retry_after: timedelta,
) -> None:
    """Block lanes; one that waits for a reference is tried again now and then, in any case.

    The first time soon: the reference may be arriving in another transaction at this moment,
    which finds nobody to wake.
    """
    if not blocks:
        return
    lanes = sorted(blocks)
    await connection.execute(
        _BLOCK,
        lanes,
        [blocks[lane].waiting_for for lane in lanes],
        [blocks[lane].dead_letter_id for lane in lanes],
        now,
        [
            now + (retry_soon if since is None else retry_in(now - since, retry_after))
            for since in (blocks[lane].since for lane in lanes)
        ],
    )


async def park(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery], now: datetime
) -> None:
    """Keep deliveries behind their blocked lanes, in order."""
    if not deliveries:
        return
    records = [delivery.record for delivery in deliveries]
    await connection.execute(
        _PARK,
        [delivery.lane for delivery in deliveries],
        [delivery.identity for delivery in deliveries],
        [record.topic for record in records],
        [record.partition for record in records],
        [record.offset for record in records],
        [record.recorded_at for record in records],
        [record.key for record in records],
        [headers_to_bytes(record.headers) for record in records],
        [record.value for record in records],
        now,
    )


async def wake(connection: asyncpg.Connection, references: Iterable[str], now: datetime) -> None:
    """Let lanes, and dead letters, that lack one of ``references`` be tried again at once."""
    names = sorted(set(references))
    if names:
        await connection.execute(_WAKE, names, now)


async def anything_ready(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a lane, or a dead letter that lacked a reference, may be tried again."""
    found: bool = await connection.fetchval(_ANYTHING_READY, now)
    return found


async def ready_lanes(connection: asyncpg.Connection, now: datetime, most: int) -> list[ReadyLane]:
    """Lock and return lanes that may be tried again."""
    rows = await connection.fetch(_READY, now, most)
    return [ReadyLane(row["lane"], row["waiting_for"], row["blocked_at"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Parked:
    """A record behind a blocked lane; ``identity`` is what the inbox knew it by when it came."""

    lane: str
    seq: int
    identity: UUID
    parked_at: datetime
    record: Record


async def parked_records(
    connection: asyncpg.Connection, lanes: Sequence[str], most: int
) -> tuple[list[Parked], set[str]]:
    """The first records that are parked in ``lanes``, in order: ``most``, and one of each lane.

    Every lane has an equal share, so that a long one that still waits keeps no other waiting. All
    together hold ``MOST_BYTES``; what does not fit is for the next time. Gives also the lanes of
    which nothing fitted, the last ones of ``lanes``.
    """
    each = max(1, most // max(1, len(lanes)))
    rows = await connection.fetch(_PARKED, list(lanes), each, MOST_BYTES)
    left = {row["of_lane"] for row in rows if not row["is_taken"]}
    parked = [
        Parked(
            row["lane"],
            row["seq"],
            row["event_id"],
            row["parked_at"],
            Record(
                topic=row["topic"],
                partition=row["partition"],
                offset=row["record_offset"],
                recorded_at=row["recorded_at"],
                key=row["key"],
                headers=headers_from_bytes(row["headers"]),
                value=row["value"],
            ),
        )
        for row in rows
        if row["is_taken"]
    ]
    return parked, left


async def unpark(connection: asyncpg.Connection, places: Sequence[tuple[str, int]]) -> None:
    """Forget parked records that were decided."""
    if places:
        await connection.execute(
            "delete from delivery.parked where (lane, seq) in "
            "(select * from unnest($1::text[], $2::bigint[]))",
            [lane for lane, _ in places],
            [seq for _, seq in places],
        )


async def let_go_on(connection: asyncpg.Connection, lanes: Iterable[str], now: datetime) -> None:
    """Open those lanes behind which nothing is parked; the rest of the others is tried at once."""
    names = sorted(set(lanes))
    if names:
        await connection.execute(_OPEN, names, now)
