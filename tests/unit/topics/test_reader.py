"""Reading topics to their ends, also where the broker goes away on the way."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError

from claimstream.topics.broker import BrokerUnreachableError
from claimstream.topics.reader import SILENT_POLLS, TopicReader


class Gone:
    """A client whose broker stopped answering: a look finds nothing, a question times out."""

    def __init__(self) -> None:
        self.looks = 0

    def assign(self, places: list[TopicPartition]) -> None:
        self.places = places

    def seek(self, *_: Any) -> None:
        return

    async def getmany(self, *_: Any, **__: Any) -> dict[TopicPartition, list[Any]]:
        self.looks += 1
        return {}

    async def position(self, _: TopicPartition) -> int:
        return 0

    async def end_offsets(self, _: list[TopicPartition]) -> dict[TopicPartition, int]:
        raise KafkaTimeoutError


async def test_a_broker_that_goes_away_while_topics_are_read_is_told_and_not_waited_for() -> None:
    gone: Any = Gone()
    reader = TopicReader("kafka:9092", {("t", 0): 0}, {("t", 0): 5}, gone)
    with pytest.raises(BrokerUnreachableError, match="kafka:9092"):
        async for _ in reader.batches():
            pass
    assert gone.looks == SILENT_POLLS
