"""Durable deadlines: rows with a due time, taken in order, on whatever clock is passed in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from schemas.event_id import caused_event_text, text_of
from services.chassis.effects import Deadline
from services.chassis.incoming import DeadlineDue, Incoming
from services.chassis.record import Delivery, Record

DEADLINE_TOPIC = "deadline:"
_LOCK = 0x646561646C
_KEEP = """
insert into delivery.deadline (id, kind, practice_id, key, due_at, payload)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
on conflict (id) do nothing
"""

_HOLD = """
insert into delivery.deadline (id, kind, practice_id, key, due_at, payload, held_until)
select d.*, $7::timestamptz
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) as d
"""

_TAKE = """
delete from delivery.deadline
where id = any(array(
    select id from delivery.deadline
    where due_at <= $1 and (held_until is null or held_until <= $1)
    order by due_at, id limit $2 for update skip locked
))
returning *
"""


_ANYTHING_DUE = """
select true from delivery.deadline
where due_at <= $1 and (held_until is null or held_until <= $1)
order by due_at, id limit 1
"""


async def keep(connection: asyncpg.Connection, deadlines: Sequence[tuple[UUID, Deadline]]) -> None:
    """Write deadlines, each with the id of what caused it."""
    if not deadlines:
        return
    await connection.execute(
        _KEEP,
        [
            caused_event_text(text_of(cause), f"deadline:{deadline.kind}", deadline.key)
            for cause, deadline in deadlines
        ],
        [deadline.kind for _, deadline in deadlines],
        [deadline.practice_id for _, deadline in deadlines],
        [deadline.key for _, deadline in deadlines],
        [deadline.due_at for _, deadline in deadlines],
        [orjson.dumps(dict(deadline.payload)).decode() for _, deadline in deadlines],
    )


async def anything_due(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a deadline has passed."""
    return await connection.fetchval(_ANYTHING_DUE, now) is not None


async def take_due(
    connection: asyncpg.Connection, now: datetime, most: int
) -> list[Incoming[DeadlineDue]]:
    """Take deadlines that have passed, earliest first, within the caller's transaction.

    One transaction at a time takes any, so that those of one key are acted upon in order.
    """
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
        return []
    rows = await connection.fetch(_TAKE, now, most)
    rows.sort(key=lambda row: (row["due_at"], row["id"]))
    return [
        _incoming(
            row["id"],
            DeadlineDue(
                kind=row["kind"],
                practice_id=row["practice_id"],
                key=row["key"],
                due_at=row["due_at"],
                payload=orjson.loads(row["payload"]),
            ),
        )
        for row in rows
    ]


async def wait_turn(connection: asyncpg.Connection) -> None:
    """Wait until no other transaction takes deadlines; none other does until this one ends."""
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)


async def hold(
    connection: asyncpg.Connection, held: Sequence[Incoming[DeadlineDue]], until: datetime
) -> None:
    """Put deadlines back that were taken, as they were, and let them be until ``until``."""
    if not held:
        return
    await connection.execute(
        _HOLD,
        [each.event_id for each in held],
        [each.event.kind for each in held],
        [each.event.practice_id for each in held],
        [each.event.key for each in held],
        [each.event.due_at for each in held],
        [orjson.dumps(dict(each.event.payload)).decode() for each in held],
        until,
    )


def _incoming(deadline_id: UUID, due: DeadlineDue) -> Incoming[DeadlineDue]:
    return Incoming(
        event_id=deadline_id,
        topic=f"{DEADLINE_TOPIC}{due.kind}",
        key=f"{due.practice_id}:{due.key}",
        event=due,
        occurred_at=due.due_at,
    )


def from_letter(deadline_id: UUID, value: bytes) -> Incoming[DeadlineDue]:
    """A deadline as a dead letter kept it."""
    return _incoming(deadline_id, DeadlineDue.model_validate_json(value))


def postponed(due: DeadlineDue, due_at: datetime) -> Deadline:
    """The same deadline, later."""
    return Deadline(due.kind, due.practice_id, due.key, due_at, due.payload)


def deadline_delivery(incoming: Incoming[DeadlineDue]) -> Delivery:
    """A deadline as the processor takes it: a record that lies on no topic and blocks no lane."""
    record = Record(
        topic=incoming.topic,
        partition=0,
        offset=0,
        recorded_at=incoming.event.due_at,
        key=incoming.key.encode(),
        headers=[],
        value=incoming.event.model_dump_json().encode(),
    )
    return Delivery(record, None, incoming.event_id, incoming, None)
