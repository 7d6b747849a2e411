"""The statements of a batch do not depend on its size: what a batch costs is the same everywhere.

``MOST`` records what each service's batches take; a change that raises one must say why.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from schemas.claim import ClaimSubmitted
from schemas.coding import DocumentationQueryOpened
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue
from services.billing.app import service as billing
from services.billing.settings import BillingSettings
from services.chassis.service import Service
from services.coding.app import service as coding
from services.coding.settings import CodingSettings
from services.patient_statements.app import service as patient_statements
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway.app import service as payer_gateway
from services.payer_gateway.settings import GatewaySettings
from tests.bench import stories
from tests.bench.statements import CountedService
from tests.fixtures.postgres import MakeDatabase

SIZES = (2, 10, 200)
"""The first batch only lets the driver look up types, once a connection; it is not compared."""

MOST: dict[str, dict[str, int]] = {
    "coding": {
        "ehr.provider-registered.v1": 9,
        "ehr.patient-registered.v1": 10,
        "ehr.coverage-registered.v1": 10,
        "ehr.encounter-documented.v1": 13,
        "ehr.documentation-query-answered.v1": 13,
    },
    "billing": {
        "ehr.patient-registered.v1": 8,
        "ehr.coverage-registered.v1": 10,
        "coding.encounter-coded.v1": 14,
        "coding.encounter-state-changed.v1": 8,
        "payer.claim-acknowledged.v1": 9,
        "payer.claim-adjudicated.v1": 11,
        "payer.remittance-received.v1": 8,
        "patient.payment-received.v1": 12,
    },
    "payer_gateway": {
        "ehr.practice-registered.v1": 8,
        "ehr.provider-registered.v1": 8,
        "ehr.patient-registered.v1": 8,
        "ehr.coverage-registered.v1": 8,
        "billing.claim-submitted.v1": 9,
    },
    "patient_statements": {
        "ehr.practice-registered.v1": 13,
        "ehr.patient-registered.v1": 13,
        "ehr.coverage-registered.v1": 12,
        "billing.patient-balance-due.v1": 14,
    },
}
"""By service and topic: begin, inbox, blocked keys, what the service reads and writes, what the
chassis writes, commit, and the reset with which the connection goes back to its pool. Codes take
one more: the coverage is held first, so that coverage and codes cannot miss each other. So do
payments: patients' accounts are locked after the encounters, which tell which ones are needed.
Each COPY counts: so are billing's new accounts, claims and postings written, and every outbox."""

Batches = Callable[[int], Awaitable[list[list[Event]]]]
Start = Callable[[Service[Any]], Awaitable[CountedService]]


@pytest.fixture
async def start(make_database: MakeDatabase) -> AsyncIterator[Start]:
    """Starts a counted service on an empty database; it is stopped after the test."""
    started: list[CountedService] = []

    async def begin(service: Service[Any]) -> CountedService:
        counted = CountedService(service, await make_database())
        await counted.start()
        started.append(counted)
        return counted

    yield begin
    for counted in started:
        await counted.stop()


def names(size: int) -> list[str]:
    """Ids that no batch of another size has."""
    return [f"{size}X{number}" for number in range(size)]


class Tally:
    """Statements by topic and size, of one service."""

    def __init__(self, counted: CountedService) -> None:
        self.counted = counted
        self.by_topic: dict[str, dict[int, list[str]]] = {}

    async def hear(self, events: list[Any]) -> None:
        """Take in one batch of one topic."""
        (topic,) = {event.TOPIC for event in events}
        taken = await self.counted.hear(events)
        self.by_topic.setdefault(topic, {})[len(events)] = taken

    def check(self) -> None:
        """Every topic of the service was heard, at both sizes alike, within what is recorded."""
        service = self.counted.service
        assert set(self.by_topic) == set(service.subscriptions)
        for topic, by_size in self.by_topic.items():
            few, many = (by_size[size] for size in SIZES[1:])
            assert few == many, topic
        counts = {topic: len(by_size[SIZES[-1]]) for topic, by_size in self.by_topic.items()}
        most = MOST[service.name]
        assert {topic: n for topic, n in counts.items() if n > most[topic]} == {}


async def test_codings_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(coding(CodingSettings())))
    for size in SIZES:
        await tally.hear(stories.providers(["1", *names(size - 1)]))
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.documented(names(size), signed=False))
        queries = await tally.counted.said(DocumentationQueryOpened)
        await tally.hear(stories.answered(queries))
    tally.check()


async def test_billings_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(billing(BillingSettings())))
    for size in SIZES:
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.coded(names(size)))
        claims = await tally.counted.said(ClaimSubmitted)
        await tally.hear(stories.acknowledged(claims))
        adjudications = stories.adjudicated(claims)
        await tally.hear(adjudications)
        await tally.hear(stories.deposits(adjudications))
        balances = await tally.counted.said(PatientBalanceDue)
        await tally.hear(stories.payments(balances))
        await tally.counted.said(PatientBalanceDue)
        await tally.hear(stories.not_billable(f"N{name}" for name in names(size)))
    tally.check()


async def test_the_gateways_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(payer_gateway(GatewaySettings())))
    for size in SIZES:
        practices = [
            stories.practice().model_copy(update={"practice_id": practice_id})
            for practice_id in [stories.PRACTICE, *names(size - 1)]
        ]
        await tally.hear(practices)
        await tally.hear(stories.providers(["1", *names(size - 1)]))
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.submitted(names(size)))
    tally.check()


async def test_patient_statements_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(patient_statements(PatientStatementsSettings())))
    for size in SIZES:
        practices = [
            stories.practice().model_copy(update={"practice_id": practice_id})
            for practice_id in [stories.PRACTICE, *names(size - 1)]
        ]
        await tally.hear(practices)
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.balances(names(size)))
    tally.check()
