"""A broker in memory: logs, committed offsets, and a producer whose confirmations can go astray.

What it models is what Kafka and an idempotent client promise: a partition's records land in the
order sent, so that what has landed of one producer is a prefix; a record that landed may still be
unconfirmed; one that was sent may land after its sender is gone.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from aiokafka.errors import KafkaConnectionError

from services.chassis.record import Record
from tests.delivery.protocol.schedule import CURRENT
from tests.support import NOON

Place = tuple[str, int]
PARTITIONS = 2
_RECORDS_OF_A_BATCH = 2
Headers = Sequence[tuple[str, bytes | None]]


def place_of(topic: str, key: bytes | None) -> Place:
    """The partition of a key, for those who produce."""
    return topic, crc32(key or b"") % PARTITIONS


@dataclass(slots=True)
class Broker:
    """Topics and one consumer group."""

    logs: dict[Place, list[Record]] = field(default_factory=dict)
    committed: dict[Place, int] = field(default_factory=dict)
    owner: dict[Place, str] = field(default_factory=dict)
    late: list["Sent"] = field(default_factory=list)

    def append(
        self,
        place: Place,
        key: bytes | None,
        headers: Headers,
        value: bytes | None,
        at: datetime = NOON,
    ) -> Record:
        """Store a record."""
        log = self.logs.setdefault(place, [])
        stored = Record(*place, len(log), at, key, headers, value)
        log.append(stored)
        return stored

    def land(self, sent: Iterable["Sent"]) -> None:
        """Store what a producer sent."""
        for each in sent:
            for record in each.batch.records:
                self.append(each.place, *record)

    def land_late(self) -> None:
        """Store what was still on its way when its sender died."""
        self.land(self.late)
        self.late.clear()

    def commit(self, instance: str, offsets: dict[Place, int]) -> None:
        """Remember how far the group has come; from an instance that no longer owns it, nothing."""
        for place, offset in offsets.items():
            if self.owner[place] == instance:
                self.committed[place] = offset


class Batch:
    """What the relay takes for a batch of one partition; it is full after two records."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes | None, Headers, bytes | None]] = []

    def append(
        self,
        *,
        timestamp: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
    ) -> object | None:
        """Add a record; ``None`` when the batch is full."""
        if len(self.records) == _RECORDS_OF_A_BATCH:
            return None
        self.records.append((key, tuple(headers), value))
        return self

    def close(self) -> None:
        """Take no more."""


@dataclass(slots=True)
class Sent:
    """What a producer has sent to a partition at once, and the broker's confirmation."""

    place: Place
    batch: Batch
    confirmed: asyncio.Future[None]


class Producer:
    """What the relay takes for its producer; its operation's ``fate`` says how much lands."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._operation = CURRENT.get()
        self._operation.producers.append(self)
        self.sent: list[Sent] = []

    async def start(self) -> None:
        """Connect."""
        await self._operation.gate("connect to the broker")

    async def stop(self) -> None:
        """Send what is left, as a client does that is closed in good order."""
        if not self._operation.dead:
            self.confirm()

    async def partitions_for(self, _topic: str) -> set[int]:
        """The partitions of a topic."""
        return set(range(PARTITIONS))

    def create_batch(self) -> Batch:
        """An empty batch."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[None]:
        """Take a batch; the future is the broker's confirmation."""
        await self._operation.gate("send")
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent.append(Sent((topic, partition), batch, confirmed))
        return confirmed

    def confirm(self) -> None:
        """Everything sent lands and is confirmed."""
        self._broker.land(self.sent)
        for each in self.sent:
            if not each.confirmed.done():
                each.confirmed.set_result(None)
        self.sent.clear()

    def break_off(self) -> None:
        """The connection is lost: some lands, nothing is confirmed."""
        self._part()
        for each in self.sent:
            each.confirmed.set_exception(KafkaConnectionError())
        self.sent.clear()

    def die(self) -> None:
        """The sender is killed: some has landed, some is still on its way, some never left."""
        self._broker.late += self._part()
        for each in self.sent:
            each.confirmed.cancel()
        self.sent.clear()

    def _part(self) -> list[Sent]:
        late: list[Sent] = []
        for place in sorted({each.place for each in self.sent}):
            sent = [each for each in self.sent if each.place == place]
            landed = self._draw() % (len(sent) + 1)
            on_its_way = self._draw() % (len(sent) - landed + 1)
            self._broker.land(sent[:landed])
            late += sent[landed : landed + on_its_way]
        return late

    def _draw(self) -> int:
        self._operation.fate, drawn = divmod(self._operation.fate, 11)
        return drawn
