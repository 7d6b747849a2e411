"""The bare limit: the same hops, bytes and batched transactions, and nothing decided.

    python -m tests.bench.bare SERVICE

A batch of records is one transaction of two statements: identities into an inbox; a state row a key
and the outgoing records. A relay publishes these in order. Values are opaque bytes; what is emitted
for what was counted in a real run (``hops.py``). No file goes to a payer: the gateway emits at once
what the payer's answers would have made it emit.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from claimstream.stack.state import database_variable
from schemas.catalogue import subscriptions
from services.chassis.http import HealthApp, HttpEdge
from services.chassis.metrics import Metrics
from services.chassis.runtime import COLLECTOR_THRESHOLDS
from services.chassis.settings import ChassisSettings
from tests.bench.hops import Hop, Share, read_hops

HOPS_VARIABLE = "CLAIMSTREAM_BENCH_HOPS"

_MOST_PUBLISHED = 1_000
_TABLES = """
create table if not exists inbox (event_id uuid primary key);
create table if not exists state (key bytea primary key, value bytea not null);
create table if not exists outbox (
    seq bigint generated always as identity primary key,
    topic text not null, key bytea not null, event_id uuid not null, value bytea not null
);
"""
_ADMIT = """
insert into inbox select unnest($1::uuid[]) on conflict do nothing returning event_id
"""
_WRITE = """
with kept as (
    insert into state select * from unnest($1::bytea[], $2::bytea[])
    on conflict (key) do update set value = excluded.value
)
insert into outbox (topic, key, event_id, value)
select * from unnest($3::text[], $4::bytea[], $5::uuid[], $6::bytea[])
"""
_TAKE = """
delete from outbox where seq in (select seq from outbox order by seq limit $1)
returning seq, topic, key, event_id, value
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be emitted."""

    topic: str
    key: bytes
    event_id: UUID
    value: bytes


class Emitting:
    """Says what to emit for what was read."""

    def __init__(self, hops: Mapping[str, tuple[Hop, ...]]) -> None:
        self._shares = {
            topic: [(hop.topic, Share(hop.per_thousand), b"0" * hop.value_bytes) for hop in made]
            for topic, made in hops.items()
        }

    def of(self, topic: str, key: bytes, event_id: UUID) -> list[Outgoing]:
        """The records for one input; their ids derive from its id."""
        made: list[Outgoing] = []
        for out, share, value in self._shares.get(topic, ()):
            for number in range(share.next()):
                seed = event_id.bytes + out.encode() + bytes([number % 256])
                digest = blake2b(seed, digest_size=16).digest()
                made.append(Outgoing(out, key, UUID(bytes=digest), value))
        return made


class BareService:
    """One process of the bare limit."""

    def __init__(self, name: str, settings: ChassisSettings, pool: asyncpg.Pool) -> None:
        hops = dict(read_hops(Path(os.environ[HOPS_VARIABLE]))[name])
        self.name = name
        self._settings = settings
        self._pool = pool
        self._emitting = Emitting(hops)
        self._headers = {
            hop.topic: [
                (name, text.encode("latin-1")) for name, text in hop.headers if name != "ce_id"
            ]
            for made in hops.values()
            for hop in made
        }
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._assigned = False
        self._unpublished = 0
        self._consumer = AIOKafkaConsumer(
            *subscriptions(name),
            bootstrap_servers=settings.kafka_bootstrap,
            group_id=name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            fetch_min_bytes=32 * 1024,
        )
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=2,
            max_batch_size=256 * 1024,
            max_request_size=2 * 1024 * 1024,
        )

    def status(self) -> dict[str, Any]:
        """As a service's ``/status``, as far as the gauge reads it."""
        return {
            "service": self.name,
            "state": "running",
            "alive": True,
            "ready": self._assigned,
            "lag_events": 0,
            "lag_seconds": 0,
            "outbox_depth": self._unpublished,
            "outbox_age_seconds": 0,
            "dead_letters": 0,
            "parked_events": 0,
        }

    async def run(self, until: asyncio.Event) -> None:
        """Serve until ``until`` is set."""
        settings = self._settings
        edge = HttpEdge(
            HealthApp(self.status, Metrics(self.name)),
            settings.http_host,
            settings.http_port,
            settings.port_file,
        )
        await edge.start()
        await self._consumer.start()
        await self._producer.start()
        tasks = [asyncio.create_task(self._consume()), asyncio.create_task(self._relay())]
        await asyncio.wait(
            [*tasks, asyncio.create_task(until.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        self._stopping.set()
        self._wake.set()
        await asyncio.gather(*tasks)
        await self._consumer.stop()
        await self._producer.stop()
        await edge.stop()

    async def _consume(self) -> None:
        while not self._stopping.is_set():
            read = await self._consumer.getmany(
                timeout_ms=100, max_records=self._settings.batch_records
            )
            self._assigned = bool(self._consumer.assignment())
            records = [record for each in read.values() for record in each]
            if records:
                await self._take_in(records)
                await self._consumer.commit(_next_offsets(read))
                self._wake.set()

    async def _take_in(self, records: Sequence[ConsumerRecord]) -> None:
        by_id = {_id_of(record): record for record in records}
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_ADMIT, sorted(by_id))
            new = {row["event_id"] for row in rows}
            state: dict[bytes, bytes] = {}
            made: list[Outgoing] = []
            for event_id, record in by_id.items():
                if event_id in new:
                    key = record.key or b""
                    state[key] = record.value or b""
                    made += self._emitting.of(record.topic, key, event_id)
            await connection.execute(
                _WRITE,
                list(state),
                list(state.values()),
                [each.topic for each in made],
                [each.key for each in made],
                [each.event_id for each in made],
                [each.value for each in made],
            )
        self._unpublished += len(made)

    async def _relay(self) -> None:
        connection = await asyncpg.connect(os.environ[database_variable(self.name)])
        while not self._stopping.is_set():
            self._wake.clear()
            if not await self._publish(connection):
                await self._wake.wait()
        await connection.close()

    async def _publish(self, connection: asyncpg.Connection) -> int:
        async with connection.transaction():
            rows = await connection.fetch(_TAKE, _MOST_PUBLISHED)
            rows.sort(key=lambda row: row["seq"])
            sent = [
                await self._producer.send(
                    row["topic"],
                    key=row["key"],
                    value=row["value"],
                    headers=[
                        ("ce_id", str(row["event_id"]).encode()),
                        *self._headers[row["topic"]],
                    ],
                )
                for row in rows
            ]
            await asyncio.gather(*sent)
        self._unpublished -= len(rows)
        return len(rows)


def _id_of(record: ConsumerRecord) -> UUID:
    for name, value in record.headers:
        if name == "ce_id":
            return UUID(value.decode())
    raise ValueError("a record of the bench has no id")


def _next_offsets(
    read: dict[TopicPartition, Iterable[ConsumerRecord]],
) -> dict[TopicPartition, int]:
    return {place: max(each.offset for each in records) + 1 for place, records in read.items()}


def main(name: str) -> None:
    """Be one service of the bare limit until told to stop."""
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    settings = ChassisSettings.read()

    async def run() -> None:
        until = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, until.set)
        pool = await asyncpg.create_pool(
            os.environ[database_variable(name)], min_size=1, max_size=2
        )
        try:
            await pool.execute(_TABLES)
            gc.freeze()
            await BareService(name, settings, pool).run(until)
        finally:
            pool.terminate()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


if __name__ == "__main__":
    main(sys.argv[1])
