"""Durable deadlines: rows with a due time, taken in order, on whatever clock is passed in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from schemas.event_id import caused_event_id
from services.chassis.effects import Deadline
from services.chassis.incoming import DeadlineDue, Incoming

_KEEP = """
insert into delivery.deadline (id, kind, practice_id, key, due_at, payload)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
on conflict (id) do nothing
"""

_TAKE = """
delete from delivery.deadline
where id in (
    select id from delivery.deadline where due_at <= $1
    order by due_at, id limit $2 for update skip locked
)
returning *
"""


async def keep(connection: asyncpg.Connection, deadlines: Sequence[tuple[UUID, Deadline]]) -> None:
    """Write deadlines, each with the id of what caused it."""
    if not deadlines:
        return
    await connection.execute(
        _KEEP,
        [
            caused_event_id(cause, f"deadline:{deadline.kind}", deadline.key)
            for cause, deadline in deadlines
        ],
        [deadline.kind for _, deadline in deadlines],
        [deadline.practice_id for _, deadline in deadlines],
        [deadline.key for _, deadline in deadlines],
        [deadline.due_at for _, deadline in deadlines],
        [orjson.dumps(dict(deadline.payload)).decode() for _, deadline in deadlines],
    )


async def take_due(
    connection: asyncpg.Connection, now: datetime, most: int
) -> list[Incoming[DeadlineDue]]:
    """Take deadlines that have passed, earliest first, within the caller's transaction."""
    rows = await connection.fetch(_TAKE, now, most)
    rows.sort(key=lambda row: (row["due_at"], row["id"]))
    return [
        Incoming(
            event_id=row["id"],
            topic=f"deadline:{row['kind']}",
            key=f"{row['practice_id']}:{row['key']}",
            event=DeadlineDue(
                kind=row["kind"],
                practice_id=row["practice_id"],
                key=row["key"],
                due_at=row["due_at"],
                payload=orjson.loads(row["payload"]),
            ),
            occurred_at=row["due_at"],
        )
        for row in rows
    ]
