"""The inbox: which inputs this service has already taken in."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from services.chassis.record import Delivery

_ADMIT = """
with admitted as (
    insert into delivery.inbox (event_id, received_at)
    select id, case when is_lasting then 'infinity' else now() end
    from unnest($1::uuid[], $2::boolean[]) as input (id, is_lasting)
    on conflict do nothing
    returning event_id
)
select event_id from admitted
where not exists (select 1 from delivery.dead_letter d where d.id = event_id)
"""
"""The inbox forgets in time; a dead letter stays. Whatever became of it, it stands for its record:
read again, that is decided a second time neither by itself nor beside its letter."""


async def admit(
    connection: asyncpg.Connection, ids: Sequence[UUID], lasting: Collection[UUID] = ()
) -> set[UUID]:
    """Remember ``ids``, those in ``lasting`` for ever, and return those that are new.

    Ids are inserted in order, so that two instances that hold the same records do not deadlock;
    one waits for the other and then finds nothing new.
    """
    by_number = {each.int: each for each in ids}
    if not by_number:
        return set()
    in_order = [by_number[number] for number in sorted(by_number)]
    rows = await connection.fetch(_ADMIT, in_order, [each in lasting for each in in_order])
    return {row["event_id"] for row in rows}


async def admit_deliveries(
    connection: asyncpg.Connection, deliveries: Sequence[Delivery], lasting_topics: Collection[str]
) -> set[UUID]:
    """Remember what was read; the identities of what is new.

    A topic that forgets nothing by age may bring a record at any time. What it said was superseded
    meanwhile: decided anew, it would stand, since the later record is known and says nothing more.
    So its records are known for ever.
    """
    lasting = {each.identity for each in deliveries if each.record.topic in lasting_topics}
    return await admit(connection, [each.identity for each in deliveries], lasting)


async def forget(connection: asyncpg.Connection, ids: Collection[UUID]) -> None:
    """Take back what this very transaction admitted and then did not decide."""
    if ids:
        await connection.execute("delete from delivery.inbox where event_id = any($1)", list(ids))
