"""Positions and topics taken back: read everything again, or from topics made anew."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from claimstream.chaos.waiting import until
from claimstream.lineage.history import read_history, topic_ends
from claimstream.topics.apply import apply_topics, cluster_topics
from schemas.catalogue import Topic, subscriptions, topics
from services.chassis.record import Record

_LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
_MOST_RECORDS = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def offsets_to_start(bootstrap: str, group: str) -> None:
    """Put a group's positions back to the beginning; waits until its last member is forgotten.

    Raises ``NeverCameError`` while the group has members.
    """
    places = [TopicPartition(*place) for place in await topic_ends(bootstrap, subscriptions(group))]

    async def put_back() -> bool:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign(places)
            starts = await consumer.beginning_offsets(places)
            await consumer.commit(starts)
        except KafkaError:
            return False
        finally:
            await consumer.stop()
        return True

    await until(put_back, f"the positions of {group} being put back")


async def _all_records(bootstrap: str, names: list[str]) -> list[Record]:
    """Every record of these topics, whatever it holds, in order in each partition."""
    history = await read_history(bootstrap, names)
    records = [fact.record for fact in (*history.facts, *history.copies)]
    return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))


async def restore_topics(bootstrap: str, catalogue: Iterable[Topic] | None = None) -> int:
    """Copy every topic of the catalogue, delete it, make it anew and write the copy back.

    Nothing may be reading or writing meanwhile. Partitions, as many as the broker had, keys,
    headers and times stay; offsets begin at 0 again. Returns the number of records.
    """
    had = (await cluster_topics(bootstrap)).topics
    wanted = [
        replace(topic, partitions=had[topic.name].partitions) if topic.name in had else topic
        for topic in (topics() if catalogue is None else catalogue)
    ]
    names = [topic.name for topic in wanted]
    records = await _all_records(bootstrap, names)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name for name in names if name in await admin.list_topics()])

        async def are_gone() -> bool:
            return not set(names) & set(await admin.list_topics())

        await until(are_gone, "the topics being deleted")
    finally:
        await admin.close()
    await apply_topics(bootstrap, catalogue=wanted)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        max_request_size=_LARGEST_REQUEST_BYTES,
    )
    await producer.start()
    try:
        for at in range(0, len(records), _MOST_RECORDS):
            await asyncio.gather(
                *[
                    await producer.send(
                        record.topic,
                        record.value,
                        key=record.key,
                        partition=record.partition,
                        timestamp_ms=(record.recorded_at - _EPOCH) // timedelta(milliseconds=1),
                        headers=list(record.headers),
                    )
                    for record in records[at : at + _MOST_RECORDS]
                ]
            )
    finally:
        await producer.stop()
    return len(records)
