"""A producer closed in bounded time, whatever its broker does."""

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

_CLOSED_WITHIN_SECONDS = 5
_CANCELLED_WITHIN_SECONDS = 0.1
_MOST_CANCELLATIONS = 10


async def close_producer(producer: AIOKafkaProducer) -> None:
    """Let go of the broker; what it does not take in time is for the caller to publish again.

    Its sender, told to end, first waits for what it sent, as long as the client has patience: so
    what waits for a broker is told that there is none, and only then the sender to end.
    """
    try:
        async with asyncio.timeout(_CLOSED_WITHIN_SECONDS):
            await producer.stop()
    except TimeoutError:
        await producer.client.close()
        producer._message_accumulator.fail_all(KafkaConnectionError())
        sending = None if producer._sender is None else producer._sender.sender_task
        for _ in range(_MOST_CANCELLATIONS):
            if sending is None or sending.done():
                return
            sending.cancel()
            await asyncio.wait([sending], timeout=_CANCELLED_WITHIN_SECONDS)
