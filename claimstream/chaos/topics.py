"""Positions and topics taken back: read everything again, or from topics made anew."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from tempfile import TemporaryFile

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from claimstream.chaos.pieces import SpooledFile, pieces_of, write_piece
from claimstream.chaos.waiting import until
from claimstream.topics.apply import apply_topics, cluster_topics
from claimstream.topics.reader import topic_ends, topic_reader
from schemas.catalogue import Topic, subscriptions, topics
from services.chassis.record import Record

_LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
_MOST_RECORDS = 5_000
_LARGEST_BATCH_BYTES = 256 * 1024
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Record)
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


async def _copied(bootstrap: str, names: Iterable[str], copy: SpooledFile) -> int:
    """Write every record of these topics to ``copy``, each partition's in order; their number."""
    count = 0
    async with topic_reader(bootstrap, names) as reader:
        async for batch in reader.batches():
            for record in batch:
                write_piece(copy, _ENCODER.encode(record))
            count += len(batch)
    return count


def _batches(copy: SpooledFile) -> Iterator[list[Record]]:
    copy.seek(0)
    pieces = pieces_of(copy)
    while batch := [_DECODER.decode(piece) for piece in islice(pieces, _MOST_RECORDS)]:
        yield batch


async def restore_topics(bootstrap: str, catalogue: Iterable[Topic] | None = None) -> int:
    """Copy every topic of the catalogue, delete it, make it anew and write the copy back.

    Nothing may be reading or writing meanwhile. Partitions, as many as the broker had, keys,
    headers and times stay; offsets begin at 0 again. The copy lies on disk. Returns the number of
    records.
    """
    had = (await cluster_topics(bootstrap)).topics
    wanted = [
        replace(topic, partitions=had[topic.name].partitions) if topic.name in had else topic
        for topic in (topics() if catalogue is None else catalogue)
    ]
    names = [topic.name for topic in wanted]
    with TemporaryFile() as copy:
        count = await _copied(bootstrap, names, copy)
        await _delete(bootstrap, names)
        await apply_topics(bootstrap, catalogue=wanted)
        await _write_back(bootstrap, copy)
    return count


async def _delete(bootstrap: str, names: list[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name for name in names if name in await admin.list_topics()])

        async def are_gone() -> bool:
            return not set(names) & set(await admin.list_topics())

        await until(are_gone, "the topics being deleted")
    finally:
        await admin.close()


async def _write_back(bootstrap: str, copy: SpooledFile) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        max_request_size=_LARGEST_REQUEST_BYTES,
        max_batch_size=_LARGEST_BATCH_BYTES,
        linger_ms=5,
    )
    await producer.start()
    try:
        for batch in _batches(copy):
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
                    for record in batch
                ]
            )
    finally:
        await producer.stop()
