"""The relay: publishes the outbox, in order per key, each row once committed and not before.

Rows are sharded by key. An instance owns a shard while it holds its advisory lock, on the very
connection that deletes the rows: when the connection is lost, so are lock and transaction. A crash
between publication and commit publishes again under the same event id, which every inbox knows;
so may the database's crash, which is why the deletion need not wait for the disk.

Instances share the shards evenly: each holds a shared lock as a member and counts the others.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.envelope import OutgoingRecord
from services.chassis.closing import close_producer
from services.chassis.dead_letters import LARGEST_RECORD_BYTES, keep_unpublished
from services.chassis.logs import Logger, fault_of, place_of
from services.chassis.metrics import Metrics
from services.chassis.outbox import SHARDS, size_of, unpack
from services.chassis.partitioning import key_hash

_LOCK_SPACE = 0x72656C61
_MEMBER_SPACE = 0x72656C6D
_SHARE_EVERY_SECONDS = 1
_PUBLISHED_WITHIN_SECONDS = 45
_PACE_SECONDS = 0.08
"""From one round to the next, unless much waits: the broker forces each append to disk, and one
append of many records costs it hardly more than one of a single record.
"""
_UNHURRIED_PACE_SECONDS = 0.25
"""The same where nobody waits for what the service publishes."""
_LARGEST_BATCH_BYTES = 512 * 1024
_LARGEST_REQUEST_BYTES = 2 * 1024 * 1024
_PACKS_OF_A_SHARD = 32
_BYTES_OF_A_SHARD = 512 * 1024

_TAKE = """
delete from delivery.outbox where ctid = any(array(
    select waiting.ctid from unnest($1::smallint[]) as owned (shard)
    cross join lateral (
        select ctid, sum(length(pack)) over (order by seq) - length(pack) as bytes_before
        from delivery.outbox
        where shard = owned.shard
        order by seq limit $2
    ) waiting
    where waiting.bytes_before < $3
))
returning shard, seq, pack
"""
_ANYTHING = "select true from delivery.outbox order by shard, seq limit 1"
_VACUUM = "vacuum (index_cleanup on, truncate off) delivery.outbox"
_VACUUM_AFTER_PACKS = 1_000
"""The outbox turns over in seconds, autovacuum looks once a minute: meanwhile every round would
walk over what was deleted, and the table would grow to what a minute publishes.
"""
_JOIN = "select pg_advisory_lock_shared($1, 0)"
_MEMBERS = """
select count(*) from pg_locks
where locktype = 'advisory' and classid = $1 and granted
    and database = (select oid from pg_database where datname = current_database())
"""
_CLAIM = """
select shard from unnest($2::int[]) as shard where pg_try_advisory_lock($1, shard)
"""
_RELEASE = "select pg_advisory_unlock($1, shard) from unnest($2::int[]) as shard"

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class Relay:
    """Publishes one database's outbox for as long as it runs."""

    def __init__(
        self,
        connect: Connect,
        bootstrap: str,
        *,
        client_id: str,
        most_packs: int = _PACKS_OF_A_SHARD,
        metrics: Metrics,
        log: Logger,
        unhurried: bool = False,
    ) -> None:
        self._connect = connect
        self._pace_seconds = _UNHURRIED_PACE_SECONDS if unhurried else _PACE_SECONDS
        self._most = most_packs
        self._metrics = metrics
        self._log = log
        self._wake = asyncio.Event()
        self._stopping = False
        self._producer_options: dict[str, Any] = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            "acks": "all",
            "enable_idempotence": True,
            "max_batch_size": _LARGEST_BATCH_BYTES,
            "max_request_size": _LARGEST_REQUEST_BYTES,
            "request_timeout_ms": 20_000,
        }

    def wake(self) -> None:
        """Say that there is something to publish."""
        self._wake.set()

    async def run(self) -> None:
        """Publish until stopped, then once more what is left."""
        while not self._stopping:
            producer = AIOKafkaProducer(**self._producer_options)
            try:
                await producer.start()
                await self._own_shards(producer)
            except Exception as error:
                self._metrics.fault(fault_of(error))
                self._log.error("relay starts again", fault=fault_of(error), where=place_of(error))
                await asyncio.sleep(0.5)
            finally:
                await close_producer(producer)

    def stop(self) -> None:
        """Publish what is left, then end ``run``."""
        self._stopping = True
        self._wake.set()

    async def _own_shards(self, producer: AIOKafkaProducer) -> None:
        connection = await self._connect()
        try:
            await connection.execute("set synchronous_commit = off")
            await connection.execute(_JOIN, _MEMBER_SPACE)
            owned: list[int] = []
            look_again = 0.0
            deleted = 0
            woken = True
            while True:
                stopping = self._stopping
                if stopping or monotonic() >= look_again:
                    owned = await self._share(connection, owned)
                    look_again = monotonic() + _SHARE_EVERY_SECONDS
                self._wake.clear()
                began = monotonic()
                taken: Sequence[asyncpg.Record] = ()
                if owned and (woken or stopping or await connection.fetchval(_ANYTHING)):
                    taken = await self._publish(producer, connection, owned)
                deleted += len(taken)
                if deleted >= _VACUUM_AFTER_PACKS:
                    await connection.execute(_VACUUM)
                    deleted = 0
                if stopping and not taken:
                    return
                if taken and (stopping or self._left_some(taken)):
                    woken = True
                    continue
                if taken:
                    await asyncio.sleep(max(began + self._pace_seconds - monotonic(), 0))
                woken = self._wake.is_set() or await self._idle()
        finally:
            connection.terminate()

    async def _share(self, connection: asyncpg.Connection, owned: list[int]) -> list[int]:
        """Take or leave shards until this member has its share of them."""
        members = max(await connection.fetchval(_MEMBERS, _MEMBER_SPACE), 1)
        share = -(-SHARDS // members)
        if len(owned) > share:
            await connection.execute(_RELEASE, _LOCK_SPACE, owned[share:])
            return owned[:share]
        if len(owned) == share:
            return owned
        free = [shard for shard in range(SHARDS) if shard not in owned]
        rows = await connection.fetch(_CLAIM, _LOCK_SPACE, free)
        claimed = [*owned, *(row["shard"] for row in rows)]
        if len(claimed) > share:
            await connection.execute(_RELEASE, _LOCK_SPACE, claimed[share:])
        return claimed[:share]

    async def _publish(
        self, producer: AIOKafkaProducer, connection: asyncpg.Connection, owned: list[int]
    ) -> Sequence[asyncpg.Record]:
        async with connection.transaction():
            rows: list[asyncpg.Record] = await connection.fetch(
                _TAKE, owned, self._most, _BYTES_OF_A_SHARD
            )
            if not rows:
                return rows
            rows.sort(key=lambda row: row["seq"])
            packs = [row["pack"] for row in rows]
            records = [record for pack in packs for record in unpack(pack)]
            too_large: list[OutgoingRecord] = []
            if max(map(len, packs)) > LARGEST_RECORD_BYTES:
                too_large = [record for record in records if size_of(record) > LARGEST_RECORD_BYTES]
            if too_large:
                await keep_unpublished(connection, too_large, datetime.now(UTC))
                records = [record for record in records if size_of(record) <= LARGEST_RECORD_BYTES]
            async with asyncio.timeout(_PUBLISHED_WITHIN_SECONDS):
                await self._send(producer, records)
        if too_large:
            self._log.error("events too large to publish were set aside", count=len(too_large))
        for topic, count in Counter(record.topic for record in records).items():
            self._metrics.published(topic, count)
        return rows

    def _left_some(self, taken: Sequence[asyncpg.Record]) -> bool:
        """Whether a round took as much of a shard as it takes at most."""
        packs: Counter[int] = Counter()
        filled: Counter[int] = Counter()
        for row in taken:
            packs[row["shard"]] += 1
            filled[row["shard"]] += len(row["pack"])
        return max(packs.values()) >= self._most or max(filled.values()) >= _BYTES_OF_A_SHARD

    async def _send(self, producer: AIOKafkaProducer, records: Sequence[OutgoingRecord]) -> None:
        """Publish in order, a batch for each partition; returns once all are acknowledged."""
        partitions = {
            topic: await self._partitions(producer, topic)
            for topic in {record.topic for record in records}
        }
        batches: dict[tuple[str, int], BatchBuilder] = {}
        receipts: dict[tuple[str, int], asyncio.Future[Any]] = {}

        async def send(place: tuple[str, int]) -> None:
            """One batch of a partition at a time: if it fails, nothing behind it has arrived."""
            if (receipt := receipts.get(place)) is not None:
                await receipt
            topic, partition = place
            receipts[place] = await producer.send_batch(
                batches.pop(place), topic, partition=partition
            )

        for record in records:
            topic, key = record.topic, record.key
            numbers = partitions[topic]
            place = (topic, numbers[key_hash(key) % len(numbers)])
            fields = {
                "timestamp": None,
                "key": key or None,
                "value": record.value,
                "headers": record.headers,
            }
            batch = batches.get(place)
            if batch is None or batch.append(**fields) is None:
                if batch is not None:
                    await send(place)
                batch = batches[place] = producer.create_batch()
                batch.append(**fields)
        for place in list(batches):
            await send(place)
        await asyncio.gather(*receipts.values())

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> list[int]:
        try:
            return sorted(await producer.partitions_for(topic))
        except KafkaError as error:
            self._log.error("topic cannot be published to", topic=topic, fault=fault_of(error))
            raise

    async def _idle(self) -> bool:
        """Wait a little; whether somebody said that there is something to publish.

        Where nobody did, a look comes first: other processes write to the outbox too.
        """
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=0.2)
        except TimeoutError:
            return False
        return True
