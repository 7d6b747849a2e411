"""A service that adds deposits up: what a fifth service needs to bring, and nothing more."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import asyncpg
import structlog

from schemas.event import Event
from schemas.values import Cents, Id
from services.chassis.clock import RealClock
from services.chassis.effects import Effects, Refused, Waiting, reference
from services.chassis.incoming import Command, DeadlineDue, Incoming
from services.chassis.migrate import migrate
from services.chassis.runtime import run_service
from services.chassis.service import Service
from services.chassis.settings import ChassisSettings
from services.chassis.workspace import Rows, Workspace

MIGRATIONS = Path(__file__).parent / "till_migrations"

_SAVE_TOTALS = """
with kept as materialized (
    select * from unnest($1::text[], $2::int[], $3::bigint[], $4::boolean[])
        as k (key, number, cents, is_new)
), added as (
    insert into till (key, number, cents) select key, number, cents from kept where is_new
)
update till t set number = k.number, cents = k.cents from kept k
where not k.is_new and t.key = k.key
"""


class Deposit(Event):
    """Money put into a till; a negative amount is refused by a rule."""

    TOPIC: ClassVar[str] = "till.deposit.v1"
    KEY_FIELD: ClassVar[str] = "till_id"

    till_id: Id
    number: int
    amount_cents: Cents
    needs: str = ""


class Opened(Event):
    """A reference that deposits may wait for."""

    TOPIC: ClassVar[str] = "till.opened.v1"
    KEY_FIELD: ClassVar[str] = "name"

    name: Id


class Counted(Event):
    """What the till holds after a deposit."""

    TOPIC: ClassVar[str] = "till.counted.v1"
    KEY_FIELD: ClassVar[str] = "till_id"

    till_id: Id
    number: int
    total_cents: Cents


class Adjust(Command):
    """A person corrects a till."""

    till_id: str
    amount_cents: int

    @property
    def key(self) -> str:
        return f"{self.practice_id}:{self.till_id}"


@dataclass(frozen=True)
class Topics:
    """One test's own topics: contracts like the above, under names that no other test uses."""

    deposit: type[Deposit]
    opened: type[Opened]
    counted: type[Counted]

    @classmethod
    def named(cls, suffix: str) -> "Topics":
        def renamed(contract: type[Any]) -> Any:
            return type(
                contract.__name__,
                (contract,),
                {
                    "TOPIC": f"{contract.TOPIC}.{suffix}",
                    "__module__": __name__,
                    "__annotations__": {"TOPIC": ClassVar[str]},
                },
            )

        return cls(renamed(Deposit), renamed(Opened), renamed(Counted))


@dataclass(frozen=True, slots=True)
class Total:
    number: int
    cents: int


class TillWorkspace(Workspace):
    def __init__(self) -> None:
        self.totals: Rows[str, Total] = Rows()
        self.opened: Rows[str, bool] = Rows()


def till_service(topics: Topics, name: str = "till") -> Service[TillWorkspace]:
    def deposit(work: TillWorkspace, incoming: Incoming[Deposit], _now: datetime) -> Effects:
        event = incoming.event
        if event.amount_cents < 0:
            raise Refused("negative_deposit", "a deposit is at least zero")
        if event.needs and not work.opened.get(event.needs):
            raise Waiting(reference("till", event.practice_id, event.needs))
        before = work.totals.get(incoming.key) or Total(0, 0)
        if event.number == 666:
            raise KeyError("Jane Roe")
        after = Total(event.number, before.cents + event.amount_cents)
        work.totals[incoming.key] = after
        effects = Effects()
        effects.emit(_counted(topics, event.practice_id, event.till_id, after))
        if event.number == 99:
            effects.schedule("close", event.practice_id, event.till_id, _now + timedelta(days=1))
        return effects

    def opened(work: TillWorkspace, incoming: Incoming[Opened], _now: datetime) -> Effects:
        work.opened[incoming.event.name] = True
        effects = Effects()
        effects.arrived(reference("till", incoming.event.practice_id, incoming.event.name))
        return effects

    def adjust(work: TillWorkspace, incoming: Incoming[Adjust], _now: datetime) -> Effects:
        command = incoming.event
        if command.role != "owner":
            raise Refused("role_missing", "only an owner adjusts a till")
        before = work.totals.get(command.key) or Total(0, 0)
        after = Total(before.number, before.cents + command.amount_cents)
        work.totals[command.key] = after
        effects = Effects()
        effects.emit(_counted(topics, command.practice_id, command.till_id, after))
        return effects

    def close(work: TillWorkspace, incoming: Incoming[DeadlineDue], _now: datetime) -> Effects:
        before = work.totals.get(incoming.key) or Total(0, 0)
        after = Total(before.number, 0)
        work.totals[incoming.key] = after
        effects = Effects()
        event = incoming.event
        effects.emit(_counted(topics, event.practice_id, event.key, after))
        return effects

    return Service(
        name=name,
        subscriptions={topics.deposit.TOPIC: topics.deposit, topics.opened.TOPIC: topics.opened},
        handlers={topics.deposit: deposit, topics.opened: opened, Adjust: adjust},
        deadline_handlers={"close": close},
        migrations=MIGRATIONS,
        load=_load,
        save=_save,
    )


def _counted(topics: Topics, practice_id: str, till_id: str, total: Total) -> Counted:
    return topics.counted(
        practice_id=practice_id, till_id=till_id, number=total.number, total_cents=total.cents
    )


async def _load(connection: asyncpg.Connection, incoming: Sequence[Incoming[Any]]) -> TillWorkspace:
    work = TillWorkspace()
    keys = sorted({each.key for each in incoming})
    rows = await connection.fetch(
        "select key, number, cents from till where key = any($1::text[]) order by key for update",
        keys,
    )
    work.totals.fill({row["key"]: Total(row["number"], row["cents"]) for row in rows})
    names = sorted({getattr(each.event, "needs", "") for each in incoming})
    rows = await connection.fetch("select name from opened where name = any($1::text[])", names)
    work.opened.fill({row["name"]: True for row in rows})
    return work


async def _save(connection: asyncpg.Connection, work: TillWorkspace) -> None:
    totals = sorted(work.totals.changed().items())
    await connection.execute(
        _SAVE_TOTALS,
        [key for key, _ in totals],
        [total.number for _, total in totals],
        [total.cents for _, total in totals],
        [work.totals.is_new(key) for key, _ in totals],
    )
    await connection.execute(
        "insert into opened select unnest($1::text[]) on conflict do nothing",
        list(work.opened.changed()),
    )


async def prepare(url: str) -> None:
    """Bring an empty database to the till's schema."""
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, MIGRATIONS)
    finally:
        await connection.close()


@asynccontextmanager
async def running(
    topics: Topics, bootstrap: str, database_url: str, *, name: str, **more: Any
) -> AsyncIterator[None]:
    """The service, running in this process until the block ends."""
    until = asyncio.Event()
    settings = ChassisSettings(kafka_bootstrap=bootstrap, **more)
    task = asyncio.create_task(
        run_service(
            till_service(topics, name),
            database_url,
            until,
            settings=settings,
            clock=RealClock(),
            log=structlog.get_logger(),
        )
    )
    try:
        yield
    finally:
        until.set()
        await task


def fresh_name() -> str:
    return f"till-{uuid4().hex[:8]}"
