"""Where the dead letters are: each service's database, and the desk that deals with them."""

import getpass
from collections.abc import AsyncIterator, Iterable
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
from services.chassis.presence import present
from services.chassis.processor import Patience, Processor
from services.chassis.settings import DecidingSettings, read_settings


class ManyServicesError(StackError):
    """Several services have a letter open under one id; the message names them."""

    def __init__(self, letter_id: UUID, services: list[str]) -> None:
        names = ", ".join(services)
        super().__init__(f"{letter_id} is an open dead letter of {names}: say --service.")


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


async def find(letter_id: UUID, services: Iterable[str] = SERVICES) -> list[tuple[str, DeadLetter]]:
    """A letter in each service that has it: those that read one topic set a record aside alike."""
    found: list[tuple[str, DeadLetter]] = []
    for service in services:
        async with database(service) as pool, pool.acquire() as connection:
            letter = await find_letter(connection, letter_id)
        if letter is not None:
            found.append((service, letter))
    return found


async def the_one(letter_id: UUID, services: Iterable[str] = SERVICES) -> tuple[str, DeadLetter]:
    """The letter that is open, and whose it is; one that is settled where none is.

    Raises ``LookupError`` where there is none, ``ManyServicesError`` where several have it open.
    """
    found = await find(letter_id, services)
    if not found:
        raise LookupError(f"there is no dead letter {letter_id}")
    still = [each for each in found if each[1].status == "open"]
    if len(still) > 1:
        raise ManyServicesError(letter_id, [service for service, _ in still])
    return (still or found)[0]


def desk(service: str, pool: asyncpg.Pool) -> LetterDesk:
    """The desk of a service under this release's rules and this environment's settings."""
    own = import_module(f"services.{service}.app").service()
    settings = read_settings(DecidingSettings)
    patience = Patience(settings.reference_limit, settings.retry_after)
    return Processor(own, pool, stack_clock(), patience=patience).desk


async def is_running(pool: asyncpg.Pool) -> bool:
    """Whether an instance of the service runs, which can be asked to redrive."""
    async with pool.acquire() as connection:
        return bool(await present(connection))


def outbox_room(pool: asyncpg.Pool) -> OutboxRoom:
    """The room in a service's outbox under this environment's watermark."""

    async def depth() -> int:
        async with pool.acquire() as connection:
            return await outbox.depth(connection)

    return OutboxRoom(read_settings(DecidingSettings).outbox_watermark, depth)


def person(role: str, reason: str = "") -> Person:
    """Whoever is logged in."""
    return Person(getpass.getuser(), role, reason)
