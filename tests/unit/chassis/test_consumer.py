"""What a consumer tells of a group or of topics that are not as they should be."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from structlog.testing import capture_logs

from services.chassis import consumer
from services.chassis.consumer import Consumer
from services.chassis.health import Progress
from services.chassis.metrics import Metrics
from services.chassis.settings import ChassisSettings
from tests.support import until

SETTINGS = ChassisSettings(kafka_bootstrap="nowhere:1")


class Client:
    """A client that is still joining: a broker answers, and has only some of the topics."""

    _coordinator = None

    def __init__(self, *, there: Iterable[str]) -> None:
        self._there = set(there)

    def subscription(self) -> frozenset[str]:
        return frozenset({"a.v1", "b.v1"})

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {0} if topic in self._there else None

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset()


class Broker:
    """Never done with starting; stops at once."""

    async def start(self) -> None:
        await asyncio.Event().wait()

    async def stop(self) -> None:
        return


async def _is(found: list[Any]) -> bool:
    return bool(found)


def joining(client: Client) -> Consumer:
    async def nothing(*_: Any) -> None:
        return

    made = Consumer(
        "till",
        ["a.v1", "b.v1"],
        SETTINGS,
        nothing,
        room=nothing,
        progress=Progress(60),
        metrics=Metrics("till"),
        log=structlog.get_logger(),
    )
    unmade: Any = made
    unmade.broker = Broker()
    unmade._subscriber = type("Subscriber", (), {"consumer": client})()
    return made


async def test_who_waits_for_topics_that_are_not_there_names_them(monkeypatch: Any) -> None:
    monkeypatch.setattr(consumer, "_LOOK_SECONDS", 0.01)
    told = asyncio.Event()
    with capture_logs() as logs:
        starting = asyncio.create_task(joining(Client(there=["b.v1"])).start(told))
        await until(lambda: _is(logs))
        told.set()
        assert not await starting
    assert {entry["topic"] for entry in logs} == {"a.v1"}
    assert "claimstream topics apply" in logs[0]["event"]


async def test_who_only_waits_for_its_group_complains_of_no_topic() -> None:
    assert joining(Client(there=["a.v1", "b.v1"]))._missing_topics() == []


async def test_who_is_told_to_stop_before_it_has_a_place_in_the_group_stops() -> None:
    async with asyncio.timeout(5):
        await joining(Client(there=["b.v1"])).stop()


async def test_partitions_that_come_again_and_again_are_told_and_a_few_times_are_not() -> None:
    listener = consumer._Rebalance(asyncio.Lock(), Progress(60), structlog.get_logger())
    with capture_logs() as logs:
        for _ in range(consumer._MANY_ASSIGNMENTS - 1):
            await listener.on_partitions_assigned([])
        assert logs == []
        await listener.on_partitions_assigned([])
    assert ["instance name" in entry["event"] for entry in logs] == [True]


class Silent(Client):
    """A client in whose group nobody answers a commit."""

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset({TopicPartition("a.v1", 0)})

    async def commit(self, _offsets: Any) -> None:
        await asyncio.Event().wait()


async def test_a_commit_that_nobody_answers_is_left_to_the_next_batch(monkeypatch: Any) -> None:
    monkeypatch.setattr(consumer, "REQUEST_TIMEOUT_SECONDS", 0.01)
    record = ConsumerRecord("a.v1", 0, 7, 0, 0, b"key", b"value", None, 3, 5, ())
    batch = await joining(Silent(there=["a.v1"]))._parse((record,))
    with capture_logs() as logs:
        async with asyncio.timeout(5):
            await batch.ack()
    assert [entry["event"] for entry in logs] == [
        "offsets not committed in time: the next batch's commit holds them"
    ]
