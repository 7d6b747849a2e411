"""A service's edge in memory: decode, decide on a workspace, and encode what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from schemas.event import Event
from services.chassis import dead_letters, outbox
from services.chassis.effects import Effects, Refused, Waiting
from services.chassis.record import (
    Delivery,
    Refusal,
    deliver,
    headers_from_bytes,
    headers_to_bytes,
)
from services.chassis.service import Service
from services.chassis.workspace import Appended, Rows, Workspace
from tests.fuzz.frame import record_of
from tests.support import NOON, record

_RENEWED_EVERY = 1_000
_CAUSE = UUID(int=7)


class NotStorableError(AssertionError):
    """What was decided cannot be written, published or read again."""


@dataclass
class RecordEdge:
    """One service, its workspace as ``story`` leaves it, and an empty one."""

    service: Service[Any]
    workspace: Callable[[], Workspace]
    story: Sequence[Event]
    said: list[Event] = field(default_factory=list)
    _used: int = 0

    def __post_init__(self) -> None:
        self.topics = tuple(self.service.subscriptions)
        self._renew()

    def _renew(self) -> None:
        """Two workspaces as they were: one that nothing is known to, one after the story."""
        self._empty, self._told = self.workspace(), self.workspace()
        self.said.clear()
        for event in self.story:
            delivery = deliver(record(event), self.service.subscriptions, views=self.service.views)
            effects = self._decide(self._told, delivery)
            self.said += [emission.event for emission in effects.emissions]
            for table in vars(self._told).values():
                if isinstance(table, Rows):
                    table.fill(table.changed())
        _forget(self._told)

    def check(self, frame: bytes) -> str:
        """Feed a record to both workspaces; what became of it in the one that knows more."""
        self._used += 1
        if self._used % _RENEWED_EVERY == 0:
            self._renew()
        delivery = deliver(
            record_of(frame, self.topics), self.service.subscriptions, views=self.service.views
        )
        _storable(delivery, self.service.name)
        if delivery.incoming is None:
            return delivery.refusal.reason if delivery.refusal else "unreadable"
        self._answer(self._empty, delivery)
        return self._answer(self._told, delivery)

    def _answer(self, work: Workspace, delivery: Delivery) -> str:
        try:
            effects = self._decide(work, delivery)
            _publishable(effects, self.service.name)
            _writable(work)
        except Refused as refused:
            _storable(delivery.refused(Refusal(refused.reason, refused.message)), "")
            return refused.reason
        except Waiting:
            return "waiting"
        finally:
            _forget(work)
        return "decided"

    def _decide(self, work: Workspace, delivery: Delivery) -> Effects:
        incoming = delivery.incoming
        assert incoming is not None, delivery.refusal
        handler = self.service.handlers[type(incoming.event)]
        with work.deciding():
            return handler(work, incoming, NOON + timedelta(days=1))


def _forget(work: Workspace) -> None:
    """Drop what was changed, so that the next input meets the same rows."""
    for table in vars(work).values():
        if isinstance(table, Rows):
            table.changed().clear()
        elif isinstance(table, Appended):
            table.all().clear()


def _storable(delivery: Delivery, service: str) -> None:
    """Whatever came, the row of its dead letter and its copy can be written."""
    kept = delivery.record
    if delivery.lane is not None and not delivery.lane.isprintable():
        raise NotStorableError("the lane is no text for a row")
    if headers_from_bytes(headers_to_bytes(kept.headers)) != list(kept.headers):
        raise NotStorableError("the headers do not come back as they were")
    if delivery.refusal is None:
        return
    if not (delivery.refusal.message.isprintable() and delivery.refusal.reason.isidentifier()):
        raise NotStorableError("the refusal is no text for a row")
    if service:
        copy = dead_letters.published_copy(delivery, delivery.refusal, service)
        if outbox.size_of(copy) > dead_letters.LARGEST_RECORD_BYTES:
            raise NotStorableError("the copy is larger than its topic takes")


def _publishable(effects: Effects, service: str) -> None:
    for emission in effects.emissions:
        made = outbox.outgoing(emission, service=service, cause_id=_CAUSE, now=NOON)
        if outbox.size_of(made) > dead_letters.LARGEST_RECORD_BYTES:
            raise NotStorableError("an event is larger than its topic takes")
        again = type(emission.event).from_json(made.value)
        if again.to_json() != made.value:
            raise NotStorableError("an event does not come back as it was")


def _writable(work: Workspace) -> None:
    """What changed can be encoded, as the services keep it: JSON of at most 64-bit numbers."""
    for table in vars(work).values():
        if isinstance(table, Rows):
            for row in table.changed().values():
                msgspec.json.encode(row)
        elif isinstance(table, Appended):
            for row in table.all():
                msgspec.json.encode(row)
