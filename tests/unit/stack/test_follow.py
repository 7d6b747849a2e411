"""Following a topic ends when its broker went away for good, and not because nothing is written."""

from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import ConsumerRecord

from claimstream.topics.reading import TopicReader

PLACE = TopicPartition("a.topic.v1", 0)


class Silent:
    """A consumer to which nothing comes; its broker answers so often, and then no more."""

    def __init__(self, answers: int) -> None:
        self.answers = answers

    def seek(self, _place: TopicPartition, _offset: int) -> None:
        """Stay where it is."""

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        self.answers -= 1
        if self.answers < 0:
            raise KafkaTimeoutError
        return dict.fromkeys(places, 0)

    async def getmany(
        self, *_places: TopicPartition, **_limits: int
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        return {}


async def test_a_broker_that_answers_no_more_ends_the_following_and_silence_does_not() -> None:
    consumer = Silent(answers=3)
    reader = TopicReader(cast(AIOKafkaConsumer, consumer), [PLACE])
    with pytest.raises(KafkaError):
        await anext(reader.from_now())
    assert consumer.answers == -1
