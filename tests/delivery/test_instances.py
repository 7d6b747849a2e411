"""Several instances of one service: they share its work and survive each other's end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from claimstream.topics.apply import apply_topics
from schemas.catalogue import Topic
from services.chassis import outbox, relay
from services.chassis.consumer import _Rebalance
from services.chassis.processor import Processor
from tests.delivery.deposits import deposit, go_on
from tests.delivery.test_traps import Bench, _body, _is, bench
from tests.delivery.till import Counted, Deposit, Opened, Topics, running, till_service
from tests.support import ManualClock, record, until

__all__ = ["bench"]

TILLS = tuple(f"K{number}" for number in range(12))
ROUND_S = 0.05
MOST_ROUNDS = 600
"""The till has a fault at its deposit 666."""

NEVER_MIND_S = 300
"""A session time-out that no test waits for, longer than ``LONG_ENOUGH_S``: what comes sooner does
not come by it."""


async def send(bench: Bench, first: int, last: int, tills: Sequence[str] = TILLS) -> None:
    for number in range(first, last):
        for till in tills:
            await bench.send(till, number, cents=1)


async def all_taken(bench: Bench, cents: int) -> None:
    """Return once every cent is in its till and every event is out."""
    await until(
        lambda: _is(bench.fetchval("select sum(cents)::int from till"), cents),
        what="every deposit",
    )
    await until(
        lambda: _is(bench.fetchval("select count(*) from delivery.outbox"), 0),
        what="an empty outbox",
    )


async def in_order(bench: Bench, last: int) -> bool:
    """Whether each till's events came out once each and in order, up to ``last``."""
    wanted = list(range(1, last + 1))
    return [await bench.counted(till) for till in TILLS] == [wanted] * len(TILLS)


async def figure(port_file: Path, name: str, part: str = "") -> int:
    """The sum of a metric's series of one instance."""
    lines = (await _body(port_file, "/metrics")).splitlines()
    return sum(
        int(line.rpartition(" ")[2].partition(".")[0])
        for line in lines
        if line.startswith(f"{name}{{") and part in line
    )


@asynccontextmanager
async def process_of(bench: Bench, instance: str, **settings: int) -> AsyncIterator["Member"]:
    """An instance as a process of its own, killed at the end unless it is gone by then."""
    member = Member(bench, instance, settings)
    await member.start()
    try:
        yield member
    finally:
        await member.kill()


class Member:
    """An instance that can be killed and started again under its own name."""

    def __init__(self, bench: Bench, instance: str, settings: dict[str, int]) -> None:
        self._bench = bench
        self._environment = {
            "CLAIMSTREAM_KAFKA_BOOTSTRAP": bench.bootstrap,
            "CLAIMSTREAM_INSTANCE": instance,
        } | {f"CLAIMSTREAM_{name.upper()}": str(value) for name, value in settings.items()}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.delivery.till_process",
            self._bench.topics.deposit.TOPIC.rsplit(".", 1)[1],
            self._bench.name,
            self._bench.url,
            cwd=Path(__file__).parents[2],
            env=os.environ | self._environment,
        )

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            await process.wait()


class Assignments:
    """Counts what the group gives to the instances of this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[int] = []
        whole = _Rebalance.on_partitions_assigned

        async def counting(listener: _Rebalance, assigned: Sequence[TopicPartition]) -> None:
            self.given.append(len(assigned))
            await whole(listener, assigned)

        monkeypatch.setattr(_Rebalance, "on_partitions_assigned", counting)

    async def newest(self, *wanted: int) -> None:
        """Return once the last assignments are these, of all topics together."""

        async def so() -> bool:
            return sorted(self.given[-len(wanted) :]) == sorted(wanted)

        await until(so, what=f"assignments of {wanted}")


def ours(bench: Bench, instance: str, **more: Any) -> Any:
    return running(
        bench.topics, bench.bootstrap, bench.url, name=bench.name, instance=instance, **more
    )


async def members_of(bench: Bench) -> list[str]:
    """The group's members by their instance names, as the broker knows them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bench.bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([bench.name])
        return sorted(member[1] for member in answer.groups[0][5])
    finally:
        await admin.close()


async def test_both_instances_decide_and_both_publish(bench: Bench, tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    sent = 0
    async with (
        ours(bench, "1", port_file=str(files[0])),
        ours(bench, "2", port_file=str(files[1])),
    ):

        async def both_work() -> bool:
            nonlocal sent
            sent += 1
            await send(bench, sent, sent + 1)
            decided = [
                await figure(each, "claimstream_inputs_total", 'outcome="decided"')
                for each in files
            ]
            published = [await figure(each, "claimstream_published_total") for each in files]
            return all(decided) and all(published)

        await until(both_work, what="work of both")
        await all_taken(bench, sent * len(TILLS))
    assert await in_order(bench, sent)


async def test_of_two_the_one_that_is_left_goes_on_with_everything(bench: Bench) -> None:
    async with ours(bench, "1", session_timeout_seconds=6):
        async with process_of(bench, "2", session_timeout_seconds=6, batch_records=20) as other:
            await until(lambda: _is(members_of_count(bench), 2))
            await send(bench, 1, 16)
            await other.kill()
            await send(bench, 16, 31)
        await all_taken(bench, 30 * len(TILLS))
    assert await in_order(bench, 30)


async def members_of_count(bench: Bench) -> int:
    return len(await members_of(bench))


async def test_one_that_stops_in_order_hands_its_partitions_over_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignments = Assignments(monkeypatch)
    async with ours(bench, "1", session_timeout_seconds=NEVER_MIND_S):
        async with ours(bench, "2", session_timeout_seconds=NEVER_MIND_S):
            await assignments.newest(4, 4)
            await send(bench, 1, 6)
        await assignments.newest(8)
        await send(bench, 6, 11)
        await all_taken(bench, 10 * len(TILLS))
    assert await in_order(bench, 10)


async def test_the_last_one_to_stop_publishes_what_lies_in_the_shards_of_one_that_went_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ours(bench, "1"):
        async with ours(bench, "2"):
            await until(lambda: _is(shards_taken(bench), outbox.SHARDS), what="all shards taken")
            monkeypatch.setattr(relay, "_SHARE_EVERY_SECONDS", NEVER_MIND_S)
            await send(bench, 1, 3)
            await all_taken(bench, 2 * len(TILLS))
        await send(bench, 3, 6)
        await until(
            lambda: _is(bench.fetchval("select sum(cents)::int from till"), 5 * len(TILLS)),
        )
    assert await bench.fetchval("select count(*) from delivery.outbox") == 0
    assert await in_order(bench, 5)


async def shards_taken(bench: Bench) -> object:
    return await bench.fetchval(
        "select count(*) from pg_locks where locktype = 'advisory' and classid = $1 and granted"
        " and database = (select oid from pg_database where datname = current_database())",
        relay._LOCK_SPACE,
    )


async def test_one_that_is_alone_keeps_its_place_over_a_restart(bench: Bench) -> None:
    async with ours(bench, "1", session_timeout_seconds=NEVER_MIND_S):
        await send(bench, 1, 6)
        await all_taken(bench, 5 * len(TILLS))
        before = await members_of(bench)
    assert await members_of(bench) == before != []
    async with ours(bench, "1", session_timeout_seconds=NEVER_MIND_S):
        await send(bench, 6, 11)
        await all_taken(bench, 10 * len(TILLS))
    assert await in_order(bench, 10)


async def test_one_of_four_that_is_killed_and_comes_back_moves_no_partition_of_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignments = Assignments(monkeypatch)
    patient = {"session_timeout_seconds": NEVER_MIND_S}
    async with AsyncExitStack() as stack:
        for instance in "123":
            await stack.enter_async_context(ours(bench, instance, **patient))
        fourth = await stack.enter_async_context(process_of(bench, "4", **patient))
        await assignments.newest(2, 2, 2)
        given = len(assignments.given)
        await send(bench, 1, 11)
        await fourth.kill()
        await send(bench, 11, 21)
        await fourth.start()
        await send(bench, 21, 31)
        await all_taken(bench, 30 * len(TILLS))
        assert len(assignments.given) == given
        await fourth.kill(signal.SIGTERM)
    assert await in_order(bench, 30)


async def test_of_four_under_load_one_joins_one_leaves_and_one_dies_and_order_holds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignments = Assignments(monkeypatch)
    stopping = asyncio.Event()
    sent = 0

    async def load() -> None:
        nonlocal sent
        while not stopping.is_set() and sent < MOST_ROUNDS:
            sent += 1
            await send(bench, sent, sent + 1)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), ROUND_S)

    brisk = {"session_timeout_seconds": 6}
    async with AsyncExitStack() as stack:
        for instance in "12":
            await stack.enter_async_context(ours(bench, instance, **brisk))
        fourth = await stack.enter_async_context(process_of(bench, "4", **brisk))
        loading = asyncio.create_task(load())
        async with ours(bench, "3", **brisk):
            await assignments.newest(2, 2, 2)
        await assignments.newest(4, 2)
        await fourth.kill()
        await assignments.newest(4, 4)
        stopping.set()
        await loading
        await all_taken(bench, sent * len(TILLS))
    assert await in_order(bench, sent)


@pytest.fixture
def another(pool: asyncpg.Pool, clock: ManualClock) -> Processor:
    return Processor(till_service(Topics(Deposit, Opened, Counted)), pool, clock)


async def said(pool: asyncpg.Pool) -> dict[str, list[tuple[int, int]]]:
    """Number and total of each event in the outbox, by till, in the order of publication."""
    found: dict[str, list[tuple[int, int]]] = {}
    async with pool.acquire() as connection:
        for each in await outbox.unpublished(connection):
            event = orjson.loads(each.value)
            found.setdefault(event["till_id"], []).append((event["number"], event["total_cents"]))
    return found


async def test_deadlines_are_met_once_each_however_many_look_for_them(
    processor: Processor, another: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit(till, 99) for till in TILLS])
    clock.advance(timedelta(days=2))

    async def meet(mine: Processor) -> int:
        met = 0
        for _ in range(2 * len(TILLS)):
            met += await mine.run_deadlines(most=2)
        return met

    met = await asyncio.gather(meet(processor), meet(another), meet(processor))
    assert sum(met) == len(TILLS)
    assert await said(pool) == {till: [(99, 100), (99, 0)] for till in TILLS}


async def test_waiting_lanes_are_shared_and_each_goes_on_once_and_in_order(
    processor: Processor, another: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process(
        [deposit(till, number, needs="X") for number in range(1, 6) for till in TILLS]
    )
    await another.process([record(Opened(practice_id="P1", name="X"))])
    clock.advance(timedelta(seconds=2))

    async def retry(mine: Processor) -> None:
        for _ in TILLS:
            await mine.retry_parked(most_lanes=2, most_records=7)

    async def come_late(mine: Processor) -> None:
        for till in TILLS:
            await mine.process([deposit(till, 6)])

    await asyncio.gather(retry(processor), retry(another), come_late(another))
    await go_on(processor)
    assert await said(pool) == {till: [(n, n * 100) for n in range(1, 7)] for till in TILLS}
    assert await pool.fetchval("select count(*) from delivery.parked") == 0
    assert await pool.fetchval("select count(*) from delivery.blocked_lane") == 0


async def test_the_same_records_at_two_instances_at_once_count_once(
    processor: Processor, another: Processor, pool: asyncpg.Pool
) -> None:
    records = [deposit(till, number) for number in range(1, 21) for till in TILLS]
    await asyncio.gather(
        *(
            mine.process(records[first:last])
            for mine in (processor, another)
            for first, last in ((0, 240), (0, 120))
        )
    )
    await another.process(records)
    assert await said(pool) == {till: [(n, n * 100) for n in range(1, 21)] for till in TILLS}


class Reader:
    """A group that reads what the till publishes, and notes what it reads, in its order."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.read: dict[str, list[int]] = {}
        self.places: dict[str, set[int]] = {}

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        consumer = AIOKafkaConsumer(
            self._bench.topics.counted.TOPIC,
            bootstrap_servers=self._bench.bootstrap,
            group_id=f"{self._bench.name}-reader",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        task = asyncio.create_task(self._read(consumer))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await consumer.commit()
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for each in records:
                    event = orjson.loads(each.value)
                    self.read.setdefault(event["till_id"], []).append(event["number"])
                    self.places.setdefault(event["till_id"], set()).add(each.partition)

    async def up_to(self, last: int) -> None:
        async def so() -> bool:
            return all(self.read.get(till, [0])[-1] == last for till in TILLS)

        await until(so, what=f"event {last} of every till")


@asynccontextmanager
async def producer_of(bench: Bench) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that has just started, and so knows what partitions there are."""
    producer = AIOKafkaProducer(bootstrap_servers=bench.bootstrap, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def entries(bench: Bench, partitions: int) -> list[Topic]:
    """The till's topics as a catalogue has them."""
    return [
        Topic(
            name=each.TOPIC,
            owner="till",
            key="practice_id:till_id",
            phi="ids",
            partitions=partitions,
            retention_days=30,
            compaction=False,
            max_message_bytes=1_048_576,
            consumers=(),
        )
        for each in (bench.topics.deposit, bench.topics.opened, bench.topics.counted)
    ]


async def test_topics_that_grow_while_nothing_is_on_its_way_keep_the_order_of_every_key(
    bench: Bench,
) -> None:
    reader = Reader(bench)
    async with reader.at_work(), ours(bench, "1"):
        await send(bench, 1, 11)
        await all_taken(bench, 10 * len(TILLS))
        await reader.up_to(10)
    await bench.producer.stop()

    wanted = entries(bench, 9)
    held = await apply_topics(bench.bootstrap, catalogue=wanted)
    assert [step.action for step in held] == ["refuse"] * 3
    grown = await apply_topics(bench.bootstrap, catalogue=wanted, allow_more_partitions=True)
    assert [step.action for step in grown] == ["grow"] * 3

    async with (
        producer_of(bench) as bench.producer,
        reader.at_work(),
        ours(bench, "1"),
        ours(bench, "2"),
    ):
        await send(bench, 11, 21)
        await all_taken(bench, 20 * len(TILLS))
        await reader.up_to(20)
    assert reader.read == {till: list(range(1, 21)) for till in TILLS}
    assert any(len(places) == 2 for places in reader.places.values())
