"""The topics read a batch at a time: memory does not grow with what they hold."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from claimstream.topics.broker import BrokerUnreachableError, connected
from services.chassis.record import Record, record_from_kafka

_MOST_RECORDS = 2_000
_LARGEST_FETCH_BYTES = 4 * 1024 * 1024

SILENT_POLLS = 25
"""After so many in a row the broker is asked something that it must answer."""

Offsets = Mapping[tuple[str, int], int]


@dataclass(slots=True)
class TopicReader:
    """What lies on some topics from their beginnings to where they ended when it was opened.

    ``starts`` and ``ends``: offsets by topic and partition; a start above 0 was cut by retention.
    """

    bootstrap: str
    starts: Offsets
    ends: Offsets
    _consumer: AIOKafkaConsumer

    async def batches(self, *, since: datetime | None = None) -> AsyncIterator[list[Record]]:
        """Everything, or what was recorded since then, once: each partition in its order, one
        topic after the other.

        Raises ``BrokerUnreachableError``.
        """
        for topic in dict.fromkeys(topic for topic, _ in self.ends):
            async for batch in self._of(topic, since):
                yield batch

    async def _of(self, topic: str, since: datetime | None) -> AsyncIterator[list[Record]]:
        consumer = self._consumer
        try:
            first = await self._first(topic, since)
            unread = [place for place, offset in first.items() if offset < self._end(place)]
            if not unread:
                return
            consumer.assign(unread)
            for place in unread:
                consumer.seek(place, first[place])
            silent = 0
            while unread:
                found = await consumer.getmany(*unread, timeout_ms=200, max_records=_MOST_RECORDS)
                silent = 0 if found else silent + 1
                if silent == SILENT_POLLS:
                    await consumer.end_offsets(unread)
                    silent = 0
                batch = [
                    record_from_kafka(raw)
                    for place, raws in found.items()
                    for raw in raws
                    if raw.offset < self._end(place)
                ]
                if batch:
                    yield batch
                unread = [
                    place for place in unread if await consumer.position(place) < self._end(place)
                ]
                await asyncio.sleep(0)
        except KafkaError:
            raise BrokerUnreachableError(self.bootstrap) from None

    async def _first(self, topic: str, since: datetime | None) -> dict[TopicPartition, int]:
        places = [TopicPartition(*place) for place in self.ends if place[0] == topic]
        if since is None:
            return {place: self.starts[place.topic, place.partition] for place in places}
        at = dict.fromkeys(places, int(since.timestamp() * 1000))
        found = await self._consumer.offsets_for_times(at)
        return {
            place: offset.offset if (offset := found.get(place)) else self._end(place)
            for place in places
        }

    def _end(self, place: TopicPartition) -> int:
        return self.ends[place.topic, place.partition]


@asynccontextmanager
async def topic_reader(bootstrap: str, topics: Iterable[str]) -> AsyncIterator[TopicReader]:
    """A reader of those of ``topics`` that there are. Raises ``BrokerUnreachableError``."""
    async with connected(bootstrap) as broker:
        present = (await broker.cluster(())).topics
    places = [
        TopicPartition(name, number)
        for name in topics
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
        starts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
    except KafkaError:
        await consumer.stop()
        raise BrokerUnreachableError(bootstrap) from None
    try:
        yield TopicReader(bootstrap, _by_place(starts), _by_place(ends), consumer)
    finally:
        await consumer.stop()


async def topic_ends(bootstrap: str, topics: Iterable[str]) -> Offsets:
    """Where the partitions of ``topics`` end now. Raises ``BrokerUnreachableError``."""
    async with topic_reader(bootstrap, topics) as reader:
        return reader.ends


def _by_place(offsets: Mapping[TopicPartition, int]) -> dict[tuple[str, int], int]:
    return {(place.topic, place.partition): offset for place, offset in offsets.items()}
