"""A clock that ran weeks ahead for a while, and was set back: what it put off is not forgotten."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.chassis.clock_set_back import put_right
from services.chassis.parking import lane_of
from services.chassis.presence import Presence, present
from services.chassis.processor import Patience, Processor
from services.chassis.retention import Retention, sweep
from tests.delivery.deposits import deposit, statuses, total
from tests.delivery.test_traps import Bench, _is, bench
from tests.delivery.till import Deposit, Opened, running
from tests.support import ManualClock, record, until

__all__ = ["bench"]

WEEKS = timedelta(days=40)
PATIENCE = Patience()


async def put_back(pool: asyncpg.Pool, clock: ManualClock) -> int:
    """Set the clock back; how many things are called back by that."""
    clock.advance(-WEEKS)
    return await put_right(pool, clock.now(), PATIENCE.retry_after)


async def test_what_stood_in_the_middle_of_a_lane_goes_on(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, needs="T"), deposit("A", 2, 7)])
    clock.advance(WEEKS)
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    assert await processor.retry_parked(most_records=1) == 1
    assert await put_back(pool, clock) == 1
    assert await processor.retry_parked() == 1
    assert await total(pool, "A") == 107


async def test_a_letter_whose_reference_came_unheard_is_looked_at(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, needs="T")])
    clock.advance(WEEKS)
    await processor.retry_parked()
    assert await statuses(pool) == [("reference_missing", "open")]
    await pool.execute("insert into opened values ('T')")
    assert await put_back(pool, clock) == 1
    assert await processor.retry_parked() == 1
    assert await total(pool, "A") == 100


async def test_a_deadline_that_was_held_comes(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    processor.service = replace(
        processor.service,
        deadline_lanes={"close": lambda due: lane_of("till_id", due.practice_id, due.key)},
    )
    await processor.process([deposit("A", 99), deposit("A", 1, -5)])
    clock.advance(WEEKS)
    assert await processor.run_deadlines() == 1
    letter = await pool.fetchval("select id from delivery.dead_letter")
    await processor.dismiss(letter, "ana", "operator", "typed twice")
    await processor.retry_parked()
    assert await put_back(pool, clock) == 0, "it is not due any more"
    clock.advance(timedelta(days=1))
    assert await put_right(pool, clock.now(), PATIENCE.retry_after) == 1
    assert await processor.run_deadlines() == 1
    assert await total(pool, "A") == 0


@pytest.mark.parametrize("retry_after", [PATIENCE.retry_after, timedelta(hours=9)])
async def test_what_waits_as_long_as_things_do_is_left_alone(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock, retry_after: timedelta
) -> None:
    processor.patience = replace(PATIENCE, retry_after=retry_after)
    await processor.process([deposit("A", 1, needs="T")])
    clock.advance(timedelta(hours=30))
    await processor.retry_parked()
    put_off = await pool.fetchval("select retry_at from delivery.blocked_lane")
    assert put_off >= clock.now() + timedelta(hours=1)
    assert await put_right(pool, clock.now(), retry_after) == 0
    assert await pool.fetchval("select retry_at from delivery.blocked_lane") == put_off


async def test_a_sweep_that_began_in_the_future_begins_anew(pool: asyncpg.Pool) -> None:
    clock = ManualClock(await pool.fetchval("select now()"))
    days = Retention(inbox_days=45, dead_letter_days=90, topics=[Deposit.TOPIC])
    while await sweep(pool, days, clock.now()):
        continue
    await pool.execute("update delivery.sweep set began_at = now() + $1::interval", WEEKS)
    begun = [await sweep(pool, days, clock.now()) for _ in range(2)]
    assert {each.what for each in begun if each} == {"inbox", "dead_letter"}
    assert await sweep(pool, days, clock.now()) is None


async def test_an_instance_that_spoke_in_the_future_is_not_here(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        for instance in ("gone", "here"):
            await Presence(instance).say(connection, "running")
        await connection.execute("update delivery.instance set seen_at = seen_at + $1", WEEKS)
        assert await present(connection) == {}
        await Presence("here").say(connection, "running")
        assert await present(connection) == {"here": "running"}
        assert await connection.fetchval("select count(*) from delivery.instance") == 1


async def test_a_running_service_calls_back_what_was_put_off(bench: Bench) -> None:
    await bench.fetchval(
        "insert into delivery.blocked_lane (lane, blocked_at, retry_at) "
        "values ('till_id|P1:A', now() + $1, now() + $1)",
        WEEKS,
    )
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.fetchval("select count(*) from delivery.blocked_lane"), 0))
