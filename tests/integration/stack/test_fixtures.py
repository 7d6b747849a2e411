"""The shared servers that other tests stand on."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.fixtures.kafka import MakeTopic
from tests.fixtures.postgres import MakeDatabase


async def test_a_record_goes_through_a_topic_of_the_tests_own(
    kafka_bootstrap: str, make_topic: MakeTopic
) -> None:
    topic = await make_topic("greeting")
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"hello", key=b"k")
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        record = await consumer.getone()
    finally:
        await consumer.stop()
    assert (record.key, record.value) == (b"k", b"hello")


async def test_two_databases_of_one_test_do_not_see_each_other(make_database: MakeDatabase) -> None:
    first = await asyncpg.connect(await make_database())
    second = await asyncpg.connect(await make_database())
    try:
        await first.execute("CREATE TABLE seen (id int)")
        assert await second.fetchval("SELECT to_regclass('seen')") is None
    finally:
        await first.close()
        await second.close()


async def test_a_template_is_prepared_once_and_copied_after(make_database: MakeDatabase) -> None:
    calls: list[str] = []

    async def prepare(url: str) -> None:
        calls.append(url)
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE prepared AS SELECT 7 AS answer")
        await connection.close()

    label = "once_only"
    first = await make_database(label, prepare)
    second = await make_database(label, prepare)
    assert first != second
    assert len(calls) <= 1
    for url in (first, second):
        connection = await asyncpg.connect(url)
        try:
            assert await connection.fetchval("SELECT answer FROM prepared") == 7
        finally:
            await connection.close()
