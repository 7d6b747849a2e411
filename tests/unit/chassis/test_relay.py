"""What a relay sends of one partition arrives in order, or not at all."""

import asyncio
from typing import Any, cast

import pytest
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import LeaderNotAvailableError
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.envelope import OutgoingRecord
from services.chassis.metrics import Metrics
from services.chassis.relay import Relay

_SMALL_BATCH_BYTES = 1_000
RECORDS = [OutgoingRecord("till.counted.v1", b"P1:A", [], b"x" * 600) for _ in range(3)]


class Producer:
    """Takes batches of one record each; the first of them never reaches the broker."""

    def __init__(self) -> None:
        self.sent = 0

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(_SMALL_BATCH_BYTES, 0)

    async def send_batch(
        self, _batch: BatchBuilder, _topic: str, *, partition: int
    ) -> asyncio.Future[Any]:
        assert partition == 0
        self.sent += 1
        receipt: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        receipt.set_exception(LeaderNotAvailableError())
        return receipt


async def _unconnected() -> Any:
    raise AssertionError("nothing is asked of a database")


async def test_nothing_is_sent_behind_a_batch_that_did_not_arrive() -> None:
    relay = Relay(
        _unconnected, "", client_id="till", metrics=Metrics("till"), log=structlog.get_logger()
    )
    producer = Producer()
    with pytest.raises(LeaderNotAvailableError):
        await relay._send(cast(AIOKafkaProducer, producer), RECORDS)
    assert producer.sent == 1
