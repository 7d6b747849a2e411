"""What a consumer says of records not yet read, and when it asks the broker for that."""

from time import time
from typing import Any, cast

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from services.chassis.consumer import Consumer
from services.chassis.health import Progress
from services.chassis.metrics import Metrics
from services.chassis.settings import ChassisSettings

PLACE, OTHER = TopicPartition("till.deposit.v1", 0), TopicPartition("till.deposit.v1", 1)


class Client:
    """A client that stands at offset 10 of two partitions and notes what it is asked."""

    def __init__(self, heard: dict[TopicPartition, int | None]) -> None:
        self.heard = heard
        self.told_at = 0
        self.asked = 0

    def assignment(self) -> set[TopicPartition]:
        return set(self.heard)

    async def position(self, _: TopicPartition) -> int:
        return 10

    def highwater(self, place: TopicPartition) -> int | None:
        return self.heard[place]

    def last_poll_timestamp(self, _: TopicPartition) -> int:
        return self.told_at

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        self.asked += 1
        return dict.fromkeys(places, 12)


def consumer(client: Client, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    monkeypatch.setattr(Consumer, "client", property(lambda _: client))

    async def nothing(*_: Any) -> None:
        return None

    made = Consumer(
        "till",
        [PLACE.topic],
        ChassisSettings(kafka_bootstrap="none:0"),
        cast("Any", nothing),
        room=nothing,
        progress=Progress(60),
        metrics=Metrics("till"),
        log=structlog.get_logger(),
    )
    made.has_caught_up = True
    return made


async def test_what_the_reads_told_of_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client({PLACE: 15, OTHER: None})
    assert await consumer(client, monkeypatch).lag() == {PLACE: 5, OTHER: 0}
    assert client.asked == 0


@pytest.mark.parametrize("told", [10, None])
async def test_where_the_reads_told_of_nothing_more_the_broker_is_asked(
    told: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client({PLACE: told, OTHER: 10})
    assert await consumer(client, monkeypatch).lag() == {PLACE: 2, OTHER: 2}
    assert client.asked == 1


async def test_once_nothing_comes_any_more_the_broker_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client({PLACE: 15, OTHER: 15})
    resting = consumer(client, monkeypatch)
    resting._last_batch -= 10
    assert await resting.lag() == {PLACE: 2, OTHER: 2}
    assert client.asked == 1


async def test_at_rest_what_the_reads_told_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client({PLACE: 10, OTHER: 10})
    resting = consumer(client, monkeypatch)
    resting._last_batch -= 10
    resting.rest()
    assert resting._rests_since is not None
    resting._rests_since -= 1
    client.told_at = int(time() * 1000)
    assert await resting.lag() == {PLACE: 0, OTHER: 0}
    assert client.asked == 0


@pytest.mark.parametrize(("rests_for", "told_ago"), [(0, 1), (10, 5), (10, -3600)])
async def test_what_was_told_before_the_rest_or_at_another_time_is_asked_for(
    rests_for: int, told_ago: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client({PLACE: 10, OTHER: 10})
    resting = consumer(client, monkeypatch)
    resting._last_batch -= 20
    resting.rest()
    assert resting._rests_since is not None
    resting._rests_since -= rests_for
    client.told_at = int((time() - told_ago) * 1000)
    assert await resting.lag() == {PLACE: 2, OTHER: 2}
    assert client.asked == 1


class Leaving(Client):
    """A client from which a partition is taken while it is asked where it stands there."""

    gone: TopicPartition | None = None

    def assignment(self) -> set[TopicPartition]:
        return set(self.heard) - {self.gone}

    async def position(self, place: TopicPartition) -> int:
        if place == self.gone:
            raise IllegalStateError(f"{place} is not assigned")
        self.gone = OTHER if place == OTHER else self.gone
        return 10

    def last_poll_timestamp(self, place: TopicPartition) -> int:
        assert place in self.assignment(), "Partition is not assigned"
        return super().last_poll_timestamp(place)


async def test_a_partition_that_is_taken_away_at_rest_has_no_lag_here_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Leaving({PLACE: 10, OTHER: 10})
    resting = consumer(client, monkeypatch)
    resting._last_batch -= 10
    resting.rest()
    assert await resting.lag() == {}
    assert client.gone == OTHER


async def test_until_what_lay_there_at_first_is_read_its_end_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = Client({PLACE: 12, OTHER: 12})
    asked = consumer(client, monkeypatch)
    asked.has_caught_up = False
    for _ in range(2):
        assert await asked.lag() == {PLACE: 2, OTHER: 2}
        assert not asked.has_caught_up
    assert client.asked == 1
