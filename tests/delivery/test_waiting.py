"""How soon a lane that waits for a reference is tried again, and how much of it at once."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import pairwise

import asyncpg
import pytest
from msgspec.structs import replace

from services.chassis import parking
from services.chassis.parking import Parked
from services.chassis.processor import Patience, Processor
from services.chassis.record import Record
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


async def test_one_that_waits_for_days_is_tried_ever_less_often_and_once_an_hour_at_least(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    began = clock.now()
    tried = [began]
    while clock.now() - began < timedelta(days=1):
        retry_at = await pool.fetchval("select retry_at from delivery.blocked_lane")
        clock.advance(retry_at - clock.now())
        tried.append(clock.now())
        assert await processor.retry_parked() == 0
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits[:3] == [PATIENCE.retry_soon, PATIENCE.retry_after, PATIENCE.retry_after]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
    assert len(waits) < 60


async def test_what_waits_is_tried_a_few_bytes_at_a_time_and_every_lane_goes_on_in_order(
    processor: Processor, clock: ManualClock, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = [len(_deposit("B", 1, padding).value or b"") for padding in (0, 10_000)]
    monkeypatch.setattr(parking, "MOST_BYTES", most := 4 * (small + 1_000))
    held: list[int] = []
    whole = parking.parked_records

    async def counted(
        connection: asyncpg.Connection, lanes: Sequence[str], count: int
    ) -> tuple[list[Parked], set[str]]:
        parked, left = await whole(connection, lanes, count)
        held.append(sum(len(each.record.value or b"") for each in parked))
        return parked, left

    monkeypatch.setattr(parking, "parked_records", counted)
    await processor.process(
        [
            _deposit(till, number, 10_000 if till == "L" else 0)
            for number in range(1, 4)
            for till in ("B", "C", "D", "E", "F", "L")
        ]
    )
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    clock.advance(PATIENCE.retry_soon)
    while await processor.retry_parked():
        clock.advance(PATIENCE.retry_soon)
    assert max(size for size in held if size < large) <= most
    assert sum(size == large for size in held) == 3
    numbers = await pool.fetch("select key, number, cents from till order by key")
    assert [tuple(row) for row in numbers] == [
        ("P1:A", 1, 100),
        *((f"P1:{till}", 3, 300) for till in "BCDEFL"),
    ]


def _deposit(till: str, number: int, padding: int) -> Record:
    needing = Deposit(practice_id="P1", till_id=till, number=number, amount_cents=100, needs="T")
    made = record(needing)
    return replace(made, value=(made.value or b"") + b" " * padding)
