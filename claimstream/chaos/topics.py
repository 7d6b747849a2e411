"""Positions and topics taken back: read everything again, or from topics made anew."""

import asyncio
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from claimstream.chaos.waiting import until
from claimstream.topics.apply import apply_topics
from claimstream.topics.broker import connected
from schemas.catalogue import subscriptions, topics

_LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
_MOST_RECORDS = 5_000


async def _places(bootstrap: str, names: Iterable[str]) -> list[TopicPartition]:
    async with connected(bootstrap) as broker:
        present = (await broker.cluster(())).topics
    return [
        TopicPartition(name, number)
        for name in names
        if name in present
        for number in range(present[name].partitions)
    ]


async def offsets_to_start(bootstrap: str, group: str) -> None:
    """Put a group's positions back to the beginning; waits until its last member is forgotten.

    Raises ``NeverCameError`` while the group has members.
    """
    places = await _places(bootstrap, subscriptions(group))

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


async def read_all(bootstrap: str, names: Sequence[str]) -> list[ConsumerRecord]:
    """Every record of the topics, in order within each partition."""
    places = await _places(bootstrap, names)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_LARGEST_REQUEST_BYTES,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        starts = await consumer.beginning_offsets(places)
        for place in places:
            consumer.seek(place, starts[place])
        unread = [place for place in places if starts[place] < ends[place]]
        records: list[ConsumerRecord] = []
        while unread:
            batches = await consumer.getmany(*unread, timeout_ms=200, max_records=_MOST_RECORDS)
            for batch in batches.values():
                records.extend(batch)
            unread = [place for place in unread if await consumer.position(place) < ends[place]]
        return records
    finally:
        await consumer.stop()


async def restore_topics(bootstrap: str) -> int:
    """Copy every topic of the catalogue, delete it, make it anew and write the copy back.

    Nothing may be reading or writing meanwhile. Partitions, keys, headers and times stay; offsets
    begin at 0 again. Returns the number of records.
    """
    names = [topic.name for topic in topics()]
    records = await read_all(bootstrap, names)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name for name in names if name in await admin.list_topics()])

        async def are_gone() -> bool:
            return not set(names) & set(await admin.list_topics())

        await until(are_gone, "the topics being deleted")
    finally:
        await admin.close()
    await apply_topics(bootstrap)
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
                        timestamp_ms=record.timestamp,
                        headers=list(record.headers),
                    )
                    for record in records[at : at + _MOST_RECORDS]
                ]
            )
    finally:
        await producer.stop()
    return len(records)
