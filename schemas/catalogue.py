"""The topic catalogue as typed data: which topics exist, who owns them, who reads them.

Read from ``catalogue.toml``. A consumer's dead letters have a topic of their own, derived here: a
copy of what the consumer keeps in its database, so it is kept for a while and not for ever.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from schemas import claim, coding, encounter, patient_account, reference
from schemas.event import Event

PhiClass = Literal["none", "ids", "clinical", "restricted"]

EVENTS: tuple[type[Event], ...] = (
    reference.PracticeRegistered,
    reference.ProviderRegistered,
    reference.PatientRegistered,
    reference.CoverageRegistered,
    encounter.EncounterDocumented,
    encounter.DocumentationQueryAnswered,
    coding.EncounterCoded,
    coding.DocumentationQueryOpened,
    coding.EncounterStateChanged,
    claim.ClaimSubmitted,
    claim.ClaimStateChanged,
    claim.ClaimTransmitted,
    claim.ClaimAcknowledged,
    claim.ClaimAdjudicated,
    claim.RemittanceReceived,
    patient_account.PatientBalanceDue,
    patient_account.PatientPaymentReceived,
    patient_account.StatementIssued,
    patient_account.StatementSuppressed,
)

MODEL_OF_TOPIC: dict[str, type[Event]] = {event.TOPIC: event for event in EVENTS}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it should be on the broker; ``retention_days`` -1 keeps for ever."""

    name: str
    owner: str
    key: str
    phi: PhiClass
    partitions: int
    retention_days: int
    compaction: bool
    max_message_bytes: int
    consumers: tuple[str, ...]


def dead_letter_topic(topic: str, consumer: str) -> str:
    """Where ``consumer`` publishes the records of ``topic`` that it had to set aside."""
    return f"{topic}.{consumer}.dlq"


@cache
def topics() -> tuple[Topic, ...]:
    """Every topic of the catalogue, dead-letter topics after those they belong to."""
    document: dict[str, Any] = tomllib.loads(
        files("schemas").joinpath("catalogue.toml").read_text(encoding="utf-8")
    )
    found: list[Topic] = []
    copies_kept_days: int = document["dead_letters"]["retention_days"]
    for entry in document["topics"]:
        topic = Topic(**{**document["defaults"], **entry, "consumers": tuple(entry["consumers"])})
        found.append(topic)
        found.extend(
            Topic(
                name=dead_letter_topic(topic.name, consumer),
                owner=consumer,
                key=topic.key,
                phi=topic.phi,
                partitions=1,
                retention_days=copies_kept_days,
                compaction=False,
                max_message_bytes=document["defaults"]["max_message_bytes"],
                consumers=(),
            )
            for consumer in topic.consumers
            if consumer != "ehr"
        )
    return tuple(found)


def subscriptions(consumer: str) -> dict[str, type[Event]]:
    """The topics that ``consumer`` reads, with the contract of each."""
    return {
        topic.name: MODEL_OF_TOPIC[topic.name] for topic in topics() if consumer in topic.consumers
    }
