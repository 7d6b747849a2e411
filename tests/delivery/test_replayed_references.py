"""References of compacted topics, which never forget, read again by services, in any year.

Their ids are known for ever, so that what was superseded is not taken for news. Where they are not
known, as in a database that an earlier release let forget them, they say what is known already.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from schemas.claim import ClaimSubmitted
from schemas.event import Event
from schemas.reference import CoverageRegistered
from services.billing.app import service as billing
from services.billing.settings import BillingSettings
from services.chassis import retention
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from services.chassis.record import Record
from services.chassis.retention import Retention
from services.chassis.service import Service
from services.coding.app import service as coding
from services.coding.settings import CodingSettings
from services.patient_statements.app import service as patient_statements
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway.app import service as payer_gateway
from services.payer_gateway.settings import GatewaySettings
from tests.bench import stories
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record

NAMES = ["1", "2", "3"]
_TABLES = """
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema')
  and format('%I.%I', schemaname, tablename) <> 'delivery.inbox' order by 1
"""


class Replayed:
    """A service by hand, which keeps the references it heard and can hear them again."""

    def __init__(self, service: Service[Any], pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.clock = ManualClock()
        self.processor = Processor(service, pool, self.clock)
        self._references: list[Record] = []

    async def hear(self, *events: Event) -> Batch:
        self.clock.advance(timedelta(hours=1))
        records = [record(each, occurred_at=self.clock.now()) for each in events]
        self._references += [each for each in records if each.topic.startswith("ehr.")]
        return await self.processor.process(records)

    async def holds(self) -> dict[str, list[str]]:
        """Every row of every table but the inbox."""
        names = [row["name"] for row in await self.pool.fetch(_TABLES)]
        return {
            name: [
                row["row"]
                for row in await self.pool.fetch(
                    f"select to_jsonb(t)::text as row from {name} t order by 1"
                )
            ]
            for name in names
        }

    async def hear_references_again(self, *, superseded: bool) -> Batch:
        """Each last word, in the order in which they came, long after the inbox forgot them.

        ``superseded``: those too that the broker did not compact away yet.
        """
        self.clock.advance(timedelta(days=1))
        await self.pool.execute("delete from delivery.inbox")
        last = {(each.topic, each.key): each for each in self._references}
        again = self._references if superseded else list(last.values())
        return await self.processor.process(again)

    async def hear_everything_again(self) -> Batch:
        """All references, as from a topic whose superseded records were not compacted away yet."""
        return await self.processor.process(self._references)

    async def grow_older(self, days: int) -> None:
        """Let that many days pass, and the sweep forget what it may."""
        self.clock.advance(timedelta(days=days))
        await self.pool.execute(
            "update delivery.inbox set received_at = received_at - make_interval(days => $1)", days
        )
        await self.pool.execute("delete from delivery.sweep")
        names = list(retention.forgetful_topics(self.processor.service.subscriptions))
        while await retention.sweep(self.pool, Retention(45, 90, names), datetime.now(UTC)):
            continue


Start = Callable[[Service[Any]], Awaitable[Replayed]]


@pytest.fixture
async def start(make_database: MakeDatabase) -> AsyncIterator[Start]:
    pools: list[asyncpg.Pool] = []

    async def begin(service: Service[Any]) -> Replayed:
        url = await make_database()
        connection = await asyncpg.connect(url)
        await migrate(connection, service.migrations)
        await connection.close()
        pools.append(await asyncpg.create_pool(url, min_size=1, max_size=2))
        return Replayed(service, pools[-1])

    yield begin
    for pool in pools:
        await pool.close()


async def hears_nothing_new(replayed: Replayed, *, superseded: bool = False) -> None:
    before = await replayed.holds()
    batch = await replayed.hear_references_again(superseded=superseded)
    assert batch.decided > 0, "they were decided, not recognised"
    assert (batch.letters, batch.to_park, batch.outgoing, batch.deadlines) == ([], [], [], [])
    assert await replayed.holds() == before


async def test_coding_changes_nothing(start: Start) -> None:
    service = await start(coding(CodingSettings()))
    await service.hear(*stories.providers(["1"]), *stories.patients(NAMES))
    await service.hear(*stories.coverages(NAMES), *stories.documented(NAMES, signed=False))
    assert await service.pool.fetchval("select sum(events) from delivery.outbox")
    await hears_nothing_new(service)


async def test_billing_changes_nothing(start: Start) -> None:
    service = await start(billing(BillingSettings()))
    await service.hear(*stories.patients(NAMES), *stories.coverages(NAMES))
    await service.hear(*stories.coded(NAMES))
    assert await service.pool.fetchval("select sum(events) from delivery.outbox")
    await hears_nothing_new(service)


async def test_the_gateway_changes_nothing(start: Start) -> None:
    service = await start(payer_gateway(GatewaySettings()))
    await service.hear(stories.practice(), *stories.providers(["1"]), *stories.patients(NAMES))
    await service.hear(*stories.coverages(NAMES), *stories.submitted(NAMES))
    await hears_nothing_new(service)


async def test_patient_statements_changes_nothing(start: Start) -> None:
    service = await start(patient_statements(PatientStatementsSettings()))
    await service.hear(stories.practice(), *stories.patients(NAMES), *stories.coverages(NAMES))
    await service.hear(*stories.balances(NAMES))
    await hears_nothing_new(service)


@pytest.mark.parametrize(
    "service",
    [
        coding(CodingSettings()),
        billing(BillingSettings()),
        payer_gateway(GatewaySettings()),
        patient_statements(PatientStatementsSettings()),
    ],
    ids=lambda service: service.name,
)
async def test_what_was_superseded_is_known_still_when_only_the_last_word_is_younger_than_the_inbox(
    start: Start, service: Service[Any]
) -> None:
    replayed = await start(service)
    words = [
        stories.practice(),
        *stories.providers(["1"]),
        *stories.patients(NAMES),
        *stories.coverages(NAMES),
    ]
    heard = [each for each in words if each.TOPIC in service.subscriptions]
    await replayed.hear(*heard)
    await replayed.grow_older(days=60)
    await replayed.hear(*of_another_payer())
    await replayed.grow_older(days=20)
    before = await replayed.holds()
    batch = await replayed.hear_everything_again()
    assert (batch.decided, batch.duplicates) == (0, len(heard) + len(NAMES))
    assert await replayed.holds() == before


async def test_claims_go_to_the_payer_of_the_last_word_though_the_first_is_read_again_after_it(
    start: Start,
) -> None:
    replayed = await start(billing(BillingSettings()))
    await replayed.hear(*stories.patients(NAMES), *stories.coverages(NAMES))
    await replayed.grow_older(days=60)
    await replayed.hear(*of_another_payer())
    await replayed.hear_everything_again()
    batch = await replayed.hear(*stories.coded(NAMES))
    told = [each.value for each in batch.outgoing if each.topic == ClaimSubmitted.TOPIC]
    assert [ClaimSubmitted.from_json(each).payer_id for each in told] == ["NORTHWIND"] * 3


def of_another_payer() -> list[CoverageRegistered]:
    """A later word on the same patients."""
    return [
        each.model_copy(
            update={"policies": (each.policies[0].model_copy(update={"payer_id": "NORTHWIND"}),)}
        )
        for each in stories.coverages(NAMES)
    ]


async def test_billing_ends_where_it_was_when_superseded_coverage_comes_before_the_last(
    start: Start,
) -> None:
    service = await start(billing(BillingSettings()))
    await service.hear(*stories.patients(NAMES), *stories.coverages(NAMES))
    await service.hear(*stories.coded(NAMES))
    await service.hear(*of_another_payer())
    await hears_nothing_new(service, superseded=True)


async def test_patient_statements_ends_where_it_was_when_superseded_coverage_comes_first(
    start: Start,
) -> None:
    service = await start(patient_statements(PatientStatementsSettings()))
    await service.hear(stories.practice(), *stories.patients(NAMES), *stories.coverages(NAMES))
    await service.hear(*stories.balances(NAMES), *of_another_payer())
    await hears_nothing_new(service, superseded=True)
