"""How soon a lane that waits for a reference is tried again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from services.chassis.processor import Patience, Processor
from tests.delivery.till import Counted, Deposit, Opened, Topics, prepare, till_service
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record

PATIENCE = Patience(retry_soon=timedelta(seconds=1), retry_after=timedelta(seconds=30))


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(await make_database("till", prepare), min_size=1, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def processor(pool: asyncpg.Pool, clock: ManualClock) -> Processor:
    """A processor with one event parked for a reference whose arrival it has not heard of."""
    service = till_service(Topics(Deposit, Opened, Counted))
    processor = Processor(service, pool, clock, patience=PATIENCE)
    needing = Deposit(practice_id="P1", till_id="A", number=1, amount_cents=100, needs="T")
    await processor.process([record(needing)])
    return processor


async def arrive_unheard(processor: Processor, pool: asyncpg.Pool) -> None:
    """The reference arrives in a transaction that does not see anybody waiting."""
    lanes = await pool.fetch("delete from delivery.blocked_lane returning *")
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    for lane in lanes:
        await pool.execute(
            "insert into delivery.blocked_lane (lane, waiting_for, blocked_at, retry_at) "
            "values ($1, $2, $3, $4)",
            *(lane[name] for name in ("lane", "waiting_for", "blocked_at", "retry_at")),
        )


async def test_one_that_missed_its_reference_by_a_moment_goes_on_a_moment_later(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await arrive_unheard(processor, pool)
    assert await processor.retry_parked() == 0
    clock.advance(PATIENCE.retry_soon)
    assert await processor.retry_parked() == 1
    assert await pool.fetchval("select cents from till where key = 'P1:A'") == 100


async def test_one_that_was_tried_in_vain_is_tried_now_and_then_only(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    clock.advance(PATIENCE.retry_soon)
    assert await processor.retry_parked() == 0
    await arrive_unheard(processor, pool)
    clock.advance(PATIENCE.retry_soon)
    assert await processor.retry_parked() == 0
    clock.advance(PATIENCE.retry_after)
    assert await processor.retry_parked() == 1
