"""Everything that the catalogue's topics hold, read without moving anybody's position."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from claimstream.topics.broker import BrokerUnreachableError, connected
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event
from services.chassis.record import Delivery, Record, deliver, record_from_kafka

_MOST_RECORDS = 5_000
_LARGEST_FETCH_BYTES = 32 * 1024 * 1024


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
    ends: Mapping[tuple[str, int], int]
    starts: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def ordered(self) -> list[Fact]:
        """The facts by the time at which they occurred."""
        return sorted(self.facts, key=lambda fact: fact.occurred_at)


async def read_history(
    bootstrap: str, topics: Iterable[str] | None = None, *, since: datetime | None = None
) -> History:
    """Read the catalogue's topics, or those given, up to their present ends.

    Raises ``BrokerUnreachableError``.
    """
    names = list(MODEL_OF_TOPIC if topics is None else topics)
    async with connected(bootstrap) as broker:
        present = (await broker.cluster(())).topics
    places = [
        TopicPartition(name, number)
        for name in names
        if name in present
        for number in range(present[name].partitions)
    ]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_LARGEST_FETCH_BYTES,
        fetch_max_wait_ms=50,
    )
    try:
        await consumer.start()
        consumer.assign(places)
        starts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        records = await _read(consumer, dict(starts), ends, since)
    except KafkaError:
        raise BrokerUnreachableError(bootstrap) from None
    finally:
        await consumer.stop()
    return _sorted_out(records, _by_place(ends), _by_place(starts))


async def topic_ends(bootstrap: str, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """Where the partitions of ``topics`` end now. Raises ``BrokerUnreachableError``."""
    async with connected(bootstrap) as broker:
        present = (await broker.cluster(())).topics
    places = [
        TopicPartition(name, number)
        for name in topics
        if name in present
        for number in range(present[name].partitions)
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        await consumer.start()
        return _by_place(await consumer.end_offsets(places))
    except KafkaError:
        raise BrokerUnreachableError(bootstrap) from None
    finally:
        await consumer.stop()


def _by_place(offsets: Mapping[TopicPartition, int]) -> dict[tuple[str, int], int]:
    return {(place.topic, place.partition): offset for place, offset in offsets.items()}


async def _read(
    consumer: AIOKafkaConsumer,
    starts: dict[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    since: datetime | None,
) -> list[Record]:
    places = list(starts)
    if since is not None:
        at = int(since.timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(places, at))
        for place in places:
            starts[place] = found[place].offset if found.get(place) else ends[place]
    unread = [place for place in places if starts[place] < ends[place]]
    for place in places:
        consumer.seek(place, starts[place])
    records: list[Record] = []
    while unread:
        batches = await consumer.getmany(*unread, timeout_ms=200, max_records=_MOST_RECORDS)
        for batch in batches.values():
            records.extend(
                record_from_kafka(raw)
                for raw in batch
                if raw.offset < ends[TopicPartition(raw.topic, raw.partition)]
            )
        unread = [place for place in unread if await consumer.position(place) < ends[place]]
        await asyncio.sleep(0)
    return records


def _sorted_out(
    records: list[Record],
    ends: Mapping[tuple[str, int], int],
    starts: Mapping[tuple[str, int], int],
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
