"""A missing reference resolves by itself: before the limit, after it, and as a dead letter."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.chassis.processor import Processor
from tests.delivery.deposits import acts, deposit, go_on, statuses, the_letter, total
from tests.delivery.till import Opened
from tests.support import ManualClock, record


@pytest.fixture
async def overdue(processor: Processor, pool: asyncpg.Pool, clock: ManualClock) -> UUID:
    """A letter whose reference did not come in time, with one event behind it."""
    await processor.process([deposit("A", 1, needs="T"), deposit("A", 2)])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    return await the_letter(pool)


async def test_a_letter_that_lacked_only_its_reference_goes_on_when_it_comes(
    overdue: UUID, processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 3)])
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await go_on(processor)
    assert await total(pool, "A") == 300
    assert await pool.fetchval("select number from till where key = 'P1:A'") == 3
    assert await statuses(pool) == [("reference_missing", "resolved")]
    ((action, actor, _),) = await acts(pool)
    assert (action, actor) == ("redrive", "claimstream")


async def test_a_reference_that_came_unseen_is_found_a_moment_later(
    overdue: UUID, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await pool.execute("insert into opened values ('T')")
    assert await processor.retry_parked() == 0
    clock.advance(timedelta(seconds=1))
    await go_on(processor)
    assert await total(pool, "A") == 200


async def test_a_letter_that_still_lacks_its_reference_is_looked_at_now_and_then_without_a_trace(
    overdue: UUID, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    before = await pool.fetchval("select count(*) from delivery.outbox")
    clock.advance(timedelta(seconds=1))
    assert await processor.retry_parked() == 0
    assert await acts(pool) == []
    await pool.execute("insert into opened values ('T')")
    clock.advance(timedelta(minutes=30))
    assert await processor.retry_parked() == 0
    assert await pool.fetchval("select count(*) from delivery.outbox") == before
    clock.advance(timedelta(minutes=30))
    await go_on(processor)
    assert await total(pool, "A") == 200


async def test_a_letter_that_another_rule_refuses_once_its_reference_came_stays_for_a_person(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 666, needs="T")])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    assert await processor.retry_parked() == 0
    assert await statuses(pool) == [("rule_failed", "open")]
    clock.advance(timedelta(days=1))
    assert await processor.retry_parked() == 0


async def test_a_reference_in_the_same_batch_after_what_needs_it_wakes_it(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    opened = record(Opened(practice_id="P1", name="T"))
    await processor.process([deposit("A", 1, needs="T"), opened, deposit("B", 1, needs="T")])
    assert (await total(pool, "A"), await total(pool, "B")) == (0, 100)
    await go_on(processor)
    assert await total(pool, "A") == 100


async def test_a_reference_that_comes_after_the_limit_and_before_anybody_looked_is_in_time(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, needs="T")])
    clock.advance(timedelta(days=4))
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await go_on(processor)
    assert await total(pool, "A") == 100
    assert await statuses(pool) == []
