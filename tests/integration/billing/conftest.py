"""Billing on a database of the test's own, on a clock that the test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from schemas.event import Event
from services.billing.app import service_under
from services.billing.domain.rules import Rules
from services.billing.verification import ledger_findings
from services.chassis import outbox
from services.chassis.incoming import Command
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record
from tests.told_events import books
from tests.unit.billing.desk import NOON, test_rules

E = TypeVar("E", bound=Event)


@dataclass
class Running:
    """The service, driven by hand: no broker, a real database."""

    pool: asyncpg.Pool
    clock: ManualClock
    rules: Rules = field(default_factory=test_rules)

    def __post_init__(self) -> None:
        self.processor = Processor(service_under(self.rules), self.pool, self.clock)

    async def hear(self, *events: Event) -> Batch:
        """One batch of these events, at the clock's time."""
        now = self.clock.now()
        return await self.processor.process([record(each, occurred_at=now) for each in events])

    async def act(self, command: Command) -> None:
        await self.processor.act(command)

    async def pass_days(self, days: int) -> int:
        """Let days pass, and act on every deadline of each."""
        acted = 0
        for _ in range(days):
            self.clock.advance(timedelta(days=1))
            acted += await self.processor.run_deadlines()
        return acted

    async def said(self, kind: type[E]) -> list[E]:
        """Every event of a kind in the outbox, in order."""
        async with self.pool.acquire() as connection:
            return [
                kind.from_json(record.value)
                for record in await outbox.unpublished(connection)
                if record.topic == kind.TOPIC
            ]

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        async with self.pool.acquire() as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *values)
            return found

    async def findings(self) -> list[str]:
        """What the proof over the whole database finds."""
        async with self.pool.acquire() as connection:
            return [f"{each.rule} {each.message}" for each in await ledger_findings(connection)]


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, service_under(test_rules()).migrations)
    finally:
        await connection.close()


@pytest.fixture
async def billing_url(make_database: MakeDatabase) -> str:
    return await make_database("billing", _prepare)


@pytest.fixture
async def running(billing_url: str) -> AsyncIterator[Running]:
    """Whatever happened, at the end what was told is what the database says."""
    pool = await asyncpg.create_pool(billing_url, min_size=1, max_size=4)
    yield Running(pool, ManualClock(NOON))
    async with pool.acquire() as connection, connection.transaction():
        assert (await books(connection, "billing")).findings() == []
    await pool.close()
