"""The batch consumer: FastStream's batch subscriber, with what its defaults would lose put right.

Bytes are left alone, no header can make the parser fail, offsets are committed explicitly and only
for what was processed, and a batch that meets an infrastructure fault is put back whole.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate, takewhile
from time import monotonic, time
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage

from services.chassis.backlog import Backlog
from services.chassis.health import Progress
from services.chassis.logs import Logger, fault_of, place_of
from services.chassis.metrics import Metrics
from services.chassis.record import Record, record_from_kafka
from services.chassis.settings import (
    LARGEST_BACKOFF_SECONDS,
    REQUEST_TIMEOUT_SECONDS,
    ChassisSettings,
)

Process = Callable[[Sequence[Record]], Awaitable[None]]
Room = Callable[[], Awaitable[None]]
_BUSY = (100, 256 * 1024)
"""A read waits so many milliseconds for so many bytes: a batch of hundreds costs hardly more than
one of ten."""
_UNHURRIED = (300, 1024 * 1024)
"""Where nobody waits for what a service decides, more come together."""
_LEISURELY = (1000, 1024 * 1024)
"""Where nobody waits even seconds, more still."""
_RESTING = (1000, 1)
"""While nothing comes, a read returns with the first record, and is seldom sent."""
_TOLD_WITHIN_SECONDS = 2.5
"""At rest each read tells where the partitions end; a broker that answers does so by then."""
_UNREAD_HOLD_SECONDS = 60
"""While records that came wait for their turn, nothing more is asked for. The client would ask for
the other partitions after 0.1 s: such a read mostly waits in vain, and until its wait is over no
other one is sent, though the records at hand are long through. What is asked for once they are
taken comes while the last of them are decided.
"""
_RESTS_AFTER_SECONDS = 2
_LAG_SECONDS = 3
_LEFT_WITHIN_SECONDS = 3
_LOOK_SECONDS = 5
_MANY_ASSIGNMENTS = 10
_ALL_THE_TIME_SECONDS = 60
_PUSHED_OUT = (
    "partitions are given to this process again and again: see that no other one runs under its "
    "instance name"
)
_HEARTBEAT_MILLISECONDS = 500
"""A member hears of a rebalance with its next heartbeat; until all have heard, keys stand still."""


class _Batch(KafkaAckableMessage):
    """A batch whose acknowledgement commits, and whose refusal rewinds, exactly its own records."""

    log: Logger

    def _positions(self, pick: Callable[[list[int]], int]) -> dict[TopicPartition, int]:
        offsets: dict[tuple[str, int], list[int]] = {}
        for record in cast("tuple[ConsumerRecord[Any, Any], ...]", self.raw_message):
            offsets.setdefault((record.topic, record.partition), []).append(record.offset)
        assigned = cast("AIOKafkaConsumer", self.consumer).assignment()
        return {
            TopicPartition(*place): pick(each)
            for place, each in offsets.items()
            if TopicPartition(*place) in assigned
        }

    async def ack(self) -> None:
        consumer = cast("AIOKafkaConsumer", self.consumer)
        offsets = {place: offset + 1 for place, offset in self._positions(max).items()}
        if offsets:
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_SECONDS):
                    await consumer.commit(offsets)
            except TimeoutError:
                self.log.warning(
                    "offsets not committed in time: the next batch's commit holds them"
                )
        await StreamMessage.ack(self)

    async def nack(self) -> None:
        for place, offset in self._positions(min).items():
            try:
                self.consumer.seek(place, offset)
            except IllegalStateError:
                continue
        await StreamMessage.nack(self)


async def _let_go(client: AIOKafkaConsumer) -> None:
    """Cut the client's connections, whatever it still waits for.

    Its own way out waits until the group is whole again, which is as long as the session of another
    member that died; it has no public way to leave sooner.
    """
    inner = cast("Any", client)
    coordinator = inner._coordinator
    if coordinator is not None:
        coordinator._coordination_task.cancel()
        await coordinator._stop_heartbeat_task()
        await coordinator._stop_commit_offsets_refresh_task()
    if inner._fetcher is not None:
        await inner._fetcher.close()
    await inner._client.close()


def _give_place_up(client: AIOKafkaConsumer) -> None:
    """Have the client leave its group when it closes.

    A static member of this client library never leaves: its keys would wait for the session
    time-out. It has no public way to say that this time it shall.
    """
    coordinator = cast("Any", client)._coordinator
    if coordinator is not None:
        coordinator._group_instance_id = None


def _heard_of(client: AIOKafkaConsumer, place: TopicPartition) -> int:
    """Where a partition ended when it was last read. Raises ``IllegalStateError`` if not ours."""
    if place not in client.assignment():
        raise IllegalStateError(place)
    end: int | None = client.highwater(place)
    return end or 0


def _unread(
    ends: Mapping[TopicPartition, int], positions: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    return {place: max(ends[place] - position, 0) for place, position in positions.items()}


class _BytesCodec:
    """Leaves every value as it came."""

    async def encode(self, msg: Any, serializer: Any = None) -> tuple[bytes, str | None]:  # noqa: ARG002
        return bytes(msg), None

    async def encode_batch(
        self, msgs: Sequence[Any], serializer: Any = None
    ) -> list[tuple[bytes, str | None]]:
        return [await self.encode(msg, serializer) for msg in msgs]

    async def decode(self, msg: StreamMessage[Any]) -> Any:
        return msg.body

    async def decode_batch(self, msg: StreamMessage[Any]) -> Any:
        return msg.raw_message


class _Rebalance(ConsumerRebalanceListener):
    """Lets the batch in hand finish before its partitions are given away."""

    def __init__(self, in_hand: asyncio.Lock, progress: Progress, log: Logger) -> None:
        self._in_hand = in_hand
        self._progress = progress
        self._log = log
        self._assigned: deque[float] = deque(maxlen=_MANY_ASSIGNMENTS)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        async with self._in_hand:
            if revoked:
                self._progress.unassigned()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:  # noqa: ARG002
        self._progress.assigned()
        self._assigned.append(monotonic())
        if len(self._assigned) == _MANY_ASSIGNMENTS:
            if self._assigned[-1] - self._assigned[0] < _ALL_THE_TIME_SECONDS:
                self._log.warning(_PUSHED_OUT, count=_MANY_ASSIGNMENTS)
            self._assigned.clear()


class Consumer:
    """Reads a service's topics in batches and hands each to ``process``, until told to stop."""

    def __init__(
        self,
        service: str,
        topics: Sequence[str],
        settings: ChassisSettings,
        process: Process,
        *,
        room: Room,
        progress: Progress,
        metrics: Metrics,
        log: Logger,
        unhurried: bool = False,
        leisurely: bool = False,
    ) -> None:
        self.group = service
        self._busy = _LEISURELY if leisurely else _UNHURRIED if unhurried else _BUSY
        self._process = process
        self._room = room
        self._slowest_batch = settings.slowest_batch_seconds
        self._drain_seconds = settings.drain_seconds
        self._most_records = self._records_now = settings.batch_records
        self._most_bytes = settings.batch_bytes
        self._progress = progress
        self._metrics = metrics
        self._log = log
        self._in_hand = asyncio.Lock()
        self._failures = 0
        self._last_batch = monotonic()
        self._rests_since: float | None = None
        self.records_in_hand = 0
        self._backlog = Backlog()
        self.has_caught_up = False
        self.broker = KafkaBroker(
            settings.kafka_bootstrap,
            client_id=f"claimstream-{service}-{settings.instance}",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=settings.drain_seconds,
        )
        self._subscriber = self.broker.subscriber(
            *topics,
            batch=True,
            group_id=service,
            group_instance_id=f"{service}-{settings.instance}",
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            max_records=settings.batch_records,
            batch_timeout_ms=settings.batch_timeout_milliseconds,
            fetch_max_wait_ms=self._busy[0],
            fetch_min_bytes=self._busy[1],
            session_timeout_ms=settings.session_timeout_seconds * 1000,
            heartbeat_interval_ms=_HEARTBEAT_MILLISECONDS,
            max_poll_interval_ms=settings.max_poll_interval_seconds * 1000,
            rebalance_timeout_ms=settings.slowest_batch_seconds * 1000,
            listener=_Rebalance(self._in_hand, progress, log),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            parser=self._parse,
            codec=_BytesCodec(),
            no_reply=True,
        )
        self._subscriber(self._handle)

    @property
    def client(self) -> AIOKafkaConsumer | None:
        """The client that reads, once started."""
        return self._subscriber.consumer

    async def start(self, until: asyncio.Event) -> bool:
        """Join the group and begin to read; false where ``until`` was set before that was done."""
        starting = asyncio.create_task(self.broker.start())
        told = asyncio.create_task(until.wait())
        while not (starting.done() or told.done()):
            await asyncio.wait(
                [starting, told], timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if not (starting.done() or told.done()) and (missing := self._missing_topics()):
                self._log.error(
                    "waiting for topics that the broker does not have: `claimstream topics apply`",
                    topic=", ".join(missing),
                )
        told.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting], timeout=_LEFT_WITHIN_SECONDS)
            return False
        await starting
        return True

    async def stop(self) -> None:
        """Stop reading, let the batch in hand finish and be committed, and leave.

        Who shares the topics gives its place in the group up, so that the others take over at
        once. Who is alone keeps it, as one that is killed does: its next start finds its
        partitions again, with no rebalance.

        A group that is waiting for a dead member lets nobody leave in order until that one's
        session is over: then this member is gone without a word, as one that is killed is.
        """
        client = self.client
        if client is not None and self._shares(client):
            _give_place_up(client)
        stopping = asyncio.create_task(self.broker.stop())
        await asyncio.wait([stopping], timeout=self._drain_seconds + _LEFT_WITHIN_SECONDS)
        if stopping.done():
            await stopping
            return
        self._log.warning("left without waiting for the group")
        stopping.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEFT_WITHIN_SECONDS):
                await asyncio.wait([stopping])
                if client is not None:
                    await _let_go(client)

    def _missing_topics(self) -> list[str]:
        """Of the topics subscribed to, those that a broker which answers knows nothing of."""
        client = self.client
        if client is None:
            return []
        wanted = sorted(client.subscription())
        return [topic for topic in wanted if client.partitions_for_topic(topic) is None]

    def _shares(self, client: AIOKafkaConsumer) -> bool:
        mine = client.assignment()
        return any(
            TopicPartition(topic, number) not in mine
            for topic in client.subscription()
            for number in client.partitions_for_topic(topic) or ()
        )

    async def lag(self) -> dict[TopicPartition, int] | None:
        """Records not yet read, per assigned partition. None while the broker does not answer.

        Those that were read and are not yet processed are ``records_in_hand``. While records come
        and the reads told of more, that is the answer, and may be too low; at rest, where a read
        returns with the first record, what it told is exact. Asked twice a second, the broker and
        this client would spend more on it than on a read.
        """
        client = self.client
        if client is None:
            return {}
        places = list(client.assignment())
        if not places:
            return {}
        try:
            async with asyncio.timeout(_LAG_SECONDS):
                positions = {place: await client.position(place) for place in places}
                if not self.has_caught_up:
                    await self._look_behind(client, positions)
                lately = monotonic() - self._last_batch < _RESTS_AFTER_SECONDS
                at_rest = self._told_at_rest(client, places)
                if lately or at_rest:
                    ends = {place: _heard_of(client, place) for place in places}
                    heard = _unread(ends, positions)
                    if at_rest or any(heard.values()):
                        return heard
                ends = await client.end_offsets(places)
                return _unread(ends, {place: await client.position(place) for place in places})
        except IllegalStateError:
            return {}
        except (KafkaError, TimeoutError):
            return None

    async def _look_behind(
        self, client: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]
    ) -> None:
        """Whether all that lay there at first is processed by now; that is asked until it is."""
        if new := self._backlog.unmeasured(positions):
            self._backlog.measured(await client.end_offsets(new))
        self.has_caught_up = self._backlog.is_processed(positions)

    def _told_at_rest(self, client: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> bool:
        """Whether reads at rest told of every one of the places a moment ago."""
        if self._rests_since is None:
            return False
        now = time()
        since = max(self._rests_since, now - _TOLD_WITHIN_SECONDS)
        if not client.assignment().issuperset(places):
            return False
        told = [client.last_poll_timestamp(place) or 0 for place in places]
        return since * 1000 <= min(told) and max(told) <= now * 1000

    def _cut(
        self, raw: tuple[ConsumerRecord[Any, Any], ...]
    ) -> tuple[ConsumerRecord[Any, Any], ...]:
        """As many of the records as one batch may hold; the others are read again after it."""
        sizes = accumulate(len(each.value or b"") for each in raw)
        count = sum(1 for size in takewhile(lambda size: size <= self._most_bytes, sizes))
        count = max(min(count, self._records_now), 1)
        rest: dict[TopicPartition, int] = {}
        for each in raw[count:]:
            rest.setdefault(TopicPartition(each.topic, each.partition), each.offset)
        for place, offset in rest.items():
            with suppress(IllegalStateError):
                cast("AIOKafkaConsumer", self.client).seek(place, offset)
        return raw[:count]

    def rest(self) -> None:
        """Read at rest once nothing has come for a while; the next batch ends the rest."""
        if not self.records_in_hand and monotonic() - self._last_batch > _RESTS_AFTER_SECONDS:
            self._pace(_RESTING)
            self._rests_since = self._rests_since or time()

    def _pace(self, wait_and_bytes: tuple[int, int]) -> None:
        """The client takes both for each request that it sends from now on.

        It has no public way to be told while it runs, nor when to ask for more.
        """
        fetcher = getattr(self.client, "_fetcher", None)
        if fetcher is not None:
            fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes = wait_and_bytes
            fetcher._prefetch_backoff = _UNREAD_HOLD_SECONDS

    async def _parse(self, raw: tuple[ConsumerRecord[Any, Any], ...]) -> StreamMessage[Any]:
        raw = self._cut(raw)
        batch = _Batch(
            body=b"",
            raw_message=raw,
            message_id=f"{raw[0].topic}-{raw[0].partition}-{raw[0].offset}",
            correlation_id="",
            headers={},
            reply_to="",
            content_type=None,
            path={},
            consumer=self.client,
        )
        batch.log = self._log
        return batch

    async def _take(self, records: Sequence[Record]) -> None:
        await self._room()
        try:
            async with asyncio.timeout(self._slowest_batch), self._in_hand:
                await self._process(records)
        except TimeoutError:
            self._records_now = max(len(records) // 2, 1)
            raise
        self._records_now = min(self._records_now * 2, self._most_records)

    async def _handle(self, batch: tuple[ConsumerRecord[Any, Any], ...]) -> None:
        self.records_in_hand = len(batch)
        self._last_batch = monotonic()
        self._rests_since = None
        self._pace(self._busy)
        self._progress.batch_started(min(raw.timestamp for raw in batch))
        if not self.has_caught_up:
            self._backlog.taken(batch)
        try:
            await self._take([record_from_kafka(raw) for raw in batch])
        except Exception as error:
            self._progress.batch_ended(None)
            self._failures += 1
            self._metrics.fault(fault_of(error))
            self._log.error(
                "batch put back",
                fault=fault_of(error),
                where=place_of(error),
                records=len(batch),
                attempt=self._failures,
            )
            ceiling = min(LARGEST_BACKOFF_SECONDS, 0.1 * 2 ** min(self._failures, 10))
            await asyncio.sleep(ceiling * (0.5 + random.random() / 2))  # noqa: S311
            raise NackMessage from None
        finally:
            self.records_in_hand = 0
        self._failures = 0
        self._backlog.done()
        self._progress.batch_ended(max(raw.timestamp for raw in batch))
