"""The guard by hand: when it stops a service, and when it lets it go on."""

from collections.abc import Sequence
from functools import partial

import asyncpg
import pytest
import structlog

from services.chassis.breaker import Breaker, open_breakers, resume
from services.chassis.guard import BreakerOpenError, Due, Guard
from services.chassis.health import Progress
from services.chassis.processor import Batch, Processor
from services.chassis.record import Record
from services.chassis.rehearsal import rehearse_records
from tests.delivery.deposits import deposit, statuses, total
from tests.delivery.till import Opened
from tests.support import ManualClock, record

LEAST_KEYS = 10


class Watched:
    """A processor and its guard, as a service process joins them."""

    def __init__(self, processor: Processor) -> None:
        self.processor = processor
        self.progress = Progress(60)
        self.guard = Guard(
            processor,
            partial(Breaker, 200, LEAST_KEYS, 50),
            "1",
            progress=self.progress,
            metrics=processor.metrics,
            log=structlog.get_logger(),
        )

    async def read(self, *records: Record) -> Batch:
        """Raises ``BreakerOpenError`` where the batch is put back."""
        await self.guard.let_through(records)
        batch = await self.processor.process(records)
        await self.guard.watch(batch)
        return batch

    async def fall_due(self, kind: Due = "deadlines") -> int:
        """One step of what is due; how many were done."""
        if not await self.guard.may_run(kind):
            return 0
        came = Batch()
        if kind == "deadlines":
            done = await self.processor.run_deadlines(came=came)
        else:
            done = await self.processor.retry_parked(came=came)
        await self.guard.watch(came, kind)
        return done


@pytest.fixture
def watched(processor: Processor, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr("services.chassis.guard._TRY_EVERY_SECONDS", 0)
    return Watched(processor)


async def letters(pool: asyncpg.Pool) -> int:
    return len(await statuses(pool))


async def spoil(pool: asyncpg.Pool, *, mended: bool = False) -> None:
    """A constraint that nothing fits stands for a bad release."""
    change = "drop constraint bad_release" if mended else "add constraint bad_release check (false)"
    await pool.execute(f"alter table till {change}")


async def tripped_and_mended(watched: Watched, pool: asyncpg.Pool) -> None:
    await spoil(pool)
    await watched.read(*[deposit(f"BAD{each}", 1) for each in range(LEAST_KEYS)])
    assert watched.progress.tripped
    await spoil(pool, mended=True)
    await watched.read(deposit("GOOD", 1))
    assert not watched.progress.tripped


async def due(pool: asyncpg.Pool, clock: ManualClock, count: int, keys: int | None = None) -> None:
    await pool.execute(
        "insert into delivery.deadline (id, kind, practice_id, key, due_at, payload) "
        "select gen_random_uuid(), 'close', 'P1', 'K' || (n % $3), $1, '{}' "
        "from generate_series(1, $2::int) n",
        clock.now(),
        count,
        keys or count,
    )


async def test_one_bad_record_after_a_trip_is_set_aside_and_stops_nobody(
    watched: Watched, pool: asyncpg.Pool
) -> None:
    await tripped_and_mended(watched, pool)
    before = await letters(pool)
    await watched.read(deposit("A", 1, -5))
    assert await letters(pool) == before + 1
    assert not watched.progress.tripped


async def test_one_bad_key_with_all_that_waits_behind_it_stops_nobody_after_a_trip(
    watched: Watched, pool: asyncpg.Pool
) -> None:
    await tripped_and_mended(watched, pool)
    await watched.read(deposit("A", 1, -5), *[deposit("A", each) for each in range(2, 101)])
    assert not watched.progress.tripped
    assert await pool.fetchval("select count(*) from delivery.parked") == 99


async def test_small_batches_that_are_all_bad_stop_it_again_once_enough_keys_are_hit(
    watched: Watched, pool: asyncpg.Pool
) -> None:
    await tripped_and_mended(watched, pool)
    before = await letters(pool)
    for each in range(LEAST_KEYS - 1):
        await watched.read(deposit(f"A{each}", 1, -5))
    with pytest.raises(BreakerOpenError):
        await watched.read(deposit("ONE-TOO-MANY", 1, -5))
    assert await letters(pool) == before + LEAST_KEYS - 1
    (opened,) = await open_breakers(pool)
    assert (opened.inputs, opened.dead, opened.keys) == (LEAST_KEYS + 1, LEAST_KEYS, LEAST_KEYS)
    assert opened.cause.startswith("negative_deposit")


async def test_a_batch_of_many_bad_keys_after_a_trip_sets_nothing_more_aside(
    watched: Watched, pool: asyncpg.Pool
) -> None:
    await tripped_and_mended(watched, pool)
    await watched.read(*[deposit(f"B{each}", 1) for each in range(50)])
    before = await letters(pool)
    with pytest.raises(BreakerOpenError):
        await watched.read(*[deposit(f"A{each}", 1, -5) for each in range(LEAST_KEYS)])
    assert await letters(pool) == before


async def test_a_person_s_word_stands_though_it_comes_while_a_batch_is_being_tried(
    watched: Watched, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spoil(pool)
    await watched.read(*[deposit(f"BAD{each}", 1) for each in range(LEAST_KEYS)])
    assert len(await open_breakers(pool)) == 1

    async def tried_meanwhile(processor: Processor, records: Sequence[Record]) -> Batch:
        batch = await rehearse_records(processor, records)
        async with pool.acquire() as connection:
            await resume(connection, None, watched.processor.clock.now(), 1000)
        await watched.guard.look()
        return batch

    monkeypatch.setattr("services.chassis.guard.rehearse_records", tried_meanwhile)
    await watched.read(*[deposit(f"MORE{each}", 1) for each in range(LEAST_KEYS)])
    assert not watched.progress.tripped
    assert await letters(pool) == 2 * LEAST_KEYS


async def test_deadlines_that_are_all_refused_stop_the_service_and_its_reading(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await spoil(pool)
    await due(pool, clock, 60)
    while await watched.fall_due():
        pass
    assert watched.progress.tripped
    assert await letters(pool) == LEAST_KEYS
    (opened,) = await open_breakers(pool)
    assert (opened.opened_by, opened.keys) == ("deadlines", LEAST_KEYS)
    with pytest.raises(BreakerOpenError):
        await watched.read(deposit("A", 1))
    assert await watched.fall_due("parked") == 0


async def test_good_records_do_not_hide_that_all_deadlines_are_refused(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await pool.execute("alter table till add constraint no_closing check (cents > 0)")
    await due(pool, clock, 60)
    for each in range(LEAST_KEYS):
        await watched.read(*[deposit(f"G{each}-{one}", 1) for one in range(20)])
        await watched.fall_due()
    assert watched.progress.tripped


async def test_deadlines_come_again_once_they_would_be_accepted_and_none_is_lost(
    watched: Watched, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await spoil(pool)
    await due(pool, clock, 60)
    while await watched.fall_due():
        pass
    started_again = Watched(processor)
    await started_again.guard.recall()
    assert await started_again.fall_due() == 0, "a restart alone sets nothing more aside"
    assert await letters(pool) == LEAST_KEYS
    await spoil(pool, mended=True)
    assert await started_again.fall_due() == 60 - LEAST_KEYS
    assert await open_breakers(pool) == []
    await started_again.read(deposit("A", 1))
    assert await letters(pool) == LEAST_KEYS


async def test_one_deadline_that_cannot_be_stored_does_not_keep_the_others_from_coming(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await spoil(pool)
    await due(pool, clock, 60)
    while await watched.fall_due():
        pass
    await spoil(pool, mended=True)
    first = await pool.fetchval("select key from delivery.deadline order by due_at, id limit 1")
    await pool.execute(f"alter table till add constraint one check (key <> 'P1:{first}')")
    while await watched.fall_due():
        pass
    assert not watched.progress.tripped
    assert await letters(pool) == LEAST_KEYS + 1
    assert await pool.fetchval("select count(*) from till") == 60 - LEAST_KEYS - 1


async def test_when_nothing_more_is_due_it_reads_again_and_what_falls_due_next_is_tried_first(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await pool.execute("alter table till add constraint no_closing check (cents > 0)")
    await due(pool, clock, LEAST_KEYS)
    for _ in range(LEAST_KEYS):
        await watched.fall_due()
    assert watched.progress.tripped
    assert await watched.fall_due() == 0
    await watched.read(deposit("A", 1))
    assert await total(pool, "A") == 100
    await due(pool, clock, 60)
    assert await watched.fall_due() == 0
    assert watched.progress.tripped
    assert await letters(pool) == LEAST_KEYS


async def test_many_deadlines_of_one_key_stop_nobody(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await spoil(pool)
    await due(pool, clock, 60, keys=1)
    while await watched.fall_due():
        pass
    assert not watched.progress.tripped
    assert await letters(pool) == 60


async def test_parked_records_that_are_all_refused_stop_it_until_they_would_be_accepted(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await watched.read(*[deposit(f"A{each}", 1, needs="T") for each in range(60)])
    await watched.read(record(Opened(practice_id="P1", name="T")))
    await pool.execute("alter table till add constraint bad_release check (false)")
    while await watched.fall_due("parked"):
        pass
    assert watched.progress.tripped
    assert await letters(pool) == LEAST_KEYS
    with pytest.raises(BreakerOpenError):
        await watched.read(deposit("B", 1))
    await spoil(pool, mended=True)
    while await watched.fall_due("parked"):
        pass
    assert await letters(pool) == LEAST_KEYS
    assert await pool.fetchval("select count(*) from till") == 60 - LEAST_KEYS


async def test_a_person_lets_deadlines_come_as_they_are(
    watched: Watched, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await spoil(pool)
    await due(pool, clock, 60)
    while await watched.fall_due():
        pass
    await pool.execute("update delivery.breaker set resumed_at = now(), allowance = 1000")
    await watched.guard.look()
    while await watched.fall_due():
        pass
    assert await letters(pool) == 60
    assert not watched.progress.tripped
