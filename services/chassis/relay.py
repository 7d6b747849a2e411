"""The relay: publishes the outbox, in order per key, each row once committed and not before.

Rows are sharded by key. An instance owns a shard while it holds its advisory lock, on the very
connection that deletes the rows: when the connection is lost, so are lock and transaction. A crash
between publication and commit publishes again under the same event id, which every inbox knows.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from schemas.envelope import OutgoingRecord
from services.chassis.dead_letters import LARGEST_RECORD_BYTES, keep_unpublished
from services.chassis.logs import Logger, fault_of, place_of
from services.chassis.metrics import Metrics
from services.chassis.outbox import SHARDS, headers_of_row, size_of

_LOCK_SPACE = 0x72656C61
_LARGEST_REQUEST_BYTES = 2 * 1024 * 1024
_TAKE = """
delete from delivery.outbox
where (shard, seq) in (
    select shard, seq from delivery.outbox where shard = any($1::smallint[])
    order by seq limit $2
)
returning seq, topic, key, headers, value
"""


Connect = Callable[[], Awaitable[asyncpg.Connection]]


class Relay:
    """Publishes one database's outbox for as long as it runs."""

    def __init__(
        self,
        connect: Connect,
        bootstrap: str,
        *,
        client_id: str,
        most_records: int,
        metrics: Metrics,
        log: Logger,
    ) -> None:
        self._connect = connect
        self._most = most_records
        self._metrics = metrics
        self._log = log
        self._wake = asyncio.Event()
        self._stopping = False
        self._producer_options: dict[str, Any] = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": 2,
            "max_batch_size": 256 * 1024,
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
                await producer.stop()

    def stop(self) -> None:
        """Publish what is left, then end ``run``."""
        self._stopping = True
        self._wake.set()

    async def _own_shards(self, producer: AIOKafkaProducer) -> None:
        connection = await self._connect()
        owned: list[int] = []
        try:
            while True:
                stopping = self._stopping
                if len(owned) < SHARDS:
                    owned += await self._claim(connection, owned)
                self._wake.clear()
                published = await self._publish(producer, connection, owned) if owned else 0
                if stopping and not published:
                    return
                if not published:
                    await self._idle()
        finally:
            connection.terminate()

    async def _claim(self, connection: asyncpg.Connection, owned: list[int]) -> list[int]:
        rows = await connection.fetch(
            "select s, pg_try_advisory_lock($1, s) as mine from unnest($2::int[]) as s",
            _LOCK_SPACE,
            [shard for shard in range(SHARDS) if shard not in owned],
        )
        return [row["s"] for row in rows if row["mine"]]

    async def _publish(
        self, producer: AIOKafkaProducer, connection: asyncpg.Connection, owned: list[int]
    ) -> int:
        async with connection.transaction():
            rows = await connection.fetch(_TAKE, owned, self._most)
            if not rows:
                return 0
            rows.sort(key=lambda row: row["seq"])
            records = [
                OutgoingRecord(
                    row["topic"], row["key"], headers_of_row(row["headers"]), row["value"]
                )
                for row in rows
            ]
            too_large = [record for record in records if size_of(record) > LARGEST_RECORD_BYTES]
            await keep_unpublished(connection, too_large, datetime.now(UTC))
            waiting = [
                await producer.send(
                    record.topic, key=record.key or None, value=record.value, headers=record.headers
                )
                for record in records
                if not too_large or size_of(record) <= LARGEST_RECORD_BYTES
            ]
            await asyncio.gather(*waiting)
        if too_large:
            self._log.error("events too large to publish were set aside", count=len(too_large))
        counts: dict[str, int] = {}
        for record in records:
            counts[record.topic] = counts.get(record.topic, 0) + 1
        for topic, count in counts.items():
            self._metrics.published(topic, count)
        return len(rows)

    async def _idle(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=0.2)
        except TimeoutError:
            return
