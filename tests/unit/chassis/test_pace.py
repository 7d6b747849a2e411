"""How much comes together in one read and one publication, by how busy a service is."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
import structlog
from aiokafka import ConsumerRecord

from services.chassis import consumer as consumer_module
from services.chassis.consumer import Consumer
from services.chassis.health import Progress
from services.chassis.metrics import Metrics
from services.chassis.record import Record
from services.chassis.relay import Relay
from services.chassis.settings import ChassisSettings

SETTINGS = ChassisSettings(kafka_bootstrap="nowhere:1")
READ = cast(
    "ConsumerRecord[Any, Any]", ConsumerRecord("t", 0, 0, 0, 0, b"P1:A", b"{}", None, 0, 2, ())
)


class Watch:
    """A clock that stands still unless it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000
        monkeypatch.setattr(consumer_module, "monotonic", lambda: self.now)

    def consumer(self, *, seconds_a_batch: int, unhurried: bool = False) -> Consumer:
        async def process(_records: Sequence[Record]) -> None:
            self.now += seconds_a_batch

        async def room() -> None:
            pass

        return Consumer(
            "till",
            ["t"],
            SETTINGS,
            process,
            room=room,
            progress=Progress(60),
            metrics=Metrics("till"),
            log=structlog.get_logger(),
            unhurried=unhurried,
        )


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


async def test_a_service_that_decides_for_longer_than_it_waits_is_crowded(watch: Watch) -> None:
    consumer = watch.consumer(seconds_a_batch=3)
    watch.now += 2
    await consumer._handle((READ,))
    assert consumer.crowded
    assert consumer._busy == consumer_module._CROWDED


async def test_a_service_is_crowded_no_more_once_it_waits_for_longer(watch: Watch) -> None:
    consumer = watch.consumer(seconds_a_batch=3)
    await consumer._handle((READ,))
    was = consumer.crowded
    watch.now += 4
    await consumer._handle((READ,))
    assert (was, consumer.crowded) == (True, False)
    assert consumer._busy == consumer_module._BUSY


async def test_a_service_that_nobody_waits_for_always_lets_more_come_together(
    watch: Watch,
) -> None:
    consumer = watch.consumer(seconds_a_batch=0, unhurried=True)
    watch.now += 60
    await consumer._handle((READ,))
    assert consumer.crowded


async def _unconnected() -> Any:
    raise AssertionError("nothing is asked of a database")


@pytest.mark.parametrize(
    ("packs", "left_some"),
    [
        ([(1, b"x")] * 3, False),
        ([(1, b"x")] * 4, True),
        ([(1, b"x")] * 3 + [(2, b"x")] * 3, False),
        ([(1, b"x" * 300_000)] * 2, True),
        ([(1, b"x" * 300_000), (2, b"x" * 300_000)], False),
    ],
)
def test_a_round_leaves_some_where_it_took_as_much_of_a_shard_as_it_may(
    packs: list[tuple[int, bytes]], *, left_some: bool
) -> None:
    relay = Relay(
        _unconnected,
        "",
        client_id="till",
        most_packs=4,
        metrics=Metrics("till"),
        log=structlog.get_logger(),
    )
    taken = [{"shard": shard, "pack": pack} for shard, pack in packs]
    assert relay._left_some(cast("Any", taken)) is left_some
