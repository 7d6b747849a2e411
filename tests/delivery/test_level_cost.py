"""What an event costs the database does not grow with what has passed through it."""

import asyncio
from typing import Any, cast

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from asyncpg.connection import LoggedQuery

from schemas.envelope import OutgoingRecord
from services.chassis import outbox
from services.chassis.metrics import Metrics
from services.chassis.relay import Connect, Relay
from services.chassis.runtime import connect_pool
from services.chassis.settings import ChassisSettings
from tests.delivery.till import prepare
from tests.fixtures.postgres import MakeDatabase
from tests.support import until

SETTINGS = ChassisSettings(kafka_bootstrap="nowhere:1")
_VALUE_BYTES = 7_500
_PACKS_AT_ONCE = 400
_ROUNDS = 15


class Broker:
    """Takes whatever it is sent, at once."""

    async def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(512 * 1024, 0)

    async def send_batch(
        self, _batch: BatchBuilder, _topic: str, *, partition: int
    ) -> asyncio.Future[Any]:
        receipt: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        receipt.set_result(partition)
        return receipt


def relay_of(connect: Connect) -> Relay:
    return Relay(connect, "", client_id="till", metrics=Metrics("till"), log=structlog.get_logger())


async def test_the_outbox_stays_small_while_events_flow_through_it(
    make_database: MakeDatabase,
) -> None:
    url = await make_database("till", prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)

    async def is_published() -> bool:
        return not await pool.fetchval("select exists(select 1 from delivery.outbox)")

    relay = relay_of(lambda: asyncpg.connect(url))
    publishing = asyncio.create_task(relay._own_shards(cast(AIOKafkaProducer, Broker())))
    records = [
        OutgoingRecord("till.counted.v1", b"P1:%d" % number, [], b"x" * _VALUE_BYTES)
        for number in range(_PACKS_AT_ONCE)
    ]
    try:
        for _ in range(_ROUNDS):
            async with pool.acquire() as connection, connection.transaction():
                await outbox.append(connection, records)
            relay.wake()
            await until(is_published)
        grown = await pool.fetchval("select pg_relation_size('delivery.outbox')")
    finally:
        relay.stop()
        await publishing
        await pool.close()
    assert grown < _ROUNDS * _PACKS_AT_ONCE * _VALUE_BYTES // 2


async def test_a_relay_at_rest_asks_one_question_a_look_and_finds_what_others_wrote(
    make_database: MakeDatabase,
) -> None:
    url = await make_database("till", prepare)
    other = await asyncpg.connect(url)
    sent: list[str] = []

    async def note(query: LoggedQuery) -> None:
        sent.append(query.query)

    async def listened_to() -> asyncpg.Connection:
        connection = await asyncpg.connect(url)
        connection.add_query_logger(note)
        return connection

    async def has_looked() -> bool:
        return sum("limit 1" in query for query in sent) >= 8

    async def is_published() -> bool:
        return not await other.fetchval("select exists(select 1 from delivery.outbox)")

    relay = relay_of(listened_to)
    publishing = asyncio.create_task(relay._own_shards(cast(AIOKafkaProducer, Broker())))
    try:
        await until(has_looked)
        assert sum("delete" in query for query in sent) == 1
        async with other.transaction():
            await outbox.append(other, [OutgoingRecord("till.counted.v1", b"P1:A", [], b"{}")])
        await until(is_published)
    finally:
        relay.stop()
        await publishing
        await other.close()


async def test_a_statement_that_ran_on_an_empty_table_uses_the_index_once_it_is_full(
    make_database: MakeDatabase,
) -> None:
    pool = await connect_pool(await make_database(), SETTINGS)
    try:
        async with pool.acquire() as connection:
            await connection.execute(
                "create table visit (id int primary key, detail text not null)"
                " with (autovacuum_enabled = false)"
            )
            await connection.execute("vacuum analyze visit")
            look = "select detail from visit where id = $1"
            for number in range(10):
                assert await connection.fetchval(look, number) is None
            await connection.execute(
                "insert into visit select n, n from generate_series(1, 5000) n"
            )
            async with connection.transaction():
                assert await connection.fetchval(look, 4_000) == "4000"
                read = await connection.fetchval(
                    "select seq_tup_read from pg_stat_xact_user_tables where relname = 'visit'"
                )
    finally:
        await pool.close()
    assert read == 0
