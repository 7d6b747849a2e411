"""Each service on a database of the module's own, with what it needs to act on a good record."""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from schemas.claim import ClaimSubmitted
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue
from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    PracticeRegistered,
    ProviderRegistered,
)
from services.billing import app as billing
from services.billing.settings import BillingSettings
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from services.chassis.record import Record
from services.chassis.service import Service
from services.coding import app as coding
from services.coding.settings import CodingSettings
from services.patient_statements import app as patient_statements
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway import app as payer_gateway
from services.payer_gateway.settings import GatewaySettings
from tests.builders import make
from tests.fixtures.postgres import DatabaseServer
from tests.support import NOON, ManualClock, record

MAKERS: Mapping[str, Callable[[], Service[Any]]] = {
    "coding": lambda: coding.service(CodingSettings()),
    "billing": lambda: billing.service(BillingSettings()),
    "payer_gateway": lambda: payer_gateway.service(GatewaySettings()),
    "patient_statements": lambda: patient_statements.service(PatientStatementsSettings()),
}
REFERENCES = (PracticeRegistered, ProviderRegistered, PatientRegistered, CoverageRegistered)
NEIGHBOURS: Mapping[str, Callable[[str], Event]] = {
    "coding": lambda practice: make(EncounterDocumented, practice_id=practice, encounter_id="GOOD"),
    "billing": lambda practice: make(EncounterCoded, practice_id=practice, encounter_id="GOOD"),
    "payer_gateway": lambda practice: make(
        ClaimSubmitted, practice_id=practice, encounter_id="GOOD", claim_id="GOOD"
    ),
    "patient_statements": lambda practice: make(
        PatientBalanceDue, practice_id=practice, account_id="GOOD"
    ),
}
"""A record that each service acts on with an effect, of another key than any record's."""


@dataclass(frozen=True, slots=True)
class Running:
    """One service, driven by hand: no broker, a real database."""

    name: str
    pool: asyncpg.Pool
    processor: Processor

    async def hear(self, *records: Record) -> Batch:
        return await self.processor.process(list(records))

    async def knows(self, practice_id: str) -> None:
        """Let it hear who the practice, its provider and its patient are."""
        read = self.processor.service.subscriptions.values()
        await self.hear(
            *(
                record(make(model, practice_id=practice_id), occurred_at=NOON)
                for model in REFERENCES
                if model in read
            )
        )


async def _database(server: DatabaseServer, service: Service[Any]) -> str:
    admin = await asyncpg.connect(server.admin_url)
    name = f"test_{uuid.uuid4().hex}"
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await admin.close()
    connection = await asyncpg.connect(server.url(name))
    await migrate(connection, service.migrations)
    await connection.close()
    return name


@pytest.fixture(scope="module")
async def services(postgres_server: DatabaseServer) -> AsyncIterator[Mapping[str, Running]]:
    """The four services; records do not meet, since each has a practice of its own."""
    running: dict[str, Running] = {}
    names: list[str] = []
    for name, maker in MAKERS.items():
        service = maker()
        names.append(await _database(postgres_server, service))
        pool = await asyncpg.create_pool(postgres_server.url(names[-1]), min_size=1, max_size=2)
        running[name] = Running(name, pool, Processor(service, pool, ManualClock()))
    yield running
    for each in running.values():
        await each.pool.close()
    admin = await asyncpg.connect(postgres_server.admin_url)
    for name in names:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.close()
