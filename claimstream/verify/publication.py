"""What the services decided is on their topics, and nothing is there that they did not decide.

The one direction that inboxes cannot show: an event that was lost between a service's database and
its topic, which no reader ever saw. Every topic of a service is compared, each as far as the
service's database remembers:

- one by one: codes, queries, claims submitted and sent, claims paid, payments of payers and
  patients, balances, statements. A payment of which some claim could not be read is compared but
  for its claims.
- what stands: ``coding.encounter-state-changed.v1`` and ``payer.claim-acknowledged.v1``. A database
  keeps where an encounter or a claim stands and not where it stood: that it got there was told, and
  nothing was told by which it could not have. Neither that a state which it left was told, nor how
  often, can be asked of it.
- what was news: ``patient.statement-suppressed.v1``. Each event has its decision. A decision that
  found once more what was told before told it again only where something had changed meanwhile that
  no history is kept of; such a one is not missed.
- in sum: ``billing.claim-state-changed.v1``, by ``claim_moves``.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any, TypeAlias

import asyncpg
from pydantic import ValidationError

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.lineage import IDENTITY
from schemas import claim, coding, patient_account
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event
from services.chassis.outbox import unpublished
from services.chassis.told import Told

PUBLISHED = "every decision of a service is on its topic"
FOUNDED = "every event on a topic is a decision in its service's database"

Name: TypeAlias = bytes
"""Practice, and what names a decision among those of its topic: the identity of its event."""

Since: TypeAlias = date | datetime | None

SOURCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "coding": (
        "services.coding.verification",
        (
            coding.EncounterCoded.TOPIC,
            coding.DocumentationQueryOpened.TOPIC,
            coding.EncounterStateChanged.TOPIC,
        ),
    ),
    "billing": (
        "services.billing.verification",
        (claim.ClaimSubmitted.TOPIC, patient_account.PatientBalanceDue.TOPIC),
    ),
    "payer_gateway": (
        "services.payer_gateway.verification_published",
        (
            claim.ClaimTransmitted.TOPIC,
            claim.ClaimAcknowledged.TOPIC,
            claim.ClaimAdjudicated.TOPIC,
            claim.RemittanceReceived.TOPIC,
        ),
    ),
    "patient_statements": (
        "services.patient_statements.verification_store",
        (
            patient_account.StatementIssued.TOPIC,
            patient_account.StatementSuppressed.TOPIC,
            patient_account.PatientPaymentReceived.TOPIC,
        ),
    ),
}
"""Where each service says what it published, and the topics that it speaks of."""

_NAMES: Mapping[type[Event], Callable[[Any], tuple[object, ...]]] = {
    **IDENTITY,
    coding.EncounterStateChanged: lambda event: (event.encounter_id, event.to_state),
    claim.ClaimAcknowledged: lambda event: (event.claim_id, event.outcome),
    patient_account.StatementSuppressed: lambda event: (
        event.account_id,
        event.reason,
        event.decided_at.astimezone(UTC).isoformat(),
    ),
}
_OVER_ALL_PRACTICES = frozenset({claim.ClaimAdjudicated.TOPIC})
"""A remittance's id is a hash of the payment. A claim in it may be another practice's than the
payment, where both have one NPI."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a service's database says, in one state.

    Each by topic. ``decided``: each decision, and a moment that its event is not older than.
    ``possible``: what may have been told besides. ``kept``: what is in the outbox still, or was set
    aside because no topic takes it.
    """

    service: str
    decided: Mapping[str, Mapping[Name, Since]]
    possible: Mapping[str, Set[Name]]
    kept: Mapping[str, Set[Name]]


def named(practice_id: str, name: Iterable[object]) -> Name:
    """A decision's name as it is kept, a million at a time."""
    return "\x1f".join((practice_id, *map(str, name))).encode()


def name_of(event: Event) -> Name:
    """The name of the decision that an event tells of."""
    practice_id = "" if event.TOPIC in _OVER_ALL_PRACTICES else event.practice_id
    return named(practice_id, _NAMES[type(event)](event))


async def read_publication(connection: asyncpg.Connection, service: str) -> Publication:
    """What ``service`` decided, and what of it has not left its database."""
    module, topics = SOURCES[service]
    decided: dict[str, dict[Name, Since]] = {topic: {} for topic in topics}
    possible: dict[str, set[Name]] = {topic: set() for topic in topics}
    moments: dict[Since, Since] = {}
    each: Told
    async for each in import_module(module).published(connection):
        name = named(each.practice_id, each.name)
        if each.is_certain:
            since = _to_the_hour(each.since)
            decided[each.topic][name] = moments.setdefault(since, since)
        else:
            possible[each.topic].add(name)
    kept: dict[str, set[Name]] = {topic: set() for topic in topics}
    for topic, value in await _unsent(connection, topics):
        try:
            kept[topic].add(name_of(MODEL_OF_TOPIC[topic].model_validate_json(value or b"")))
        except ValidationError:
            continue
    return Publication(service, decided, possible, kept)


async def _unsent(
    connection: asyncpg.Connection, topics: tuple[str, ...]
) -> list[tuple[str, bytes | None]]:
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
    return [*waiting, *((row["topic"], row["value"]) for row in too_large)]


def _to_the_hour(moment: Since) -> Since:
    """The same or a little earlier: so that many decisions keep one object."""
    if isinstance(moment, datetime):
        return moment.replace(minute=0, second=0, microsecond=0)
    return moment


@dataclass(slots=True)
class Published:
    """Each decision has its event, and each event its decision.

    ``ends``: where the topics ended before the databases were read; what came later is not held
    against them.
    """

    report: Report
    publication: Publication
    ends: Mapping[tuple[str, int], int]
    _untold: dict[str, set[Name]] = field(init=False)

    def __post_init__(self) -> None:
        self._untold = {topic: set(names) for topic, names in self.publication.decided.items()}

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, in any order."""
        own, report = self.publication, self.report
        for fact in facts:
            record = fact.record
            topic = record.topic
            if topic not in own.decided or fact.event is None:
                continue
            name = name_of(fact.event)
            self._untold[topic].discard(name)
            if record.offset >= self.ends.get((topic, record.partition), 0):
                continue
            report.looked_at(FOUNDED, 1)
            if name not in own.decided[topic] and name not in own.possible[topic]:
                report.found(
                    FOUNDED,
                    f"{topic} {record.partition}:{record.offset}",
                    f"{own.service} knows nothing of {fact.event.key} {_words(name)[1]}",
                    record.recorded_at,
                )

    def close(self, horizon: Horizon) -> None:
        """Say which decisions are on no topic, in no outbox, and too young to be gone."""
        own, report = self.publication, self.report
        for topic, decided in own.decided.items():
            untold = self._untold[topic]
            report.looked_at(PUBLISHED, len(decided) - len(untold))
            for name in sorted(untold - own.kept[topic]):
                if not horizon.covers(topic, decided[name]):
                    continue
                report.looked_at(PUBLISHED, 1)
                report.found(
                    PUBLISHED,
                    ":".join(filter(None, _words(name))),
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


def _words(name: Name) -> tuple[str, str]:
    """Practice and name in plain words."""
    practice_id, *parts = name.decode().split("\x1f")
    return practice_id, " ".join(parts)
