"""Where the dead letters are: each service's database, and the desk that deals with them."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from uuid import UUID

import asyncpg

from claimstream.dead_letters.outbox_room import OutboxRoom
from claimstream.stack.clock import stack_clock
from claimstream.stack.errors import StackError
from claimstream.stack.state import SERVICES, database_variable, require
from services.chassis import outbox
from services.chassis.dead_letters import DeadLetter, find_letter
from services.chassis.letter_desk import LetterDesk, Person
from services.chassis.processor import Processor
from services.chassis.settings import OutboxSettings, read_settings


@asynccontextmanager
async def database(service: str) -> AsyncIterator[asyncpg.Pool]:
    """A service's database, for the length of a block.

    Raises ``StackError`` when nobody says where it is.
    """
    url = require().database_urls.get(service)
    if url is None:
        raise StackError(f"Set {database_variable(service)} to the database of {service}.")
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2, command_timeout=30)
    try:
        yield pool
    finally:
        await pool.close()


async def find(letter_id: UUID) -> tuple[str, DeadLetter] | None:
    """A letter and the service whose it is."""
    for service in SERVICES:
        async with database(service) as pool, pool.acquire() as connection:
            letter = await find_letter(connection, letter_id)
            if letter is not None:
                return service, letter
    return None


def desk(service: str, pool: asyncpg.Pool) -> LetterDesk:
    """The desk of a service under this release's rules and this environment's settings."""
    own = import_module(f"services.{service}.app").service()
    return Processor(own, pool, stack_clock()).desk


def outbox_room(pool: asyncpg.Pool) -> OutboxRoom:
    """The room in a service's outbox under this environment's watermark."""

    async def depth() -> int:
        async with pool.acquire() as connection:
            return await outbox.depth(connection)

    return OutboxRoom(read_settings(OutboxSettings).outbox_watermark, depth)


def person(role: str, reason: str = "") -> Person:
    """Whoever is logged in."""
    return Person(getpass.getuser(), role, reason)
