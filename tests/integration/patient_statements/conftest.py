"""The service on a database of the test's own, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from schemas.event import Event
from services.chassis import outbox
from services.chassis.background import Runtime
from services.chassis.incoming import Command
from services.chassis.logs import configure_logs
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from services.patient_statements.app import MIGRATIONS, NAME, service
from services.patient_statements.issuing import Render, issue_batch
from services.patient_statements.rendering.document import documents_of
from services.patient_statements.rows import from_document
from services.patient_statements.settings import PatientStatementsSettings
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record
from tests.told_events import books

E = TypeVar("E", bound=Event)


@dataclass
class Running:
    """The service, driven by hand: no broker, a real database."""

    url: str
    pool: asyncpg.Pool
    clock: ManualClock
    settings: PatientStatementsSettings
    processor: Processor
    runtime: Runtime
    woken: list[bool] = field(default_factory=list)

    async def hear(self, *events: Event) -> Batch:
        """One batch of these events, new each time."""
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

    async def print_statements(self, most: int = 25, render: Render = documents_of) -> int:
        return await issue_batch(self.runtime, self.settings.policy(), most, render)

    async def said(self, kind: type[E]) -> list[E]:
        """Every event of a kind in the outbox, in order."""
        async with self.pool.acquire() as connection:
            return [
                kind.from_json(record.value)
                for record in await outbox.unpublished(connection)
                if record.topic == kind.TOPIC
            ]

    async def rows(self, sql: str, *values: Any) -> Sequence[asyncpg.Record]:
        async with self.pool.acquire() as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *values)
            return found

    async def account(self, account_id: str = "A1") -> dict[str, Any]:
        rows = await self.rows("select document from account where account_id = $1", account_id)
        return from_document(rows[0]["document"], dict[str, Any])


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, MIGRATIONS)
    finally:
        await connection.close()


@pytest.fixture
async def running(make_database: MakeDatabase) -> AsyncIterator[Running]:
    """Whatever happened, at the end what was told is what the database says."""
    url = await make_database(NAME, _prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    clock = ManualClock()
    settings = PatientStatementsSettings()
    woken: list[bool] = []
    runtime = Runtime(
        NAME,
        pool,
        clock,
        asyncio.Event(),
        configure_logs(NAME, "test"),
        lambda: woken.append(True),
    )
    yield Running(
        url, pool, clock, settings, Processor(service(settings), pool, clock), runtime, woken
    )
    async with pool.acquire() as connection, connection.transaction():
        assert (await books(connection, "patient_statements")).findings() == []
    await pool.close()
