"""Retention: what a service may forget is forgotten by sweeps, a few pages in one transaction.

Two things only. Ids in the inbox, once no topic, and no replay of one from a backup, can bring
their records again. And what settled dead letters and their repaired copies held, which is PHI that
nothing needs any more; the letter stays, with its reason and who settled it. Everything else is a
record of care or money and stays (45 CFR 164.316(b)(2)(i): six years; 42 CFR 422.504(d): ten), or
is gone when it is done.

Compacted topics keep the last record of each key for ever, and superseded ones until the broker
comes round to them: their ids are never forgotten (``inbox``). An input that became a dead letter
is known by the letter, for ever.

A sweep walks a table from its first page to its last: letters once a day, the inbox once a week,
which costs an event less than the index by time that each would have to keep. How far it came lies
in the database: any instance makes the next step, one at a time, and a kill loses nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from schemas.catalogue import topics
from services.chassis.record import headers_to_bytes

STEP_PAGES = 64
_LOCK = 0x7377656570

_POSITION = """
select next_block,
       began_at <= now() - make_interval(days => $2) or began_at > now() as due
from delivery.sweep where name = $1
"""
_BEFORE = "select least($1::timestamptz, now()) - make_interval(days => $2)"
_BEGIN = """
insert into delivery.sweep (name, next_block, began_at, gone) values ($1, 0, now(), 0)
on conflict (name) do update set next_block = 0, began_at = now(), gone = 0
"""
_MOVE = """
update delivery.sweep set next_block = $2, gone = gone + $3 where name = $1 returning gone
"""
_PAGES = """
select pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint
"""

_INBOX = """
with gone as (
    delete from delivery.inbox
    where ctid >= $1 and ctid < $2 and received_at < $3
    returning 1
)
select count(*) from gone
"""
_LETTERS = """
with gone as (
    update delivery.dead_letter
    set key = null, headers = $5, value = null, removed_at = now()
    where ctid >= $1 and ctid < $2 and status <> 'open' and removed_at is null
      and resolved_at < $3 and topic = any($4::text[]) and partition is not null
      and not exists (select from delivery.parked p where p.event_id = dead_letter.id)
    returning id
), copies as (
    update delivery.dead_letter_repair r set key = null, headers = $5, value = null
    from gone where r.letter_id = gone.id
)
select count(*) from gone
"""
"""Letters of our own events, which have no partition, are the only copy of a decision: they stay.
So do letters of topics that never forget: such a record may be read again at any time. One whose
repaired copy waits under another key keeps what it holds until that is decided, since it is open
again where that is refused."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days inputs are remembered, and what settled letters of ``topics`` held."""

    inbox_days: int
    dead_letter_days: int
    topics: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Sweep:
    """A table of ``delivery`` and what is forgotten of it after ``days``."""

    table: str
    forget: str
    days: int
    every_days: int
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Swept:
    """What one step of a sweep forgot, and the whole sweep so far."""

    what: str
    gone: int
    gone_so_far: int
    is_through: bool


def forgetful_topics(names: Collection[str]) -> dict[str, int]:
    """Those of some topics that forget their records, each with the days that it keeps them."""
    return {
        topic.name: topic.retention_days
        for topic in topics()
        if topic.name in names and topic.retention_days >= 0 and not topic.compaction
    }


def lasting_topics(names: Collection[str]) -> frozenset[str]:
    """Those of some topics of the catalogue that forget nothing by age."""
    known = {topic.name for topic in topics() if topic.name in names}
    return frozenset(known - forgetful_topics(known).keys())


def longest_topic_days() -> int:
    """The longest time that any topic may hold a record which it does forget, in days.

    A record goes with its segment, up to a day after its own time (``claimstream.topics.plan``).
    """
    return max(forgetful_topics({topic.name for topic in topics()}).values()) + 1


async def sweep(
    pool: asyncpg.Pool, retention: Retention, now: datetime, *, pages: int = STEP_PAGES
) -> Swept | None:
    """Make the next step of a sweep, in a transaction of its own; ``None`` when none is due.

    ``now`` is the service's clock; the older of it and the database's counts, so that one clock
    that is wrong forgets nothing too early. While another instance makes a step, none is due here.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return None
        for each in _sweeps(retention):
            block = await _next_block(connection, each)
            if block is not None:
                return await _step(connection, each, block, now, pages)
    return None


def _sweeps(retention: Retention) -> tuple[_Sweep, ...]:
    letters = (list(retention.topics), headers_to_bytes([]))
    return (
        _Sweep("inbox", _INBOX, retention.inbox_days, 7),
        _Sweep("dead_letter", _LETTERS, retention.dead_letter_days, 1, letters),
    )


async def _step(
    connection: asyncpg.Connection, each: _Sweep, block: int, now: datetime, pages: int
) -> Swept:
    end = min(block + pages, await connection.fetchval(_PAGES, f"delivery.{each.table}"))
    before = await connection.fetchval(_BEFORE, now, each.days)
    gone = await connection.fetchval(each.forget, (block, 0), (end, 0), before, *each.arguments)
    is_through = end < block + pages
    so_far = await connection.fetchval(_MOVE, each.table, None if is_through else end, gone)
    return Swept(each.table, gone, so_far, is_through)


async def _next_block(connection: asyncpg.Connection, each: _Sweep) -> int | None:
    """Where the sweep goes on, or begins; ``None`` when the last one began not long ago."""
    row = await connection.fetchrow(_POSITION, each.table, each.every_days)
    if row is not None and row["next_block"] is not None:
        block: int = row["next_block"]
        return block
    if row is not None and not row["due"]:
        return None
    await connection.execute(_BEGIN, each.table)
    return 0
