"""What was set aside and what waits behind it, as a person asks for it: filters and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.dead_letters import COLUMNS, DeadLetter, letter_of_row

_OF_KEY = """
($3::text is null or substr({lane}, strpos({lane}, '|') + 1) = $3
 or right({lane}, length($3) + 1) = ':' || $3)
"""
_MATCH = f"""
where ($1 = 'all' or status = $1) and ($2::text is null or topic = $2)
  and {_OF_KEY.format(lane="lane")}
  and ($4::text is null or reason = $4)
  and ($5::timestamptz is null or failed_at <= $5)
  and ($6::timestamptz is null or failed_at >= $6)
"""
_LIST = f"""
select {COLUMNS} from (
    select * from delivery.dead_letter {_MATCH} order by failed_at, id limit $7
) held order by failed_at, id
"""
_IDS = f"""
select id from (
    select id, failed_at, min(coalesce(tried_at, '-infinity'))
        over (partition by coalesce(lane, id::text)) as tried_at
    from delivery.dead_letter {_MATCH}
) matched order by tried_at, failed_at, id
"""
"""Of one lane the earlier letter comes first: a later one cannot go on before it."""

_PARKED = f"""
select p.lane, p.event_id, p.topic, p.partition, p.record_offset, p.parked_at,
       b.waiting_for, b.blocked_at, b.dead_letter_id, d.reason, p.place
from (select *, row_number() over (partition by lane order by seq) as place
      from delivery.parked) p
left join delivery.blocked_lane b using (lane)
left join delivery.dead_letter d on d.id = b.dead_letter_id
where ($1::uuid is null or b.dead_letter_id = $1) and ($2::text is null or p.topic = $2)
  and {_OF_KEY.format(lane="p.lane")}
  and ($4::uuid is null or p.event_id = $4)
  and ($6::timestamptz is null or p.parked_at <= $6)
  and ($7::timestamptz is null or p.parked_at >= $7)
order by b.blocked_at, p.lane, p.seq limit $5
"""
_LANES = f"""
select b.lane, b.waiting_for, b.blocked_at,
       (select count(*) from delivery.parked p where p.lane = b.lane) as parked
from delivery.blocked_lane b
where b.dead_letter_id is null and {_OF_KEY.format(lane="b.lane")}
  and ($2::text is null or exists (
      select 1 from delivery.parked p where p.lane = b.lane and p.topic = $2))
  and ($4::timestamptz is null or b.blocked_at <= $4)
  and ($5::timestamptz is null or b.blocked_at >= $5)
order by b.blocked_at limit $1
"""
_COUNTS = f"""
select topic, reason,
       count(*) filter (where status = 'open') as open,
       count(*) filter (where status = 'resolved') as resolved,
       count(*) filter (where status = 'dismissed') as dismissed,
       count(*) filter (where status = 'open' and exists
           (select 1 from delivery.dead_letter_repair r where r.letter_id = l.id)) as repaired,
       coalesce(sum((
           select count(*) from delivery.blocked_lane b join delivery.parked p using (lane)
           where b.lane = l.lane and b.dead_letter_id = l.id)), 0)::bigint as behind,
       min(failed_at) filter (where status = 'open') as oldest
from delivery.dead_letter l {_MATCH} group by topic, reason order by open desc, topic, reason
"""
"""Of several letters of one lane what waits is counted with the first, which it waits for."""

_WAITS = """
select split_part(b.waiting_for, ':', 1) as kind, count(*) as lanes, min(b.blocked_at) as oldest,
       coalesce(sum((select count(*) from delivery.parked p where p.lane = b.lane)), 0)::bigint
           as events
from delivery.blocked_lane b where b.waiting_for is not null group by 1 order by 1
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters: each part that is given must hold.

    ``status`` is open, resolved, dismissed or all. ``key`` is a whole key or what follows its
    practice. ``failed_before`` and ``failed_after`` bound when they were set aside first.
    """

    status: str = "open"
    topic: str | None = None
    key: str | None = None
    reason: str | None = None
    failed_before: datetime | None = None
    failed_after: datetime | None = None

    def arguments(self) -> tuple[Any, ...]:
        return (
            self.status,
            self.topic,
            self.key,
            self.reason,
            self.failed_before,
            self.failed_after,
        )


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """A record that waits: its ``place`` in its lane from 1 on, for what, and since when.

    It waits for the letter ``letter_id``, which has ``reason``, or for the reference
    ``waiting_for``; for neither where its lane is about to go on.
    """

    lane: str
    place: int
    event_id: UUID
    topic: str
    partition: int
    offset: int
    parked_at: datetime
    blocked_at: datetime | None
    waiting_for: str | None
    letter_id: UUID | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class WaitingLane:
    """A lane that waits for a reference, or is about to go on; ``parked`` records are in it."""

    lane: str
    waiting_for: str | None
    blocked_at: datetime
    parked: int


@dataclass(frozen=True, slots=True)
class Count:
    """Letters of one topic and reason, by status; ``behind`` records wait behind the open ones."""

    topic: str
    reason: str
    open: int
    repaired: int
    behind: int
    resolved: int
    dismissed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Lanes and events that wait for references of one kind."""

    kind: str
    lanes: int
    events: int
    oldest: datetime


async def list_letters(
    connection: asyncpg.Connection, wanted: Filter, most: int = 1000
) -> list[DeadLetter]:
    """Letters, those set aside first before others, without what they hold."""
    rows = await connection.fetch(_LIST, *wanted.arguments(), most)
    return [letter_of_row(row) for row in rows]


async def letter_ids(connection: asyncpg.Connection, wanted: Filter) -> list[UUID]:
    """The ids of every letter that matches; keys with one not tried again yet come first."""
    rows = await connection.fetch(_IDS, *wanted.arguments())
    return [row["id"] for row in rows]


async def statuses(connection: asyncpg.Connection, wanted: Sequence[UUID]) -> dict[UUID, str]:
    """The status of those of some ids that are letters here, the earliest letter first."""
    rows = await connection.fetch(
        "select id, status from delivery.dead_letter where id = any($1::uuid[]) "
        "order by failed_at, id",
        list(wanted),
    )
    return {row["id"]: row["status"] for row in rows}


async def parked_events(
    connection: asyncpg.Connection,
    *,
    letter_id: UUID | None = None,
    topic: str | None = None,
    key: str | None = None,
    event_id: UUID | None = None,
    parked_before: datetime | None = None,
    parked_after: datetime | None = None,
    most: int = 1000,
) -> list[ParkedEvent]:
    """Records that wait, lane by lane and in order; those behind ``letter_id`` where given."""
    rows = await connection.fetch(
        _PARKED, letter_id, topic, key, event_id, most, parked_before, parked_after
    )
    return [
        ParkedEvent(
            lane=row["lane"],
            place=row["place"],
            event_id=row["event_id"],
            topic=row["topic"],
            partition=row["partition"],
            offset=row["record_offset"],
            parked_at=row["parked_at"],
            blocked_at=row["blocked_at"],
            waiting_for=row["waiting_for"],
            letter_id=row["dead_letter_id"],
            reason=row["reason"],
        )
        for row in rows
    ]


async def waiting_lanes(
    connection: asyncpg.Connection, wanted: Filter, most: int = 200
) -> list[WaitingLane]:
    """Lanes that wait for a reference, longest first; none where a letter's reason is asked for."""
    if wanted.reason is not None:
        return []
    rows = await connection.fetch(
        _LANES, most, wanted.topic, wanted.key, wanted.failed_before, wanted.failed_after
    )
    return [
        WaitingLane(row["lane"], row["waiting_for"], row["blocked_at"], row["parked"])
        for row in rows
    ]


async def counts(connection: asyncpg.Connection, wanted: Filter) -> list[Count]:
    """Letters by topic and reason, most open first."""
    rows = await connection.fetch(_COUNTS, *wanted.arguments())
    return [Count(**dict(row)) for row in rows]


async def waits(connection: asyncpg.Connection) -> list[Wait]:
    """What waits for references, by kind of reference."""
    return [Wait(**dict(row)) for row in await connection.fetch(_WAITS)]
