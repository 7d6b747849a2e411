"""Facts as they would be read from the topics, for tests of what is made of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from claimstream.lineage.history import Fact
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event
from services.chassis.record import deliver
from tests.support import NOON, record


def fact(
    event: Event,
    *,
    at: datetime = NOON,
    offset: int = 0,
    partition: int = 0,
    event_id: UUID | None = None,
) -> Fact:
    """``event`` as it lies on its topic; the same event has the same id unless one is given."""
    kept = record(event, event_id=event_id, occurred_at=at, offset=offset, partition=partition)
    return Fact(deliver(kept, MODEL_OF_TOPIC))


def told(events: Iterable[Event]) -> list[Fact]:
    """Facts of events that happened in this order, a minute apart, each at the next offset."""
    offsets: dict[str, int] = {}
    found: list[Fact] = []
    for number, event in enumerate(events):
        offset = offsets.get(event.TOPIC, 0)
        offsets[event.TOPIC] = offset + 1
        found.append(fact(event, at=NOON + timedelta(minutes=number), offset=offset))
    return found
