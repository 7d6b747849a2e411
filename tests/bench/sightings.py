"""What topics hold after a run, read as it lies there, and when encounters appeared on them.

Contracts are not looked at, and values not kept: a run of 100 000 encounters is looked through in
the memory of its ids and times.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import datetime

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.chassis.record import instant_of
from tests.bench.pace import Sightings

_MOST_RECORDS = 5_000
_IDENTITY = "ce_id"


class Once:
    """Tells what comes for the first time: an event that was published again is known by its id."""

    def __init__(self) -> None:
        self._known: set[tuple[str, bytes]] = set()

    def is_new(self, raw: ConsumerRecord) -> bool:
        """Whether no record of this topic had its id before; one without an id always is."""
        identity = (raw.topic, dict(raw.headers).get(_IDENTITY) or b"")
        if identity in self._known:
            return False
        if identity[1]:
            self._known.add(identity)
        return True


async def records_on(
    bootstrap: str, places: Iterable[TopicPartition]
) -> AsyncIterator[ConsumerRecord]:
    """Every record of ``places`` up to their present ends, in order within each; what was
    published again under the same id comes once."""
    wanted = list(places)
    once = Once()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(wanted)
        starts, ends = (
            await consumer.beginning_offsets(wanted),
            await consumer.end_offsets(wanted),
        )
        for place, start in starts.items():
            consumer.seek(place, start)
        unread = [place for place in wanted if starts[place] < ends[place]]
        while unread:
            read = await consumer.getmany(*unread, timeout_ms=200, max_records=_MOST_RECORDS)
            for raw in (each for records in read.values() for each in records):
                if once.is_new(raw):
                    yield raw
            unread = [place for place in unread if await consumer.position(place) < ends[place]]
    finally:
        await consumer.stop()


class _Named(msgspec.Struct):
    """What names an encounter in the value of any event about one."""

    practice_id: str
    encounter_id: str


class Sighting:
    """Collects when each encounter of ``keys`` appears on each of ``topics``.

    A value that names no encounter counts for the one that its record's key names, as the opaque
    values of the bare limit do.
    """

    def __init__(self, topics: Collection[str], keys: Collection[str]) -> None:
        self._keys = keys
        self._named = msgspec.json.Decoder(_Named)
        self._seen: dict[str, dict[str, list[datetime]]] = {topic: {} for topic in topics}

    def look(self, raw: ConsumerRecord) -> None:
        """Take a record of one of the topics; they come in any order."""
        key = self._key_of(raw)
        if key in self._keys:
            self._seen[raw.topic].setdefault(key, []).append(instant_of(raw.timestamp))

    def found(self) -> Mapping[str, Sightings]:
        """By topic and encounter, the times in order."""
        return {
            topic: {key: sorted(times) for key, times in seen.items()}
            for topic, seen in self._seen.items()
        }

    def _key_of(self, raw: ConsumerRecord) -> str:
        try:
            named = self._named.decode(raw.value or b"")
        except msgspec.DecodeError:
            return (raw.key or b"").decode(errors="replace")
        return f"{named.practice_id}:{named.encounter_id}"


async def sightings(
    bootstrap: str, places: Iterable[TopicPartition], topics: Collection[str], keys: Collection[str]
) -> Mapping[str, Sightings]:
    """When the encounters of ``keys`` were on ``topics``; of ``places``, those topics' are read."""
    sighting = Sighting(topics, keys)
    async for raw in records_on(bootstrap, (each for each in places if each.topic in topics)):
        sighting.look(raw)
    return sighting.found()
