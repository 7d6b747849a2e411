"""The coding service on a database of the test's own, on a clock that the test moves."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from schemas.event import Event
from schemas.reference import CoverageRegistered, PatientRegistered, Policy, ProviderRegistered
from schemas.values import Address
from services.chassis import outbox
from services.chassis.effects import Effects
from services.chassis.incoming import Command
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from services.coding.app import MIGRATIONS, service
from services.coding.settings import CodingSettings
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record
from tests.told_events import books

E = TypeVar("E", bound=Event)
HOME = Address(line1="1 Elm St", city="Springfield", state="IL", postal_code="62701")


def provider(practice_id: str = "P1") -> ProviderRegistered:
    return ProviderRegistered(
        practice_id=practice_id,
        provider_id="DR1",
        npi="1234567893",
        taxonomy="207Q00000X",
        family_name="Rivera",
    )


def patient(practice_id: str = "P1") -> PatientRegistered:
    return PatientRegistered(
        practice_id=practice_id,
        patient_id="PT1",
        account_id="A1",
        family_name="Okafor",
        birth_date=date(1980, 5, 17),
        sex="F",
        address=HOME,
    )


def coverage(practice_id: str = "P1") -> CoverageRegistered:
    return CoverageRegistered(
        practice_id=practice_id,
        patient_id="PT1",
        policies=(
            Policy(
                coverage_id="C1",
                payer_id="BLUERIVER",
                payer_name="Blue River",
                programme="commercial",
                rank=1,
                member_id="M1234",
                effective_from=date(2020, 1, 1),
            ),
        ),
    )


REFERENCES: tuple[Event, ...] = (provider(), patient(), coverage())


@dataclass
class Running:
    """The service, driven by hand: no broker, a real database."""

    pool: asyncpg.Pool
    clock: ManualClock
    processor: Processor

    async def hear(self, *events: Event) -> Batch:
        """One batch of these events, new each time."""
        self.clock.advance(timedelta(milliseconds=5))
        now = self.clock.now()
        return await self.processor.process([record(each, occurred_at=now) for each in events])

    async def act(self, command: Command) -> Effects:
        return await self.processor.act(command)

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

    async def state(self, encounter_id: str = "E1") -> str:
        rows = await self.rows(
            "select state from coding.encounter where encounter_id = $1", encounter_id
        )
        return str(rows[0]["state"])


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, MIGRATIONS)
    finally:
        await connection.close()


@pytest.fixture
async def running(make_database: MakeDatabase) -> AsyncIterator[Running]:
    """Whatever happened, at the end what was told is what the database says."""
    url = await make_database("coding", _prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    clock = ManualClock()
    yield Running(pool, clock, Processor(service(CodingSettings()), pool, clock))
    async with pool.acquire() as connection, connection.transaction():
        assert (await books(connection, "coding")).findings() == []
    await pool.close()
