"""Billing, the gateway and a payer in one process: their events are handed over by the test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest

from claimstream.verify.finding import Report
from claimstream.verify.payer_books import check_payer_books, read_books, read_posted
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimSubmitted,
    ClaimTransmitted,
    RemittanceReceived,
)
from schemas.coding import CodedDiagnosis, CodedLine, EncounterCoded
from schemas.event import Event
from schemas.reference import CoverageRegistered, PatientRegistered
from services.billing.app import service_under
from services.billing.verification import ledger_findings
from services.chassis import outbox
from services.chassis.migrate import migrate
from services.chassis.processor import Processor
from services.payer_gateway.files.outbound import Sender
from simulators.payer.contract import default_contract
from simulators.payer.occasion import Occasions, parse_occasions
from simulators.payer.process import PayerOptions, PayerProcess
from simulators.payer.server import Login, password_file, port_of, start_server, wait_until_closed
from tests.fixtures.postgres import MakeDatabase
from tests.integration.payer_gateway import conftest as of_gateway
from tests.integration.payer_gateway.conftest import Gateway, Wire
from tests.integration.payer_gateway.stories import (
    coverage,
    patient,
    policy,
    practice,
    provider,
)
from tests.support import ManualClock, record
from tests.unit.billing.desk import test_rules

clock = of_gateway.clock
gateway = of_gateway.gateway

SERVED = date(2026, 3, 2)
_SAID_BY_GATEWAY = (ClaimAcknowledged, ClaimAdjudicated, ClaimTransmitted, RemittanceReceived)


@pytest.fixture
def occasions() -> Occasions:
    """What the payer does by chance; a test may say otherwise."""
    return parse_occasions("")


@pytest.fixture
async def wire(tmp_path: Path, clock: ManualClock, occasions: Occasions) -> AsyncIterator[Wire]:
    plans = default_contract()
    contract = type(plans)(plans.plans, plans.delays, occasions)
    payer = PayerProcess(PayerOptions(tmp_path / "payer"), contract, clock)
    login = Login("claimstream", password_file(payer.options.state, "claimstream"))
    server = await start_server(payer.options.state, [login])
    payer.write_connection(port_of(server), login)
    yield Wire(payer, server)
    await wait_until_closed(server)
    payer.books.close()


@dataclass
class Office:
    """Billing and the gateway of one practice, and the payer's books beside them."""

    gateway: Gateway
    pool: asyncpg.Pool
    processor: Processor
    patients: int = 0
    _told: set[tuple[str, bytes]] = field(default_factory=set)

    async def opens(self) -> None:
        """The gateway knows the practice and its provider."""
        await self.gateway.hear(practice(), provider())

    async def visit(
        self, *policies: tuple[str, str], lines: tuple[tuple[str, int], ...] = (("99213", 1),)
    ) -> str:
        """A patient with policies (payer, member id) was seen and coded; the encounter's id."""
        self.patients += 1
        patient_id = f"PT{self.patients}"
        insured = coverage(
            *(policy(payer, member, rank) for rank, (payer, member) in enumerate(policies, 1)),
            patient_id=patient_id,
        )
        who = patient(patient_id)
        await self._hear_both(who, insured)
        encounter_id = f"E{self.patients}"
        await self._bill(
            EncounterCoded(
                practice_id="P1",
                encounter_id=encounter_id,
                version=1,
                revision=1,
                patient_id=patient_id,
                rendering_provider_id="DR1",
                service_date=SERVED,
                place_of_service="11",
                diagnoses=(CodedDiagnosis(code="I10"),),
                lines=tuple(
                    CodedLine(line=number, code=code, units=units, diagnosis_pointers=(1,))
                    for number, (code, units) in enumerate(lines, 1)
                ),
                rules_version="1",
                decided_by="engine",
                coded_at=self.gateway.clock.now(),
            )
        )
        return encounter_id

    async def _hear_both(self, who: PatientRegistered, insured: CoverageRegistered) -> None:
        await self._bill(who, insured)
        await self.gateway.hear(who, insured)

    async def _bill(self, *events: Event) -> None:
        now = self.gateway.clock.now()
        await self.processor.process([record(each, occurred_at=now) for each in events])

    async def _pass_on(self) -> None:
        """Hand what each side published to the other, once, until both have nothing new."""
        while True:
            to_gateway = await self._new("billing", self.pool, (ClaimSubmitted,))
            if to_gateway:
                await self.gateway.hear(*to_gateway)
            to_billing = await self._new("gateway", self.gateway.pool, _SAID_BY_GATEWAY)
            if to_billing:
                await self._bill(*to_billing)
            if not to_gateway and not to_billing:
                return

    async def _new(
        self, side: str, pool: asyncpg.Pool, kinds: tuple[type[Event], ...]
    ) -> list[Event]:
        topics = {kind.TOPIC for kind in kinds}
        async with pool.acquire() as connection:
            published = await outbox.unpublished(connection)
        found: list[Event] = []
        for each in published:
            if each.topic in topics and (side, each.value) not in self._told:
                self._told.add((side, each.value))
                found.append(MODEL_OF_TOPIC[each.topic].from_json(each.value))
        return found

    async def days(self, days: int) -> None:
        """Each evening files go out, the payer works, its answers come in and are passed on."""
        for _ in range(days):
            await self._pass_on()
            self.gateway.clock.advance(timedelta(hours=2))
            await Sender(self.gateway.partners, self.gateway.transports).step(self.gateway.runtime)
            await asyncio.to_thread(self.gateway.wire.payer.step)
            await self.gateway.receive()
            await self._pass_on()
            self.gateway.clock.advance(timedelta(hours=22))

    async def statuses(self, encounter_id: str) -> list[str]:
        """CLP02 of everything that payers decided of an encounter, in the order of arrival."""
        return [
            each.claim_status_code
            for each in await self.gateway.said(ClaimAdjudicated)
            if each.encounter_id == encounter_id
        ]

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        """Ask billing's database."""
        async with self.pool.acquire() as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql)
            return found

    async def compared(self) -> Report:
        """Billing's cash beside the payer's books; the ledger itself holds."""
        report = Report()
        believed = read_books(self.gateway.wire.payer.options.state)
        assert believed is not None
        async with self.pool.acquire() as billing, self.gateway.pool.acquire() as gateway:
            assert await ledger_findings(billing) == []
            check_payer_books(report, believed, await read_posted(billing, gateway))
        return report


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, service_under(test_rules()).migrations)
    finally:
        await connection.close()


@pytest.fixture
async def office(
    make_database: MakeDatabase, gateway: Gateway, clock: ManualClock
) -> AsyncIterator[Office]:
    url = await make_database("billing", _prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    made = Office(gateway, pool, Processor(service_under(test_rules()), pool, clock))
    await made.opens()
    yield made
    await pool.close()
