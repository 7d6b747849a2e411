"""A broker that takes connections and says nothing: the relay waits for it for a time only."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial

import asyncpg
import orjson
import pytest
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.kafka import EmbeddedKafka, running_kafka
from schemas.envelope import OutgoingRecord, encode
from schemas.event_id import root_event_id
from services.chassis import closing, outbox, relay
from services.chassis.metrics import Metrics
from tests.delivery.till import Counted, prepare
from tests.fixtures.postgres import MakeDatabase
from tests.support import LONG_ENOUGH_S, NOON, until

LIMIT_S = 2
SOON_S = 18
"""Less than the client's own patience with a request, which is 20 s."""


def event(number: int) -> OutgoingRecord:
    counted = Counted(practice_id="P1", till_id="A", number=number, total_cents=number)
    event_id = root_event_id(NOON, "A", str(number))
    return encode(counted, event_id=event_id, source="urn:test", occurred_at=NOON)


class Broker:
    """A broker of the test's own, which can be kept from saying anything."""

    def __init__(self, kafka: EmbeddedKafka) -> None:
        assert kafka._child is not None
        assert kafka._child.pid is not None
        self.bootstrap = kafka.bootstrap
        self._pid = kafka._child.pid

    def silence(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    async def numbers(self, last: int) -> list[int]:
        """What the topic tells up to ``last``, what was published again left out."""
        consumer = AIOKafkaConsumer(
            Counted.TOPIC, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: list[int] = []
        try:
            async with asyncio.timeout(LONG_ENOUGH_S):
                while last not in found:
                    found.append(orjson.loads((await consumer.getone()).value)["number"])
        finally:
            await consumer.stop()
        return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    folder = tmp_path_factory.mktemp("kafka")
    async with running_kafka(folder, fsync=False) as kafka:
        broker = Broker(kafka)
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(Counted.TOPIC, 1, 1)])
        await admin.close()
        yield broker


@pytest.fixture
def broker(started: Broker) -> Iterator[Broker]:
    yield started
    started.go_on()


async def append(url: str, *numbers: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await outbox.append(connection, [event(number) for number in numbers])
    finally:
        await connection.close()


async def test_a_publication_that_nobody_answers_gives_its_shards_up_and_is_made_again(
    broker: Broker, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_PUBLISHED_WITHIN_SECONDS", LIMIT_S)
    monkeypatch.setattr(closing, "_CLOSED_WITHIN_SECONDS", LIMIT_S)
    url = await make_database("till", prepare)
    metrics = Metrics("till")
    own = relay.Relay(
        partial(asyncpg.connect, url),
        broker.bootstrap,
        client_id="till",
        metrics=metrics,
        log=structlog.get_logger(),
    )
    other = await asyncpg.connect(url)
    running = asyncio.create_task(own.run())

    async def is_empty() -> bool:
        return bool(await other.fetchval("select count(*) = 0 from delivery.outbox"))

    async def gave_up() -> bool:
        """By our own limit, not by the client's patience, which has errors of its own."""
        labels = {"service": "till", "fault": "TimeoutError"}
        return bool(
            metrics.registry.get_sample_value("claimstream_infrastructure_faults_total", labels)
        )

    async def nobody_owns_shards() -> bool:
        return not await other.fetchval(
            "select count(*) from pg_locks where locktype = 'advisory' and classid = $1 and "
            "database = (select oid from pg_database where datname = current_database())",
            relay._LOCK_SPACE,
        )

    try:
        await append(url, 1)
        await until(is_empty)
        broker.silence()
        await append(url, 2, 3)
        own.wake()
        await until(gave_up, what="the limit of a publication")
        await until(nobody_owns_shards, within=SOON_S, what="shards that another may have")
        assert not await is_empty()
        broker.go_on()
        await until(is_empty)
    finally:
        broker.go_on()
        own.stop()
        await running
        await other.close()
    assert await broker.numbers(3) == [1, 2, 3]


async def test_a_producer_whose_broker_is_silent_is_let_go_of_in_time(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "_CLOSED_WITHIN_SECONDS", LIMIT_S)
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=20_000,
    )
    await producer.start()
    await producer.send_and_wait(Counted.TOPIC, b"{}")
    broker.silence()
    await producer.send(Counted.TOPIC, b"{}")
    async with asyncio.timeout(SOON_S):
        await closing.close_producer(producer)
    assert producer._sender.sender_task.done()
