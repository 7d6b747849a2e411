"""Counting the statements that a service sends, for a batch or beside it."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import structlog
from asyncpg.connection import LoggedQuery

from schemas.event import Event
from services.chassis import outbox
from services.chassis.background import Runtime
from services.chassis.migrate import migrate
from services.chassis.processor import Processor
from services.chassis.service import Service
from tests.support import ManualClock, record

E = TypeVar("E", bound=Event)
R = TypeVar("R")

_SAVEPOINT = re.compile(r"__asyncpg_savepoint_\w+__")


class CountedService:
    """A service on a database of its own, with every statement of its pool counted.

    What the pool sends when a connection goes back to it is counted too.
    """

    def __init__(self, service: Service[Any], url: str, clock: ManualClock | None = None) -> None:
        self.service = service
        self.clock = clock or ManualClock()
        self._url = url
        self._statements: list[str] = []

    async def start(self) -> None:
        """Migrate and connect, one connection for everything."""
        connection = await asyncpg.connect(self._url)
        await migrate(connection, self.service.migrations)
        await connection.close()
        statements = self._statements

        class Counted(asyncpg.Connection):  # type: ignore[misc]
            """Says what is copied into which table, of which the client tells no listener."""

            async def copy_records_to_table(self, table_name: str, **how: Any) -> str:
                statements.append(f"copy {table_name}")
                told: str = await super().copy_records_to_table(table_name, **how)
                return told

        self.pool = await asyncpg.create_pool(
            self._url, min_size=1, max_size=1, init=self._listen, connection_class=Counted
        )
        self.processor = Processor(self.service, self.pool, self.clock)
        self.runtime = Runtime(
            self.service.name,
            self.pool,
            self.clock,
            asyncio.Event(),
            structlog.wrap_logger(
                structlog.ReturnLogger(),
                wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
            ),
            lambda: None,
        )

    async def stop(self) -> None:
        """Disconnect."""
        await self.pool.close()

    async def _listen(self, connection: asyncpg.Connection) -> None:
        connection.add_query_logger(self._note)

    async def _note(self, query: LoggedQuery) -> None:
        """A statement that is sent once with a list of rows is executed for each of them."""
        times = len(query.args) if isinstance(query.args, list) else 1
        self._statements += [_flat(query.query)] * times

    async def during(self, work: Awaitable[R]) -> tuple[R, list[str]]:
        """What ``work`` comes to, and the statements that it took, in order."""
        self._statements.clear()
        done = await work
        return done, list(self._statements)

    async def hear(self, events: Sequence[Event]) -> list[str]:
        """One batch of ``events``; the statements that it took, in order.

        Raises ``AssertionError`` when any was not decided, since a refusal costs other statements.
        """
        self.clock.advance(timedelta(seconds=1))
        now = self.clock.now()
        batch, statements = await self.during(
            self.processor.process([record(each, occurred_at=now) for each in events])
        )
        reasons = {refusal.reason for _, refusal in batch.letters}
        assert batch.decided == len(events), f"{len(batch.to_park)} parked, refused for {reasons}"
        return statements

    async def said(self, kind: type[E]) -> list[E]:
        """Every event of a kind in the outbox, in order; then the outbox is empty of it."""
        connection = await asyncpg.connect(self._url)
        try:
            waiting = await outbox.unpublished(connection)
            rest = [record for record in waiting if record.topic != kind.TOPIC]
            await connection.execute("delete from delivery.outbox")
            await outbox.append(connection, rest)
        finally:
            await connection.close()
        return [kind.from_json(record.value) for record in waiting if record.topic == kind.TOPIC]


def _flat(statement: str) -> str:
    """A statement on one line; savepoints are all called the same."""
    return _SAVEPOINT.sub("savepoint", " ".join(statement.split()))
