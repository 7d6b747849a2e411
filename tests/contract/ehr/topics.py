"""The catalogue's topics on the tests' broker, and what lies on them."""

from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from claimstream.topics.apply import apply_topics

EHR_TOPICS = (
    "ehr.practice-registered.v1",
    "ehr.provider-registered.v1",
    "ehr.patient-registered.v1",
    "ehr.coverage-registered.v1",
    "ehr.encounter-documented.v1",
)
ANSWERED = "ehr.documentation-query-answered.v1"


async def with_topics(bootstrap: str) -> str:
    await apply_topics(bootstrap, replication=1)
    return bootstrap


async def records(
    bootstrap: str, *topics: str, wanted: Callable[[ConsumerRecord], bool]
) -> list[ConsumerRecord]:
    """Every record of ``topics`` up to now that is wanted, in the order of each partition."""
    found: list[ConsumerRecord] = []
    async with AIOKafkaConsumer(
        *topics, bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest"
    ) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += [record for record in batch if wanted(record)]
    return found
