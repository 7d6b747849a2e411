"""What the services decided is on their topics, and nothing is there that they did not decide.

The one direction that inboxes cannot show: an event that was lost between a service's database and
its topic, which no reader ever saw.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import Any, TypeAlias

import asyncpg
from pydantic import ValidationError

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.lineage import IDENTITY
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event
from services.chassis.outbox import unpublished

PUBLISHED = "every decision of a service is on its topic"
FOUNDED = "every event on a topic is a decision in its service's database"

Decision: TypeAlias = tuple[str, str, tuple[object, ...]]
"""Topic, practice, and what names the decision there: the identity of its event."""

SOURCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "coding": ("services.coding.verification", ("coding.encounter-coded.v1",)),
    "billing": (
        "services.billing.verification",
        ("billing.claim-submitted.v1", "billing.patient-balance-due.v1"),
    ),
    "payer_gateway": ("services.payer_gateway.verification", ("payer.claim-transmitted.v1",)),
    "patient_statements": (
        "services.patient_statements.verification_store",
        ("patient.statement-issued.v1", "patient.payment-received.v1"),
    ),
}
"""Where each service says what it published, and the topics that it speaks of."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a service's database says, in one state.

    ``decided``: each decision, and a moment that its event is not older than. ``kept``: what is in
    the outbox still, or was set aside because no topic takes it.
    """

    service: str
    topics: frozenset[str]
    decided: Mapping[Decision, date | datetime | None]
    kept: frozenset[Decision]


def decision_of(event: Event) -> Decision | None:
    """What an event tells of; None where a database does not name it."""
    identity = IDENTITY.get(type(event))
    return None if identity is None else (event.TOPIC, event.practice_id, identity(event))


async def read_publication(connection: asyncpg.Connection, service: str) -> Publication:
    """What ``service`` decided, and what of it has not left its database."""
    module, topics = SOURCES[service]
    rows: Iterable[Any] = await import_module(module).published(connection)
    waiting = [
        (record.topic, record.value)
        for record in await unpublished(connection)
        if record.topic in topics
    ]
    too_large = await connection.fetch(
        "select topic, value from delivery.dead_letter where topic = any($1::text[]) "
        "and partition is null",
        list(topics),
    )
    unsent = [*waiting, *((row["topic"], row["value"]) for row in too_large)]
    return Publication(
        service,
        frozenset(topics),
        {(topic, practice_id, tuple(name)): since for topic, practice_id, name, since in rows},
        frozenset(
            decision for topic, value in unsent if (decision := _decision(topic, value)) is not None
        ),
    )


def _decision(topic: str, value: bytes | None) -> Decision | None:
    try:
        return decision_of(MODEL_OF_TOPIC[topic].model_validate_json(value or b""))
    except ValidationError:
        return None


@dataclass(slots=True)
class Published:
    """Each decision has its event, and each event its decision.

    ``ends``: where the topics ended before the databases were read; what came later is not held
    against them.
    """

    report: Report
    publication: Publication
    ends: Mapping[tuple[str, int], int]
    _told: set[Decision] = field(default_factory=set)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, in any order."""
        own, report = self.publication, self.report
        for fact in facts:
            record = fact.record
            if record.topic not in own.topics or fact.event is None:
                continue
            decision = decision_of(fact.event)
            if decision is not None:
                self._told.add(decision)
            if record.offset >= self.ends.get((record.topic, record.partition), 0):
                continue
            report.looked_at(FOUNDED, 1)
            if decision is not None and decision not in own.decided:
                report.found(
                    FOUNDED,
                    f"{record.topic} {record.partition}:{record.offset}",
                    f"{own.service} knows nothing of {fact.event.key} {_words(decision[2])}",
                    record.recorded_at,
                )

    def close(self, horizon: Horizon) -> None:
        """Say which decisions are on no topic, in no outbox, and too young to be gone."""
        own, report = self.publication, self.report
        for decision, since in own.decided.items():
            topic, practice_id, name = decision
            if decision in self._told:
                report.looked_at(PUBLISHED, 1)
            elif decision not in own.kept and horizon.covers(topic, since):
                report.looked_at(PUBLISHED, 1)
                report.found(
                    PUBLISHED,
                    f"{practice_id}:{_words(name)}",
                    f"{own.service} decided it and {topic} does not have it",
                )


def check_published(
    report: Report, history: History, publication: Publication, horizon: Horizon
) -> None:
    """Over all facts at once: each decision has its event on the topic."""
    published = Published(report, publication, {})
    published.take(history.facts)
    published.close(horizon)


def check_founded(
    report: Report,
    history: History,
    publication: Publication,
    ends: Mapping[tuple[str, int], int],
) -> None:
    """Over all facts at once: each event is a decision that the service knows of."""
    Published(report, publication, ends).take(history.facts)


def _words(name: tuple[object, ...]) -> str:
    return " ".join(str(part) for part in name)
