"""The inbox: which inputs this service has already taken in."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

_ADMIT = """
with admitted as (
    insert into delivery.inbox (event_id)
    select unnest($1::uuid[])
    on conflict do nothing
    returning event_id
)
select event_id from admitted
where not exists (select 1 from delivery.dead_letter d where d.id = event_id)
"""
"""The inbox forgets in time; a dead letter stays. Whatever became of it, it stands for its record:
read again, that is decided a second time neither by itself nor beside its letter."""


async def admit(connection: asyncpg.Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Remember ``ids`` and return those that are new.

    Ids are inserted in order, so that two instances that hold the same records do not deadlock;
    one waits for the other and then finds nothing new.
    """
    by_number = {each.int: each for each in ids}
    rows = await connection.fetch(_ADMIT, [by_number[number] for number in sorted(by_number)])
    return {row["event_id"] for row in rows}


async def forget(connection: asyncpg.Connection, ids: Collection[UUID]) -> None:
    """Take back what this very transaction admitted and then did not decide."""
    if ids:
        await connection.execute("delete from delivery.inbox where event_id = any($1)", list(ids))
