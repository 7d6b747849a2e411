"""Which instances of a service run, as each says in its database, for people's commands to ask."""

from time import monotonic

import asyncpg

_SAY_EVERY_SECONDS = 5
_SAY = """
with gone as (
    delete from delivery.instance where seen_at < now() - interval '1 day'
)
insert into delivery.instance (name, state) values ($1, $2)
on conflict (name) do update set state = excluded.state, seen_at = excluded.seen_at
"""
_PRESENT = """
select name, state from delivery.instance
where seen_at > now() - interval '20 seconds' order by name
"""


class Presence:
    """Says now and then that an instance runs."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._say_at = 0.0

    async def say(self, connection: asyncpg.Connection, state: str) -> None:
        """Say so, where it has not been said for a while; ``state`` is what health says."""
        if monotonic() < self._say_at:
            return
        await connection.execute(_SAY, self._instance, state)
        self._say_at = monotonic() + _SAY_EVERY_SECONDS

    async def leave(self, connection: asyncpg.Connection) -> None:
        """Say that it is gone."""
        await connection.execute("delete from delivery.instance where name = $1", self._instance)


async def present(connection: asyncpg.Connection) -> dict[str, str]:
    """The states of the instances that said lately that they run."""
    return {row["name"]: row["state"] for row in await connection.fetch(_PRESENT)}
