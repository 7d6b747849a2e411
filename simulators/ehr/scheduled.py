"""An event of the EHR together with the moment at which the EHR says it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from schemas.encounter import EncounterDocumented
from schemas.envelope import OutgoingRecord, encode
from schemas.event import Event
from schemas.event_id import root_event_id


def source_of(practice_id: str) -> str:
    """The CloudEvents source of a practice's EHR."""
    return f"urn:claimstream:ehr:{practice_id}"


def event_id_of(event: Event, at: datetime) -> UUID:
    """The id of ``event``: of its time, topic, key and content.

    The same fact published twice is one event; a different content is another event.
    """
    content = blake2b(event.to_json(), digest_size=16).hexdigest()
    return root_event_id(at, event.TOPIC, event.key, content)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """``event`` as the EHR publishes it at ``at``.

    ``event_id`` is given only when the EHR has an id of its own. ``settled`` is what the provider
    will say when asked about gaps in the documentation. ``causation_id`` names the event answered.
    """

    event: Event
    at: datetime
    event_id: UUID | None = None
    settled: EncounterDocumented | None = None
    causation_id: str = ""
    kind: str = ""

    def record(self) -> OutgoingRecord:
        """The Kafka record that publishes the event."""
        return encode(
            self.event,
            event_id=self.event_id or event_id_of(self.event, self.at),
            source=source_of(self.event.practice_id),
            occurred_at=self.at,
            causation_id=self.causation_id,
        )


def is_reference(event: Event) -> bool:
    """Whether ``event`` says who somebody is, which other events lean on."""
    return event.TOPIC.endswith("-registered.v1")


def described(item: Scheduled) -> dict[str, Any]:
    """Ids and times of ``item`` that may be logged; no content."""
    return {"topic": item.event.TOPIC, "key": item.event.key, "at": item.at.isoformat()}
