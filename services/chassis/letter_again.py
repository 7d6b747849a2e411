"""A dead letter as it is decided again: by its last copy or as it came, under its own identity."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.chassis import deadlines
from services.chassis.dead_letters import DeadLetter
from services.chassis.deadlines import DEADLINE_TOPIC, deadline_delivery
from services.chassis.record import Delivery, Record, Refusal, deliver
from services.chassis.repair import Contents
from services.chassis.service import Service


@dataclass(frozen=True, slots=True)
class Again:
    """A letter as it is decided again: the delivery, and the lane that its contents name now."""

    letter: DeadLetter
    delivery: Delivery
    lane: str | None

    @property
    def event_id(self) -> UUID | None:
        """The id of its event, where the inbox does not yet know it by the letter's own."""
        incoming = self.delivery.incoming
        return incoming.event_id if incoming and incoming.event_id != self.letter.id else None

    @property
    def other_lane(self) -> str | None:
        """The lane that it belongs to now, where that is another than the one it lay under."""
        is_read = self.delivery.incoming is not None
        return self.lane if is_read and self.lane != self.letter.lane else None

    def moved(self) -> Delivery:
        """The delivery as it waits in its other lane."""
        delivery = self.delivery
        identity = self.event_id or self.letter.id
        return Delivery(delivery.record, self.lane, identity, delivery.incoming, delivery.refusal)


def contents_of(letter: DeadLetter) -> Contents:
    """What of a letter can be repaired, as it came."""
    return Contents(letter.key, letter.headers, letter.value)


def read_again(letter: DeadLetter, copy: Contents | None, service: Service[Any]) -> Again:
    """The letter, by ``copy`` if given, as the service reads it now."""
    contents = copy or contents_of(letter)
    if letter.topic.startswith(DEADLINE_TOPIC):
        return Again(letter, _deadline(letter, contents), None)
    record = Record(
        letter.topic,
        letter.partition or 0,
        letter.offset or 0,
        letter.failed_at,
        contents.key,
        contents.headers,
        contents.value,
    )
    read = deliver(record, service.subscriptions, service.views)
    delivery = Delivery(record, letter.lane, letter.id, read.incoming, read.refusal)
    return Again(letter, delivery, read.lane)


def _deadline(letter: DeadLetter, contents: Contents) -> Delivery:
    try:
        return deadline_delivery(deadlines.from_letter(letter.id, contents.value or b""))
    except ValidationError:
        record = Record(letter.topic, 0, 0, letter.failed_at, contents.key, (), contents.value)
        broken = Refusal("contract_broken", "the value is no deadline")
        return Delivery(record, None, letter.id, None, broken)
