"""Deadlines of a key whose events wait: in time as a rule, held where the service says so."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.chassis.parking import lane_of
from services.chassis.processor import Patience, Processor
from tests.delivery.deposits import deposit, total
from tests.support import ManualClock

LATER = timedelta(days=1)


@pytest.fixture
def heedless(processor: Processor) -> Processor:
    """Closes a till on its day, whatever waits."""
    return processor


@pytest.fixture
def heedful(heedless: Processor) -> Processor:
    """Closes no till while deposits of it wait."""
    heedless.service = replace(
        heedless.service,
        deadline_lanes={"close": lambda due: lane_of("till_id", due.practice_id, due.key)},
    )
    return heedless


async def test_a_deadline_comes_in_time_though_its_key_waits(
    heedless: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await heedless.process([deposit("A", 99), deposit("A", 1, -5), deposit("A", 2)])
    clock.advance(LATER)
    assert await heedless.run_deadlines() == 1
    assert await total(pool, "A") == 0


async def test_one_that_must_know_what_waits_is_held_and_others_are_not(
    heedful: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await heedful.process([deposit("A", 99), deposit("A", 1, -5), deposit("B", 99)])
    before = await pool.fetchrow("select * from delivery.deadline where key = 'A'")
    clock.advance(LATER)
    await heedful.run_deadlines()
    assert (await total(pool, "A"), await total(pool, "B")) == (100, 0)
    held = await pool.fetchrow("select * from delivery.deadline")
    assert dict(held) | {"held_until": None} == dict(before)


async def test_it_comes_once_after_what_waited_was_decided(
    heedful: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await heedful.process([deposit("A", 99), deposit("A", 1, -5), deposit("A", 2, 7)])
    clock.advance(LATER)
    await heedful.run_deadlines()
    assert await heedful.run_deadlines() == 0, "it is not looked at again at once"
    letter = await pool.fetchval("select id from delivery.dead_letter")
    await heedful.dismiss(letter, "ana", "operator", "typed twice")
    while await heedful.retry_parked():
        pass
    assert await total(pool, "A") == 107
    clock.advance(Patience().retry_after)
    assert await heedful.run_deadlines() == 1
    assert await total(pool, "A") == 0
    assert await pool.fetchval("select count(*) from delivery.deadline") == 0


def test_a_lane_for_a_deadline_that_nobody_handles_is_refused(heedful: Processor) -> None:
    with pytest.raises(ValueError, match="close"):
        replace(heedful.service, deadline_handlers={})
