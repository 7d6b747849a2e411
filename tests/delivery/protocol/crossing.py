"""Two pieces of work of one service, crossed at every await of the first, on a real database."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from schemas.event import Event
from services.chassis.clock import Clock
from services.chassis.incoming import Command
from services.chassis.processor import Processor
from services.chassis.service import Service
from tests.delivery.protocol.schedule import Connections, Driver, Operation, PoolProxy
from tests.fixtures.postgres import DatabaseServer
from tests.support import record

Work: TypeAlias = Callable[[Any], Coroutine[Any, Any, Any]]
"""What one process does with the pool that it is given."""

MOST_GATES = 400


def hearing(service: Service[Any], clock: Clock, *events: Event) -> Work:
    """One batch of these events."""

    async def work(pool: Any) -> None:
        await Processor(service, pool, clock).process([record(each) for each in events])

    return work


def acting(service: Service[Any], clock: Clock, command: Command) -> Work:
    """A person's decision."""

    async def work(pool: Any) -> None:
        await Processor(service, pool, clock).act(command)

    return work


class Crossing:
    """Two processes of a service. Nothing may be left to explain: every error is raised."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections

    async def at_every_await(
        self, scene: Callable[[int], Awaitable[tuple[Work, Work]]]
    ) -> tuple[int, int]:
        """Let each work stand still at each of its awaits while the other is done.

        ``scene`` gives both works, about things that no scene before has touched. Returns how many
        scenes were played, and in how many the one waited for the other.
        """
        scenes = waited = 0
        for order in (1, -1):
            gates, ended = 0, False
            while not ended:
                one, two = (await scene(scenes))[::order]
                ended, blocked = await self._cross(one, two, gates)
                waited += blocked
                scenes += 1
                gates += 1
        return scenes, waited

    async def _cross(self, one: Work, two: Work, gates: int) -> tuple[bool, bool]:
        """Whether ``one`` ended before that many awaits, and whether ``two`` had to wait for it."""
        driver = Driver(self.connections)
        first = await self._begin(driver, "first", one)
        await driver.advance(first, gates)
        ended = first.done
        second = await self._begin(driver, "second", two)
        await driver.advance(second, MOST_GATES)
        blocked = not second.done
        while driver.under_way:
            await driver.advance(next(each for each in driver.under_way if each.movable), 1)
        first.task.result()
        second.task.result()
        return ended, blocked

    async def _begin(self, driver: Driver, name: str, work: Work) -> Operation:
        operation = Operation(name, name, 0, None)
        await driver.begin(operation, work(PoolProxy(self.connections)))
        return operation


@asynccontextmanager
async def crossing(server: DatabaseServer, pool: asyncpg.Pool) -> AsyncIterator[Crossing]:
    """A crossing on the database of ``pool``."""
    connections = Connections(server.url(await pool.fetchval("select current_database()")))
    await connections.open()
    try:
        yield Crossing(connections)
    finally:
        await connections.close()
