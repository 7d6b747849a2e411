"""Letters of one key, and people whose work on one crosses with the service's."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.chassis import dead_letters, parking, set_aside
from services.chassis.letter_desk import LetterDesk, Person, Redriven
from services.chassis.processor import Processor
from services.chassis.repair import Change
from services.chassis.set_aside import Filter
from tests.delivery.deposits import acts, deposit, go_on, the_letter, total
from tests.delivery.test_dead_letter_desk import redriven, waits_for_a_lock
from tests.delivery.till import Opened
from tests.support import NOON, ManualClock, record, until

ANA = Person("ana", "operator", "typed wrongly")


async def two_letters(processor: Processor, pool: asyncpg.Pool) -> tuple[UUID, UUID]:
    """Two letters of one key, as two instances that take in its topics at once may leave them."""
    await processor.process([deposit("A", 1, -5)])
    first = await the_letter(pool)
    await pool.execute("delete from delivery.blocked_lane")
    await processor.process([deposit("A", 2, -6)])
    second = await pool.fetchval("select id from delivery.dead_letter where id <> $1", first)
    await pool.execute("update delivery.blocked_lane set dead_letter_id = $1", first)
    return first, second


async def test_a_copy_is_held_against_its_rule_also_behind_another_letter_of_its_key(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    _, second = await two_letters(processor, pool)
    answer, copy = await desk.repair(second, [Change("amount_cents", '"x"')], ANA)
    assert answer.refusal is not None
    assert answer.refusal.reason == "contract_broken"
    assert (await desk.rehearse([second], copy))[0].outcome == "refused", "by the service too"
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0
    answer, copy = await desk.repair(second, [Change("amount_cents", "6")], ANA)
    assert answer.outcome == "behind"
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 1
    assert (await redriven(desk, second)).outcome == "behind"


async def test_of_two_letters_of_a_key_the_earlier_comes_first_though_it_was_tried_before(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    first, second = await two_letters(processor, pool)
    await pool.execute(
        "update delivery.dead_letter set failed_at = failed_at + interval '1 s' where id = $1",
        second,
    )
    await desk.redrive([first], ANA)
    await processor.process([deposit("B", 1, -5)])
    async with pool.acquire() as connection:
        letters = await set_aside.letter_ids(connection, Filter())
        named = await set_aside.statuses(connection, [second, first])
    assert (len(letters), letters.index(second) > letters.index(first)) == (3, True)
    assert list(named) == [first, second]
    for letter in (first, second):
        await desk.repair(letter, [Change("amount_cents", "5")], ANA, keep_refused=True)
    answers = await desk.redrive(letters, ANA)
    assert sorted(each.outcome for each in answers) == ["accepted", "accepted", "refused"]


@pytest.mark.parametrize("act", ["dismiss", "repair"])
async def test_what_crosses_with_the_arrival_of_a_reference_for_its_key_is_done_again(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, act: str
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local deadlock_timeout = '10min'")
        await parking.lock_blocked(connection, ["till_id|P1:A"])
        work = asyncio.create_task(
            desk.dismiss(letter, ANA)
            if act == "dismiss"
            else desk.repair(letter, [Change("amount_cents", "5")], ANA)
        )
        await until(lambda: waits_for_a_lock(pool))
        await connection.execute("update delivery.dead_letter set retry_at = null")
    await work
    assert [action for action, _, _ in await acts(pool)] == [act]


async def test_one_whose_reference_has_come_goes_on_as_soon_as_those_before_it_are_settled(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, -5)])
    first = await the_letter(pool)
    await pool.execute("delete from delivery.blocked_lane")
    await processor.process([deposit("A", 2, needs="T"), deposit("A", 3)])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    await pool.execute("update delivery.blocked_lane set dead_letter_id = $1", first)
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await go_on(processor)
    assert await total(pool, "A") == 0, "the first letter is open still"
    await desk.dismiss(first, ANA)
    await go_on(processor)
    assert await total(pool, "A") == 200


async def test_one_that_could_not_be_tried_goes_on_though_those_before_it_are_settled_meanwhile(
    processor: Processor,
    desk: LetterDesk,
    pool: asyncpg.Pool,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await processor.process([deposit("A", 1, -5)])
    first = await the_letter(pool)
    await pool.execute("delete from delivery.blocked_lane")
    await processor.process([deposit("A", 2, needs="T")])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    await pool.execute("update delivery.blocked_lane set dead_letter_id = $1", first)
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    redrive = desk._redrive

    async def overtaken(*letters: Any, **how: Any) -> list[Redriven]:
        answers = await redrive(*letters, **how)
        monkeypatch.undo()
        await desk.dismiss(first, ANA)
        return answers

    monkeypatch.setattr(desk, "_redrive", overtaken)
    await go_on(processor)
    await go_on(processor)
    assert await total(pool, "A") == 100


async def test_what_waits_behind_two_letters_of_a_key_is_counted_once(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await two_letters(processor, pool)
    await processor.process([deposit("A", 3), deposit("A", 4), deposit("B", 666), deposit("B", 2)])
    async with pool.acquire() as connection:
        counts = await set_aside.counts(connection, Filter())
    assert {each.reason: (each.open, each.behind) for each in counts} == {
        "negative_deposit": (2, 2),
        "rule_failed": (1, 1),
    }


async def test_to_settle_a_letter_reads_no_other_key_that_waits(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    await pool.execute(
        "insert into delivery.blocked_lane (lane, waiting_for, blocked_at) "
        "select 'till_id|P1:' || n, 'till:P1:T', now() from generate_series(1, 5000) n"
    )
    await pool.execute("analyze delivery.blocked_lane")
    async with pool.acquire() as connection, connection.transaction():
        await dead_letters.settle(connection, [letter], "dismissed", NOON)
        read = await connection.fetchval(
            "select seq_tup_read from pg_stat_xact_user_tables where relname = 'blocked_lane'"
        )
        assert read == 0
        assert not await connection.fetchval(
            "select dead_letter_id from delivery.blocked_lane where lane = 'till_id|P1:A'"
        )
