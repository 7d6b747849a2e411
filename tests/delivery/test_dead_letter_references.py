"""A missing reference resolves by itself: before the limit, after it, and as a dead letter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from services.chassis import dead_letters
from services.chassis.letter_desk import Person
from services.chassis.processor import Processor
from services.chassis.repair import Change
from tests.delivery.deposits import acts, deposit, go_on, statuses, the_letter, total
from tests.delivery.till import Opened
from tests.support import ManualClock, record

ANA = Person("ana", "operator")


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


async def test_a_letter_that_lacks_another_reference_once_it_is_mended_is_looked_at_soon(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, -5, needs="T")])
    letter = await the_letter(pool)
    await processor.desk.repair(letter, [Change("amount_cents", "5")], ANA, keep_refused=True)
    (answer,) = await processor.desk.redrive([letter], ANA)
    assert answer.refusal is not None
    assert answer.refusal.reason == "reference_missing"
    await pool.execute("insert into opened values ('T')")
    clock.advance(timedelta(seconds=1))
    await go_on(processor)
    assert await total(pool, "A") == 5, "the reference may have come unseen meanwhile"


async def test_a_letter_without_a_key_that_lacks_a_reference_once_it_has_one_goes_on_with_it(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([msgspec.structs.replace(deposit("A", 1, needs="T"), key=None)])
    letter = await the_letter(pool)
    key = [Change("record.key", "P1:A")]
    answer, _ = await processor.desk.repair(letter, key, ANA, keep_refused=True)
    assert answer.refusal is not None
    assert answer.refusal.reason == "reference_missing"
    (answer,) = await processor.desk.redrive([letter], ANA)
    assert (answer.outcome, answer.deadlines) == ("refused", ())
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await go_on(processor)
    assert await total(pool, "A") == 100
    assert await statuses(pool) == [("reference_missing", "resolved")]


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


async def race(pool: asyncpg.Pool, processor: Processor, till: str) -> list[int]:
    """Has another process make the row of ``till`` while the next redrive holds none."""
    crossed: list[int] = []
    save = processor.service.save

    async def crossing(connection: asyncpg.Connection, work: Any) -> None:
        if work.totals.changed() and not crossed:
            crossed.append(1)
            await pool.execute("insert into till values ($1, 0, 7)", f"P1:{till}")
        await save(connection, work)

    processor.service = replace(processor.service, save=crossing)
    return crossed


async def test_a_redrive_that_loses_a_race_for_a_row_is_made_again_and_settles_its_letter(
    overdue: UUID, processor: Processor, pool: asyncpg.Pool
) -> None:
    crossed = await race(pool, processor, "A")
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await go_on(processor)
    assert crossed
    assert await total(pool, "A") == 207
    assert await statuses(pool) == [("reference_missing", "resolved")]


async def test_a_letter_whose_redrive_cannot_be_stored_goes_on_lacking_its_reference_by_name(
    overdue: UUID, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await pool.execute("alter table till add constraint odd check (cents < 0)")
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    assert await processor.retry_parked() == 0
    row = await pool.fetchrow("select * from delivery.dead_letter")
    assert (row["reason"], row["waiting_for"]) == ("reference_missing", "till:P1:T")
    assert row["retry_at"] == clock.now() + timedelta(hours=1)
    (answer,) = await processor.desk.redrive([overdue], ANA)
    assert answer.refusal is not None
    assert answer.refusal.reason == "storage_refused", "a person is told what stands against it"
    await pool.execute("alter table till drop constraint odd")
    clock.advance(timedelta(hours=1))
    await go_on(processor)
    assert await statuses(pool) == [("reference_missing", "resolved")]


async def test_a_letter_of_an_earlier_release_is_redriven_by_itself_too(
    overdue: UUID, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await pool.execute("update delivery.dead_letter set waiting_for = null, retry_at = failed_at")
    assert await processor.retry_parked() == 0
    assert await pool.fetchval("select waiting_for from delivery.dead_letter") == "till:P1:T"
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await go_on(processor)
    assert await total(pool, "A") == 200


async def test_letters_that_hold_much_are_redriven_few_at_a_time_and_each_in_the_end(
    processor: Processor,
    pool: asyncpg.Pool,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dead_letters, "MOST_BYTES_DUE", 1)
    tills = ("A", "B", "C")
    await processor.process([deposit(till, 1, needs="T") for till in tills])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    settled = []
    while count := await processor.retry_parked():
        settled.append(count)
    assert settled == [1, 1, 1]
    assert [await total(pool, till) for till in tills] == [100, 100, 100]
