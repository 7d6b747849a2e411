"""Which instances of a service run, as each says in its database, for people's commands to ask."""

from time import monotonic

import asyncpg

_SAY_EVERY_SECONDS = 5
_SAY = """
with gone as (
    delete from delivery.instance
    where seen_at not between now() - interval '1 day' and now() + interval '1 minute'
)
insert into delivery.instance (name, state) values ($1, $2)
on conflict (name) do update set state = excluded.state, seen_at = excluded.seen_at
"""
_PRESENT = """
select name, state from delivery.instance
where seen_at between now() - make_interval(secs => $1) and now() + interval '1 minute'
order by name
"""


class Presence:
    """Says now and then that an instance runs."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._say_at = 0.0
        self._said = ""

    async def say(self, connection: asyncpg.Connection, state: str) -> None:
        """Say so, where that has not been said for a while; ``state`` is what it is doing."""
        if state == self._said and monotonic() < self._say_at:
            return
        await connection.execute(_SAY, self._instance, state)
        self._said = state
        self._say_at = monotonic() + _SAY_EVERY_SECONDS

    async def leave(self, connection: asyncpg.Connection) -> None:
        """Say that it is gone."""
        await connection.execute("delete from delivery.instance where name = $1", self._instance)


async def present(connection: asyncpg.Connection, *, lately_seconds: int = 20) -> dict[str, str]:
    """The states of the instances that said lately that they run."""
    rows = await connection.fetch(_PRESENT, lately_seconds)
    return {row["name"]: row["state"] for row in rows}
