"""The same through a real broker and a running service: a bad record stops no neighbour."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import uuid4

import asyncpg
import pytest
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.catalogue import dead_letter_topic, subscriptions
from schemas.event import Event
from schemas.reference import PatientRegistered
from services.chassis.clock import RealClock
from services.chassis.migrate import migrate
from services.chassis.record import Record, deliver, headers_from_bytes
from services.chassis.runtime import run_service
from services.chassis.service import Service
from services.chassis.settings import ChassisSettings
from tests.builders import make
from tests.fixtures.postgres import MakeDatabase
from tests.poison.conftest import MAKERS
from tests.poison.poison import Poison, corpus
from tests.support import record, until

SERVICE = "coding"
LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
UNREADABLE = [
    poison
    for poison in corpus()
    if poison.service == SERVICE
    and len(poison.recipes) == 1
    and not (poison.record().key is None and poison.record().value is None)
    and poison.record().topic in subscriptions(SERVICE)
    and deliver(poison.record(), subscriptions(SERVICE)).refusal is not None
]
"""Records that stand alone and are refused for what they are, whatever the service knows.

The client refuses to send what has neither key nor value.
"""


def renamed(contract: type[Event], suffix: str) -> type[Event]:
    """The same contract on a topic of the test's own."""
    made: type[Event] = type(
        contract.__name__,
        (contract,),
        {
            "TOPIC": f"{contract.TOPIC}.{suffix}",
            "__module__": __name__,
            "__annotations__": {"TOPIC": ClassVar[str]},
        },
    )
    return made


def on_topics_of_its_own(service: Service[Any], suffix: str) -> Service[Any]:
    """The service reading topics that no other test has, in a group of its own."""
    contracts = {model: renamed(model, suffix) for model in service.subscriptions.values()}
    return replace(
        service,
        name=f"{service.name}-{suffix}",
        subscriptions={contract.TOPIC: contract for contract in contracts.values()},
        handlers={contract: service.handlers[model] for model, contract in contracts.items()},
        background=(),
    )


@dataclass(frozen=True, slots=True)
class Broker:
    """A running service and a way to publish anything to it."""

    suffix: str
    service: Service[Any]
    pool: asyncpg.Pool
    producer: AIOKafkaProducer

    async def publish(self, each: Record, partition: int = 0) -> int:
        """Put a record on the service's own topic, its type as well; returns its offset."""
        topic = f"{each.topic}.{self.suffix}"
        sent = await self.producer.send_and_wait(
            topic,
            each.value,
            key=each.key,
            headers=self.headers(each),
            partition=partition,
        )
        return int(sent.offset)

    def headers(self, each: Record) -> list[tuple[str, bytes | None]]:
        wanted = each.topic.encode()
        return [
            (name, f"{each.topic}.{self.suffix}".encode() if raw == wanted else raw)
            for name, raw in each.headers
        ]


@asynccontextmanager
async def _topics(bootstrap: str, service: Service[Any]) -> AsyncIterator[None]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    names = [*service.subscriptions]
    names += [dead_letter_topic(topic, service.name) for topic in service.subscriptions]
    config = {"max.message.bytes": str(LARGEST_REQUEST_BYTES)}
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=config) for name in names])
    try:
        yield
    finally:
        await admin.delete_topics(names)
        await admin.close()


@pytest.fixture
async def broker(kafka_bootstrap: str, make_database: MakeDatabase) -> AsyncIterator[Broker]:
    suffix = uuid4().hex[:8]
    service = on_topics_of_its_own(MAKERS[SERVICE](), suffix)
    url = await make_database()
    connection = await asyncpg.connect(url)
    await migrate(connection, service.migrations)
    await connection.close()
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka_bootstrap, max_request_size=LARGEST_REQUEST_BYTES
    )
    await producer.start()
    stop = asyncio.Event()
    async with _topics(kafka_bootstrap, service):
        settings = ChassisSettings(kafka_bootstrap=kafka_bootstrap, breaker_percent=100)
        running = asyncio.create_task(
            run_service(
                service, url, stop, settings=settings, clock=RealClock(), log=structlog.get_logger()
            )
        )
        yield Broker(suffix, service, pool, producer)
        stop.set()
        await running
    await producer.stop()
    await pool.close()


def neighbour(number: int) -> Record:
    """A good record of a key that no other has."""
    return record(make(PatientRegistered, practice_id=f"GOOD{number:03}"))


async def letters(broker: Broker) -> Mapping[tuple[str, int], asyncpg.Record]:
    rows = await broker.pool.fetch("select * from delivery.dead_letter")
    return {(row["topic"], row["record_offset"]): row for row in rows}


async def test_records_sent_at_once_are_set_aside_and_every_good_neighbour_is_acted_on(
    broker: Broker,
) -> None:
    assert len(UNREADABLE) >= 60
    places: dict[tuple[str, int], Poison] = {}
    for number, poison in enumerate(UNREADABLE):
        bad = poison.record()
        places[f"{bad.topic}.{broker.suffix}", await broker.publish(bad)] = poison
        await broker.publish(neighbour(number))

    async def all_neighbours_passed() -> bool:
        passed = await broker.pool.fetchval(
            "select count(*) from coding.patient where practice_id like 'GOOD%'"
        )
        return bool(passed == len(UNREADABLE))

    async def all_set_aside() -> bool:
        return places.keys() <= (await letters(broker)).keys()

    await until(all_neighbours_passed, what="every good neighbour being acted on")
    await until(all_set_aside, what="every bad record being set aside")
    kept = await letters(broker)
    assert {place: kept[place]["reason"] for place in kept} == {
        place: poison.expected.reason for place, poison in places.items()
    }
    for place, poison in places.items():
        sent, row = poison.record(), kept[place]
        assert (row["key"], row["value"]) == (sent.key, sent.value)
        assert headers_from_bytes(row["headers"]) == broker.headers(sent)
