"""How much comes together in one read and one publication, by whether anybody waits for it."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.consumer.subscription_state import SubscriptionState

from services.chassis.consumer import Consumer
from services.chassis.health import Progress
from services.chassis.metrics import Metrics
from services.chassis.record import Record
from services.chassis.relay import Relay
from services.chassis.settings import ChassisSettings

SETTINGS = ChassisSettings(kafka_bootstrap="nowhere:1")


def consumer(*, unhurried: bool, leisurely: bool = False) -> Consumer:
    async def process(_records: Sequence[Record]) -> None:
        return None

    async def room() -> None:
        return None

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
        leisurely=leisurely,
    )


async def test_a_service_that_nobody_waits_for_lets_more_come_together() -> None:
    hurried, unhurried = consumer(unhurried=False)._busy, consumer(unhurried=True)._busy
    assert unhurried[0] > hurried[0]
    assert unhurried[1] > hurried[1]
    leisurely = consumer(unhurried=True, leisurely=True)._busy
    assert leisurely[0] > unhurried[0]
    assert leisurely[1] >= unhurried[1]


async def test_while_records_wait_for_their_turn_nothing_more_is_asked_for() -> None:
    unread, empty = TopicPartition("t", 0), TopicPartition("t", 1)
    subscriptions = SubscriptionState()
    subscriptions.subscribe({"t"})
    subscriptions.assign_from_subscribed([unread, empty])
    assignment = subscriptions.subscription.assignment
    for place in (unread, empty):
        assignment.state_value(place).reset_to(0)
    client = AIOKafkaClient(bootstrap_servers="nowhere:1")
    cast("Any", client.cluster).leader_for_partition = lambda _place: 1
    fetcher = Fetcher(client, subscriptions)
    try:
        reading = consumer(unhurried=False)
        cast("Any", reading)._subscriber = SimpleNamespace(
            consumer=SimpleNamespace(_fetcher=fetcher)
        )
        reading._pace(reading._busy)
        came = FetchResult(
            unread,
            assignment=assignment,
            partition_records=None,
            backoff=fetcher._prefetch_backoff,
        )
        came._created -= 5
        fetcher._records[unread] = came
        assert not fetcher._get_actions_per_node(assignment)[0]
        del fetcher._records[unread]
        ((_node, request),) = fetcher._get_actions_per_node(assignment)[0]
        assert sorted(number for number, *_ in dict(request.topics)["t"]) == [0, 1]
    finally:
        await fetcher.close()


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
