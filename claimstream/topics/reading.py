"""Records of one topic, read without a consumer group: nobody's position moves.

Records come in the order of their time over all partitions, as far as one topic has such an order:
within a partition always, between partitions by the record's timestamp.
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from claimstream.topics.broker import connected
from claimstream.topics.reader import SILENT_POLLS

LARGEST_FETCH_BYTES = 32 * 1024 * 1024
POLL_MILLISECONDS = 200


class NoSuchTopicError(Exception):
    """The broker has no topic of this name."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"Kafka has no topic {topic}: `claimstream topics list` shows the topics there are."
        )


@dataclass(slots=True)
class _Partition:
    """What was fetched of a partition and not given out yet, and where its present end is."""

    place: TopicPartition
    end: int
    fetched: deque[ConsumerRecord] = field(default_factory=deque)
    drained: bool = False


class TopicReader:
    """Reads one topic; use ``reading``."""

    def __init__(self, consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
        self._consumer = consumer
        self._places = places
        self._ends: dict[TopicPartition, int] = {}

    async def until_now(self, last: int | None = None) -> AsyncIterator[ConsumerRecord]:
        """What the topic holds now; only the last ``last`` of each partition when given."""
        starts = await self._consumer.beginning_offsets(self._places)
        self._ends = await self._consumer.end_offsets(self._places)
        partitions = []
        for place in self._places:
            start, end = starts[place], self._ends[place]
            if last is not None:
                start = max(start, end - last)
            self._consumer.seek(place, start)
            if start < end:
                partitions.append(_Partition(place, end))
        while partitions:
            for partition in partitions:
                if not partition.fetched:
                    await self._fetch(partition)
            partitions = [partition for partition in partitions if partition.fetched]
            if partitions:
                yield min(
                    partitions,
                    key=lambda item: (item.fetched[0].timestamp, item.place.partition),
                ).fetched.popleft()

    async def _fetch(self, partition: _Partition) -> None:
        """The next records before the present end, or none when it is reached.

        The position passes what compaction and transactions left out, so it tells the end where
        the records themselves cannot. Raises ``KafkaError`` when the broker stays away.
        """
        silent = 0
        while await self._consumer.position(partition.place) < partition.end:
            found = await self._consumer.getmany(
                partition.place, timeout_ms=POLL_MILLISECONDS, max_records=200
            )
            partition.fetched.extend(
                record for record in found.get(partition.place, ()) if record.offset < partition.end
            )
            if partition.fetched:
                return
            silent += 1
            if silent == SILENT_POLLS:
                await self._consumer.end_offsets([partition.place])
                silent = 0

    async def from_now(self) -> AsyncIterator[ConsumerRecord]:
        """What is written from now on, for ever; after ``until_now``, from where that ended.

        Raises ``KafkaError`` when nothing comes because the broker is away, and stays away.
        """
        if not self._ends:
            self._ends = await self._consumer.end_offsets(self._places)
        for place, end in self._ends.items():
            self._consumer.seek(place, end)
        silent = 0
        while True:
            found = await self._consumer.getmany(
                *self._places, timeout_ms=POLL_MILLISECONDS, max_records=200
            )
            records = [record for batch in found.values() for record in batch]
            silent = 0 if records else silent + 1
            if silent == SILENT_POLLS:
                await self._consumer.end_offsets(self._places)
                silent = 0
            for record in sorted(records, key=lambda item: (item.timestamp, item.partition)):
                yield record


@asynccontextmanager
async def reading(bootstrap: str, topic: str) -> AsyncIterator[TopicReader]:
    """A reader of ``topic``.

    Raises ``BrokerUnreachableError`` and ``NoSuchTopicError``.
    """
    async with connected(bootstrap) as broker:
        found = (await broker.cluster(())).topics.get(topic)
    if found is None:
        raise NoSuchTopicError(topic)
    places = [TopicPartition(topic, number) for number in range(found.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LARGEST_FETCH_BYTES,
        isolation_level="read_committed",
    )
    try:
        await consumer.start()
        consumer.assign(places)
        yield TopicReader(consumer, places)
    finally:
        await consumer.stop()
