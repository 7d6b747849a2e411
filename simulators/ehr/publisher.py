"""Publishing an EHR's events to Kafka: in order, all acknowledged, none lost silently."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError

from schemas.envelope import OutgoingRecord
from services.chassis.closing import close_producer
from services.chassis.record import LARGEST_VALUE_BYTES
from simulators.ehr.finding import Finding, Severity
from simulators.ehr.scheduled import Scheduled

LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
_IN_FLIGHT = 2_000
SILENT_SECONDS = 60
LOOK_SECONDS = 0.5
_TOO_LARGE = f"a record holds at most {LARGEST_VALUE_BYTES} bytes"


class BrokerNotReachedError(Exception):
    """No broker answered at the address given."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(f"no Kafka broker answers at {bootstrap}")


class BrokerSilentError(BrokerNotReachedError):
    """The broker takes records, or did, and acknowledges none."""

    def __init__(self, bootstrap: str) -> None:
        Exception.__init__(
            self,
            f"Kafka at {bootstrap} acknowledges nothing any more: publish the same again once it "
            "does; what has arrived is known by its id",
        )


@dataclass(slots=True)
class PublishReport:
    """What was published (records by topic, acknowledged by the broker) and what was not."""

    published: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many records the broker acknowledged."""
        return self.published.total()

    @property
    def unreadable(self) -> int:
        """How many things were broken and not published."""
        return sum(1 for one in self.findings if one.severity is Severity.UNREADABLE)


@asynccontextmanager
async def producer_for(bootstrap: str, client_id: str) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer: acks from all replicas, idempotent, batching for 20 ms.

    Raises ``BrokerNotReachedError``.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=20,
        max_batch_size=256 * 1024,
        max_request_size=LARGEST_REQUEST_BYTES,
    )
    try:
        await producer.start()
    except KafkaConnectionError:
        await producer.stop()
        raise BrokerNotReachedError(bootstrap) from None
    try:
        yield producer
    finally:
        await close_producer(producer)


class Pace:
    """Lets ``per_second`` things through a second; 0 lets everything through."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._started = monotonic()
        self._passed = 0

    async def wait(self) -> None:
        """Return when the next one may pass."""
        if not self._per_second:
            return
        due = self._started + self._passed / self._per_second
        self._passed += 1
        remaining = due - monotonic()
        if remaining > 0:
            await asyncio.sleep(remaining)


class Publisher:
    """Sends records and remembers which the broker has acknowledged.

    What the broker does not acknowledge becomes a finding, or, with ``must_arrive``, the
    ``KafkaError`` of ``flush``, so that the caller publishes it again.
    """

    def __init__(
        self, producer: AIOKafkaProducer, report: PublishReport, *, must_arrive: bool = False
    ) -> None:
        self._producer = producer
        self._must_arrive = must_arrive
        self._report = report
        self._waiting: list[tuple[OutgoingRecord, Any]] = []
        self._unheard = 0
        self._heard_at = 0.0

    @property
    def silent_seconds(self) -> float:
        """For how long nothing was acknowledged though something waits for it."""
        return monotonic() - self._heard_at if self._unheard else 0

    def _heard(self, acknowledged: asyncio.Future[Any]) -> None:
        """Also of what nobody waits for any more, so that its fault is not told as forgotten."""
        if not acknowledged.cancelled():
            acknowledged.exception()
        self._unheard -= 1
        self._heard_at = monotonic()

    async def send(self, record: OutgoingRecord) -> None:
        """Hand ``record`` to the producer; one too large for its readers becomes a finding."""
        if len(record.value) > LARGEST_VALUE_BYTES:
            self._refused(record, "record_too_large", _TOO_LARGE)
            return
        try:
            acknowledged = await self._producer.send(
                record.topic, record.value, key=record.key, headers=record.headers
            )
        except MessageSizeTooLargeError:
            self._refused(record, "record_too_large", _TOO_LARGE)
            return
        if not self._unheard:
            self._heard_at = monotonic()
        self._unheard += 1
        acknowledged.add_done_callback(self._heard)
        self._waiting.append((record, acknowledged))
        if len(self._waiting) >= _IN_FLIGHT:
            await self.flush()

    async def flush(self) -> None:
        """Return when everything handed over is acknowledged or reported."""
        waiting, self._waiting = self._waiting, []
        outcomes = await asyncio.gather(*(one for _, one in waiting), return_exceptions=True)
        for (record, _), outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, MessageSizeTooLargeError):
                self._refused(record, "record_too_large", _TOO_LARGE)
            elif isinstance(outcome, KafkaError) and not self._must_arrive:
                self._refused(record, "not_acknowledged", f"Kafka: {type(outcome).__name__}")
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                self._report.published[record.topic] += 1

    def _refused(self, record: OutgoingRecord, reason: str, message: str) -> None:
        self._report.findings.append(
            Finding(Severity.UNREADABLE, record.topic, record.key.decode(), reason, message)
        )


async def publish(
    items: Iterable[Scheduled],
    bootstrap: str,
    report: PublishReport,
    *,
    rate: int = 0,
    sent: Callable[[Scheduled], None] = lambda _: None,
) -> None:
    """Publish ``items`` in their order, at most ``rate`` a second (0: as fast as it goes).

    ``sent`` hears of each item as it is handed over. Raises ``BrokerNotReachedError``, and
    ``BrokerSilentError`` where a broker that answered acknowledges nothing any more.
    """
    pace = Pace(rate)
    async with producer_for(bootstrap, "claimstream-ehr-publish") as producer:
        publisher = Publisher(producer, report)

        async def everything() -> None:
            for item in items:
                await pace.wait()
                await publisher.send(item.record())
                sent(item)
            await publisher.flush()

        try:
            await _while_heard(publisher, asyncio.create_task(everything()))
        except (KafkaError, TimeoutError):
            raise BrokerSilentError(bootstrap) from None


async def _while_heard(publisher: Publisher, work: asyncio.Task[None]) -> None:
    """Wait for what is being published, for as long as the broker acknowledges anything of it.

    The client itself would try again for ever. Raises ``TimeoutError``, and what the work raises.
    """
    try:
        while not work.done():
            await asyncio.wait([work], timeout=LOOK_SECONDS)
            if not work.done() and publisher.silent_seconds > SILENT_SECONDS:
                raise TimeoutError
        await work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def rehearse(
    items: Iterable[Scheduled],
    report: PublishReport,
    *,
    sent: Callable[[Scheduled], None] = lambda _: None,
) -> None:
    """Make every record and count it, and publish nothing."""
    for item in items:
        record = item.record()
        if len(record.value) > LARGEST_VALUE_BYTES:
            report.findings.append(
                Finding(
                    Severity.UNREADABLE,
                    record.topic,
                    record.key.decode(),
                    "record_too_large",
                    _TOO_LARGE,
                )
            )
            continue
        report.published[record.topic] += 1
        sent(item)
