"""The known traps of the client libraries, each handled, against a real broker."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from msgspec.structs import replace

from schemas.envelope import encode
from schemas.event_id import root_event_id
from services.chassis import guard, outbox
from services.chassis.breaker import OpenBreaker, open_breakers
from tests.delivery.till import Topics, fresh_name, prepare, running
from tests.fixtures.postgres import MakeDatabase
from tests.support import LONG_ENOUGH_S, NOON, until


class Bench:
    """One test's topics, database and producer."""

    def __init__(
        self, bootstrap: str, url: str, topics: Topics, producer: AIOKafkaProducer
    ) -> None:
        self.bootstrap = bootstrap
        self.url = url
        self.topics = topics
        self.producer = producer
        self.name = fresh_name()

    async def send(self, till: str, number: int, cents: int = 100, **broken: Any) -> None:
        event = self.topics.deposit(
            practice_id="P1", till_id=till, number=number, amount_cents=cents
        )
        made = encode(
            event,
            event_id=root_event_id(NOON, till, str(number)),
            source="urn:test",
            occurred_at=NOON,
        )
        parts = {"key": made.key, "value": made.value, "headers": made.headers} | broken
        await self.producer.send_and_wait(made.topic, **parts)

    async def fetchval(self, query: str, *arguments: object) -> object:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()

    async def total(self, till: str) -> int:
        cents = await self.fetchval("select cents from till where key = $1", f"P1:{till}")
        return int(str(cents or 0))

    async def counted(self, till: str) -> list[int]:
        """The deposit numbers in what was published for a till, in order, repeats left out."""
        consumer = AIOKafkaConsumer(
            self.topics.counted.TOPIC,
            bootstrap_servers=self.bootstrap,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            places = sorted(consumer.assignment())
            ends = await consumer.end_offsets(places)
            seen: dict[bytes, int] = {}
            for place in places:
                while await consumer.position(place) < ends[place]:
                    for record in (await consumer.getmany(place, timeout_ms=500)).get(place, []):
                        if record.key == f"P1:{till}".encode():
                            seen[dict(record.headers)["ce_id"]] = orjson.loads(record.value)[
                                "number"
                            ]
            return list(seen.values())
        finally:
            await consumer.stop()


@pytest.fixture
async def bench(kafka_bootstrap: str, make_database: MakeDatabase) -> AsyncIterator[Bench]:
    topics = Topics.named(uuid4().hex[:8])
    names = [topics.deposit.TOPIC, topics.opened.TOPIC, topics.counted.TOPIC]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka_bootstrap, acks="all", max_request_size=12 * 1024 * 1024
    )
    await producer.start()
    bench = Bench(kafka_bootstrap, await make_database("till", prepare), topics, producer)
    dead = [f"{topic}.{bench.name}.dlq" for topic in names[:2]]
    await admin.create_topics(
        [
            NewTopic(name, 4, 1, topic_configs={"max.message.bytes": str(16 * 1024 * 1024)})
            for name in (*names, *dead)
        ]
    )
    yield bench
    await producer.stop()
    await admin.delete_topics([*names, *dead])
    await admin.close()


async def test_a_stored_batch_is_committed_and_not_read_again(bench: Bench) -> None:
    for number in range(1, 21):
        await bench.send("A", number)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.total("A"), 2000))
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await bench.send("A", 21)
        await until(lambda: _is(bench.total("A"), 2100))
    assert await bench.counted("A") == list(range(1, 22))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"value": b"{"}, "not_json"),
        ({"headers": [("ce_id", b"\xff\xfe")]}, "header_not_utf8"),
        ({"headers": []}, "header_missing"),
        ({"headers": [("ce_id", None)]}, "header_missing"),
        ({"value": None}, "tombstone"),
        ({"value": b" " * (10 * 1024 * 1024)}, "too_large"),
        ({"key": None}, "key_mismatch"),
    ],
)
async def test_a_malformed_record_is_kept_and_neither_blocks_nor_loses_its_batch(
    bench: Bench, broken: dict[str, Any], reason: str
) -> None:
    await bench.send("B", 1)
    await bench.send("A", 1, **broken)
    await bench.send("C", 1)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.total("B"), 100))
        await until(lambda: _is(bench.total("C"), 100))
        await until(
            lambda: _is(bench.fetchval("select min(reason) from delivery.dead_letter"), reason)
        )


async def test_headers_too_large_for_a_copy_do_not_stop_what_is_published(bench: Bench) -> None:
    await bench.send("A", 1, headers=[("note", b"x" * 1_500_000)])
    await bench.send("B", 1)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.total("B"), 100))
        await until(lambda: _is(bench.fetchval("select count(*) from delivery.outbox"), 0))
    kept = await bench.fetchval("select length(headers) from delivery.dead_letter")
    assert int(str(kept)) > 1_500_000
    assert await bench.counted("B") == [1]


async def test_an_event_too_large_for_its_topic_is_set_aside_and_others_are_published(
    bench: Bench,
) -> None:
    event = bench.topics.counted(practice_id="P1", till_id="A", number=1, total_cents=1)
    made = encode(event, event_id=root_event_id(NOON, "A"), source="urn:test", occurred_at=NOON)
    connection = await asyncpg.connect(bench.url)
    await outbox.append(connection, [replace(made, value=b" " * 2_000_000), made])
    await connection.close()
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.fetchval("select count(*) from delivery.outbox"), 0))
    reason = await bench.fetchval("select reason from delivery.dead_letter")
    assert reason == "too_large_to_publish"
    assert await bench.counted("A") == [1]


async def test_a_batch_that_meets_a_database_fault_is_put_back_and_done_later(
    bench: Bench,
) -> None:
    await bench.fetchval("alter table till rename to till_away")
    for number in range(1, 11):
        await bench.send("A", number)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(
            lambda: _exists(
                bench.fetchval(
                    "select 1 from pg_stat_activity where query like '%from till where%' limit 1"
                )
            )
        )
        await bench.fetchval("alter table till_away rename to till")
        await until(lambda: _is(bench.total("A"), 1000))
    assert await bench.counted("A") == list(range(1, 11))


async def test_a_fault_is_tried_again_with_pauses_and_makes_the_service_unhealthy_until_it_ends(
    bench: Bench, tmp_path: Path
) -> None:
    await bench.fetchval("alter table till rename to till_away")
    for number in range(1, 4):
        await bench.send("A", number)
    port_file = tmp_path / "port"
    async with running(
        bench.topics,
        bench.bootstrap,
        bench.url,
        name=bench.name,
        stalled_after_seconds=1,
        port_file=str(port_file),
    ):
        await until(lambda: _is(_answer(port_file, "/health/live"), 503), what="being unhealthy")
        metrics = await _body(port_file, "/metrics")
        (faults,) = [
            int(line.rpartition(" ")[2].partition(".")[0])
            for line in metrics.splitlines()
            if line.startswith("claimstream_infrastructure_faults_total{")
            and "UndefinedTable" in line
        ]
        assert 1 <= faults <= 10
        await bench.fetchval("alter table till_away rename to till")
        await until(lambda: _is(bench.total("A"), 300))
        await until(lambda: _is(_answer(port_file, "/health/live"), 200), what="being healthy")
        await until(lambda: _is(_answer(port_file, "/health/ready"), 200), what="being ready")


async def test_instances_that_come_and_go_reorder_and_double_nothing(bench: Bench) -> None:
    tills = [f"K{number}" for number in range(8)]

    async def send(first: int, last: int) -> None:
        for number in range(first, last):
            for till in tills:
                await bench.send(till, number, cents=1)

    one = running(bench.topics, bench.bootstrap, bench.url, name=bench.name, instance="1")
    two = running(bench.topics, bench.bootstrap, bench.url, name=bench.name, instance="2")
    await one.__aenter__()
    await send(1, 10)
    await two.__aenter__()
    await send(10, 20)
    await one.__aexit__(None, None, None)
    await send(20, 30)
    await until(lambda: _is(bench.fetchval("select sum(cents)::int from till"), 8 * 29))
    await two.__aexit__(None, None, None)
    for till in tills:
        assert await bench.counted(till) == list(range(1, 30))


async def test_connections_cut_in_mid_stream_lose_and_double_nothing(bench: Bench) -> None:
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        for number in range(1, 61):
            await bench.send("A", number)
            if number % 20 == 0:
                await until(lambda: _grew(bench), what="progress of the service")
                await bench.fetchval(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid() "
                    "and backend_type = 'client backend'"
                )
        await until(lambda: _is(bench.total("A"), 6000))
        await until(lambda: _is(_length(bench.counted("A")), 60))
    assert await bench.counted("A") == list(range(1, 61))


async def test_a_database_that_hangs_up_as_a_service_begins_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def hangs_up_once(*arguments: Any) -> list[OpenBreaker]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise asyncpg.ConnectionDoesNotExistError("the connection was closed")
        return await open_breakers(*arguments)

    monkeypatch.setattr(guard, "open_breakers", hangs_up_once)
    await bench.send("A", 1)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.total("A"), 100))
    assert asked > 1


async def test_offsets_set_back_to_the_start_change_nothing(bench: Bench) -> None:
    for number in range(1, 11):
        await bench.send("A", number)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.total("A"), 1000))
    await bench.send("A", 11)
    async with running(bench.topics, bench.bootstrap, bench.url, name=f"{bench.name}-again"):
        await until(lambda: _is(bench.total("A"), 1100))
    assert await bench.counted("A") == list(range(1, 12))


async def test_a_service_killed_in_mid_stream_loses_and_doubles_nothing(bench: Bench) -> None:
    for number in range(1, 401):
        await bench.send(f"K{number % 5}", number, cents=1)
    for _ in range(3):
        child = await _spawn(bench)
        await until(lambda: _grew(bench), what="progress of the service")
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
        for number in range(401, 411):
            await bench.send("K0", number, cents=0)
    child = await _spawn(bench)
    await until(lambda: _is(bench.fetchval("select sum(cents)::int from till"), 400))
    child.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(child.wait(), timeout=LONG_ENOUGH_S) == 0
    assert await bench.fetchval("select count(*) from delivery.outbox") == 0
    for till in range(1, 5):
        numbers = await bench.counted(f"K{till}")
        assert numbers == [number for number in range(1, 401) if number % 5 == till]


async def _spawn(bench: Bench) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.delivery.till_process",
        bench.topics.deposit.TOPIC.rsplit(".", 1)[1],
        bench.name,
        bench.url,
        cwd=Path(__file__).parents[2],
        env=os.environ
        | {"CLAIMSTREAM_KAFKA_BOOTSTRAP": bench.bootstrap, "CLAIMSTREAM_BATCH_RECORDS": "20"},
    )


_seen: dict[str, int] = {}


async def _grew(bench: Bench) -> bool:
    now = int(str(await bench.fetchval("select count(*) from delivery.inbox")))
    before = _seen.setdefault(bench.name, 0)
    if now > before:
        _seen[bench.name] = now
        return True
    return now >= 400


async def _is(value: Awaitable[Any], wanted: object) -> bool:
    return bool(await value == wanted)


async def _exists(value: Awaitable[Any]) -> bool:
    return await value is not None


async def _length(value: Awaitable[list[int]]) -> int:
    return len(await value)


def _port(port_file: Path) -> int:
    return int(port_file.read_text()) if port_file.exists() else 0


async def _request(port_file: Path, path: str) -> tuple[int, str]:
    port = _port(port_file)
    if not port:
        return 0, ""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), body


async def _answer(port_file: Path, path: str) -> int:
    return (await _request(port_file, path))[0]


async def _body(port_file: Path, path: str) -> str:
    return (await _request(port_file, path))[1]
