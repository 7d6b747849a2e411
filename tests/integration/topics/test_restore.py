"""Topics that are lost and made anew from a copy hold what they held, where it was."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from claimstream.chaos.topics import restore_topics
from claimstream.lineage.history import read_history
from claimstream.topics.apply import apply_topics, cluster_topics
from schemas.catalogue import Topic

PARTITIONS = 7


@pytest.fixture
async def grown(kafka_bootstrap: str) -> AsyncIterator[Topic]:
    """A topic whose installation has more partitions than the catalogue says."""
    topic = Topic(
        name=f"billing.restore-{uuid.uuid4().hex[:10]}.v1",
        owner="billing",
        key="practice_id:encounter_id",
        phi="ids",
        partitions=2,
        retention_days=30,
        compaction=False,
        max_message_bytes=1_048_576,
        consumers=(),
    )
    await apply_topics(kafka_bootstrap, catalogue=[replace(topic, partitions=PARTITIONS)])
    yield topic
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.delete_topics([topic.name])
    await admin.close()


async def test_a_topic_has_as_many_partitions_as_before_and_each_record_its_own(
    kafka_bootstrap: str, grown: Topic
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    for number in range(PARTITIONS):
        await producer.send_and_wait(grown.name, b"%d" % number, partition=number)
    await producer.stop()
    assert await restore_topics(kafka_bootstrap, [grown]) == PARTITIONS
    present = (await cluster_topics(kafka_bootstrap)).topics
    assert present[grown.name].partitions == PARTITIONS
    history = await read_history(kafka_bootstrap, [grown.name])
    assert sorted((fact.record.partition, fact.record.value) for fact in history.facts) == [
        (number, b"%d" % number) for number in range(PARTITIONS)
    ]
