"""The stage of these tests: a database that is wiped between histories, and a loop to step."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import pytest

from tests.delivery.protocol.schedule import Connections
from tests.delivery.protocol.world import LARGEST_TOTAL_CENTS, World, stepped_loop
from tests.delivery.till import (
    Counted,
    Deposit,
    Opened,
    Topics,
    prepare,
    till_service,
)
from tests.fixtures.postgres import DatabaseServer

SERVICE = till_service(Topics(Deposit, Opened, Counted))


@dataclass(frozen=True, slots=True)
class Stage:
    """Where histories are played."""

    loop: asyncio.AbstractEventLoop
    connections: Connections

    def world(self) -> World:
        """A world with the till's service; its tables must be empty."""
        return World(self.connections, SERVICE)


@pytest.fixture(scope="module")
async def url(postgres_server: DatabaseServer) -> AsyncIterator[str]:
    """A database for all histories of a module; each begins by emptying its tables."""
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(postgres_server.admin_url)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = postgres_server.url(name)
    await prepare(url)
    connection = await asyncpg.connect(url)
    await connection.execute(
        f"alter table till add constraint small check (cents < {LARGEST_TOTAL_CENTS})"
    )
    await connection.close()
    yield url
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture(scope="module")
def stage(url: str) -> Iterator[Stage]:
    """The stage of a module's histories."""
    with stepped_loop() as loop:
        connections = Connections(url)
        loop.run_until_complete(connections.open())
        yield Stage(loop, connections)
        loop.run_until_complete(connections.close())
