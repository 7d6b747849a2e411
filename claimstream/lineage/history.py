"""Everything that the catalogue's topics hold, read without moving anybody's position."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from claimstream.topics.reader import Offsets, topic_reader
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event
from services.chassis.record import Delivery, Record, deliver


@dataclass(frozen=True, slots=True)
class Fact:
    """One record as it lies on its topic; ``event`` is None when it breaks its contract."""

    delivery: Delivery

    @property
    def record(self) -> Record:
        return self.delivery.record

    @property
    def event(self) -> Event | None:
        return self.delivery.incoming.event if self.delivery.incoming else None

    @property
    def occurred_at(self) -> datetime:
        incoming = self.delivery.incoming
        return incoming.occurred_at if incoming else self.delivery.record.recorded_at


@dataclass(frozen=True, slots=True)
class History:
    """Every record of the topics asked for, in order within each partition.

    ``facts`` holds each event once; ``copies`` what was published again under the same id.
    ``starts`` and ``ends``: offsets by topic and partition; a start above 0 was cut by retention.
    """

    facts: tuple[Fact, ...]
    copies: tuple[Fact, ...]
    ends: Offsets
    starts: Offsets = field(default_factory=dict)

    def ordered(self) -> list[Fact]:
        """The facts by the time at which they occurred."""
        return sorted(self.facts, key=lambda fact: fact.occurred_at)


async def read_history(
    bootstrap: str, topics: Iterable[str] | None = None, *, since: datetime | None = None
) -> History:
    """Read the catalogue's topics, or those given, up to their present ends.

    Raises ``BrokerUnreachableError``.
    """
    async with topic_reader(bootstrap, MODEL_OF_TOPIC if topics is None else topics) as reader:
        records = [record async for batch in reader.batches(since=since) for record in batch]
        return _sorted_out(records, reader.ends, reader.starts)


def _sorted_out(
    records: list[Record],
    ends: Offsets,
    starts: Offsets,
) -> History:
    facts: list[Fact] = []
    copies: list[Fact] = []
    seen: set[object] = set()
    for record in records:
        fact = Fact(deliver(record, MODEL_OF_TOPIC))
        known = (record.topic, fact.delivery.identity)
        (copies if known in seen else facts).append(fact)
        seen.add(known)
    return History(tuple(facts), tuple(copies), ends, starts)
