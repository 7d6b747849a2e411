"""What a service forgets, when, and by how small steps; and what it never does."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis import audit, dead_letters, repaired
from services.chassis.dead_letters import find_letter
from services.chassis.letter_desk import LetterDesk, Person
from services.chassis.processor import Processor
from services.chassis.repair import Change
from services.chassis.retention import Retention, Swept, sweep
from tests.delivery.deposits import deposit, statuses, the_letter, total
from tests.delivery.test_traps import Bench, _is, bench
from tests.delivery.till import Deposit, Opened, running
from tests.support import LONG_ENOUGH_S, ManualClock, record, until

__all__ = ["bench"]

ANA = Person("ana", "operator", "typed wrongly")
DAYS = Retention(inbox_days=45, dead_letter_days=90, topics=[Deposit.TOPIC])


@pytest.fixture
async def clock(pool: asyncpg.Pool) -> ManualClock:
    """The service's clock, which agrees with the database's."""
    return ManualClock(await pool.fetchval("select now()"))


async def swept_through(
    pool: asyncpg.Pool, clock: ManualClock, retention: Retention = DAYS, *, pages: int = 64
) -> list[Swept]:
    steps = []
    while (step := await sweep(pool, retention, clock.now(), pages=pages)) is not None:
        steps.append(step)
    return steps


async def remember(pool: asyncpg.Pool, count: int, days_ago: int) -> None:
    await pool.execute(
        "insert into delivery.inbox (event_id, received_at) "
        "select gen_random_uuid(), now() - make_interval(days => $2) "
        "from generate_series(1, $1::int)",
        count,
        days_ago,
    )


async def remembered(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("select count(*) from delivery.inbox")
    return count


async def later(pool: asyncpg.Pool, days: int = 7) -> None:
    await pool.execute(
        "update delivery.sweep set began_at = began_at - make_interval(days => $1)", days
    )


async def settled_letter(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, days_ago: int
) -> UUID:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("amount_cents", "7")], ANA)
    await desk.redrive([letter], ANA)
    await pool.execute(
        "update delivery.dead_letter set resolved_at = now() - make_interval(days => $1)", days_ago
    )
    return letter


async def test_an_input_that_a_topic_may_still_bring_is_never_forgotten(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    first = deposit("A", 1)
    await processor.process([first])
    await remember(pool, 10, 44)
    assert sum(step.gone for step in await swept_through(pool, clock)) == 0
    assert await remembered(pool) == 11
    await processor.process([first])
    assert await total(pool, "A") == 100


async def test_one_clock_that_runs_ahead_forgets_nothing_too_early(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await remember(pool, 10, 30)
    clock.advance(timedelta(days=400))
    await swept_through(pool, clock)
    assert await remembered(pool) == 10
    await later(pool)
    behind = ManualClock(clock.now() - timedelta(days=800))
    await pool.execute("update delivery.inbox set received_at = now() - interval '300 days'")
    await swept_through(pool, behind)
    assert await remembered(pool) == 10


async def test_inputs_older_than_any_replay_are_forgotten(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await remember(pool, 30, 46)
    await remember(pool, 5, 1)
    steps = await swept_through(pool, clock)
    assert [(step.what, step.gone_so_far, step.is_through) for step in steps] == [
        ("inbox", 30, True),
        ("dead_letter", 0, True),
    ]
    assert await remembered(pool) == 5


async def test_a_step_is_a_few_pages_and_the_next_goes_on_where_it_ended(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await remember(pool, 3_000, 46)
    first = await sweep(pool, DAYS, clock.now(), pages=4)
    assert first is not None
    assert not first.is_through
    assert 0 < first.gone < 1_000
    await remember(pool, 1, 46)
    second = await sweep(pool, DAYS, clock.now(), pages=4)
    assert second is not None
    assert second.gone_so_far == first.gone + second.gone
    rest = await swept_through(pool, clock, pages=4)
    assert rest[-2].gone_so_far >= 3_000
    assert await remembered(pool) <= 1


async def test_a_step_that_is_killed_forgets_nothing_and_is_made_again(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await remember(pool, 2_000, 46)
    await sweep(pool, DAYS, clock.now(), pages=4)
    left, place = await remembered(pool), await pool.fetchrow("select * from delivery.sweep")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select from delivery.sweep for update")
        step = asyncio.create_task(sweep(pool, DAYS, clock.now(), pages=4))

        async def killed() -> bool:
            """Once it has forgotten, and waits to say how far it came."""
            done: bool | None = await pool.fetchval(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and wait_event_type = 'Lock' "
                "and query like '%update delivery.sweep%'"
            )
            return bool(done)

        await until(killed, what="the step's kill")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await step
    assert await remembered(pool) == left
    assert await pool.fetchrow("select * from delivery.sweep") == place
    await swept_through(pool, clock, pages=4)
    assert await remembered(pool) == 0


async def test_letters_are_swept_once_a_day_and_the_inbox_once_a_week(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    both = ["inbox", "dead_letter"]
    assert [step.what for step in await swept_through(pool, clock)] == both
    await remember(pool, 3, 46)
    assert await sweep(pool, DAYS, clock.now()) is None
    await later(pool, 1)
    assert [step.what for step in await swept_through(pool, clock)] == ["dead_letter"]
    await later(pool, 6)
    steps = await swept_through(pool, clock)
    assert [step.what for step in steps] == both
    assert steps[0].gone == 3


async def test_while_one_instance_sweeps_the_others_have_nothing_to_do(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await remember(pool, 500, 46)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table delivery.inbox in exclusive mode")
        held_up = asyncio.create_task(sweep(pool, DAYS, clock.now()))

        async def under_way() -> bool:
            locks: int = await pool.fetchval(
                "select count(*) from pg_locks where locktype = 'advisory' and granted "
                "and database = (select oid from pg_database where datname = current_database())"
            )
            return locks > 0

        await until(under_way)
        assert await sweep(pool, DAYS, clock.now()) is None
    assert (await held_up) is not None
    assert await remembered(pool) == 0


async def test_a_batch_is_taken_in_while_a_step_is_under_way(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await remember(pool, 500, 46)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("delete from delivery.inbox")
        batch = await asyncio.wait_for(processor.process([deposit("A", 1)]), timeout=LONG_ENOUGH_S)
    assert batch.decided == 1
    assert await remembered(pool) == 1


async def test_an_open_letter_keeps_what_it_holds_however_old_it_is(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    bad = deposit("A", 1, -5)
    await processor.process([bad])
    await pool.execute("update delivery.dead_letter set failed_at = now() - interval '9 years'")
    assert sum(step.gone for step in await swept_through(pool, clock)) == 0
    async with pool.acquire() as connection:
        letter = await find_letter(connection, await the_letter(pool))
    assert letter is not None
    assert (letter.key, letter.value) == (bad.key, bad.value)


async def test_a_letter_settled_lately_keeps_what_it_held(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await settled_letter(processor, desk, pool, 89)
    assert sum(step.gone for step in await swept_through(pool, clock)) == 0


async def test_a_letter_that_waits_under_another_key_keeps_what_it_holds_until_it_is_decided(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("B", 1, -5)])
    first = await the_letter(pool)
    bad = deposit("A", 2, -7)
    await processor.process([bad])
    moved = await pool.fetchval("select id from delivery.dead_letter where id <> $1", first)
    to_b = [Change("record.key", "P1:B"), Change("till_id", '"B"')]
    await desk.repair(moved, to_b, ANA, keep_refused=True)
    await desk.redrive([moved], ANA)
    long_ago = "update delivery.dead_letter set resolved_at = now() - interval '91 days'"
    await pool.execute(f"{long_ago} where status <> 'open'")
    assert sum(step.gone for step in await swept_through(pool, clock)) == 0
    await desk.dismiss(first, ANA)
    await processor.retry_parked()
    async with pool.acquire() as connection:
        letter = await find_letter(connection, await the_letter(pool))
    assert letter is not None
    assert (letter.id, letter.key, letter.value) == (moved, bad.key, bad.value)
    await desk.repair(moved, [Change("amount_cents", "7")], ANA)
    await desk.redrive([moved], ANA)
    assert await total(pool, "B") == 7
    await pool.execute(long_ago)
    await later(pool)
    assert sum(step.gone for step in await swept_through(pool, clock)) == 2


@pytest.mark.parametrize("topics", [[], ["till.opened.v1"]])
async def test_a_letter_whose_topic_never_forgets_keeps_what_it_held(
    processor: Processor,
    desk: LetterDesk,
    pool: asyncpg.Pool,
    clock: ManualClock,
    topics: list[str],
) -> None:
    await settled_letter(processor, desk, pool, 9_000)
    assert sum(s.gone for s in await swept_through(pool, clock, Retention(45, 90, topics))) == 0


async def test_the_only_copy_of_an_event_that_was_never_published_stays(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await pool.execute(
        "insert into delivery.dead_letter (id, topic, headers, value, reason, message, status, "
        "failed_at, resolved_at) values ($1, $2, '[]', 'x', 'too_large_to_publish', '', "
        "'dismissed', now() - interval '1 year', now() - interval '1 year')",
        uuid4(),
        Deposit.TOPIC,
    )
    assert sum(step.gone for step in await swept_through(pool, clock)) == 0


async def test_what_a_settled_letter_and_its_repairs_held_goes_and_who_settled_it_stays(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    letter_id = await settled_letter(processor, desk, pool, 91)
    steps = await swept_through(pool, clock)
    assert [(step.what, step.gone) for step in steps] == [("inbox", 0), ("dead_letter", 1)]
    async with pool.acquire() as connection:
        letter = await find_letter(connection, letter_id)
        (copy,) = await repaired.history(connection, letter_id)
        assert await audit.first_broken_link(connection) is None
    assert letter is not None
    assert (letter.key, letter.headers, letter.value) == (None, (), None)
    assert (copy.contents.key, copy.contents.headers, copy.contents.value) == (None, (), None)
    assert (copy.actor, copy.paths) == ("ana", ("amount_cents",))
    assert await statuses(pool) == [("negative_deposit", "resolved")]
    await later(pool)
    assert sum(step.gone for step in await swept_through(pool, clock)) == 0, "once only"


async def test_no_step_touches_more_than_its_pages_of_a_large_inbox(
    pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await remember(pool, 20_000, 1)
    await pool.execute("analyze delivery.inbox")
    plan = await pool.fetchval(
        "explain (format json) delete from delivery.inbox "
        "where ctid >= '(0,0)' and ctid < '(4,0)' and received_at < now()"
    )
    assert "Tid Range Scan" in plan
    first = await sweep(pool, DAYS, clock.now(), pages=4)
    assert first == Swept("inbox", 0, 0, is_through=False)


async def test_a_running_service_forgets_by_itself_while_it_takes_events_in(bench: Bench) -> None:
    for number in range(1, 21):
        await bench.send("A", number)
    old = await asyncpg.create_pool(bench.url, min_size=1, max_size=1)
    try:
        await remember(old, 15_000, 46)
        async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
            await until(lambda: _is(bench.total("A"), 2000))
            await until(lambda: _is(remembered(old), 20))
        assert await old.fetchval("select gone from delivery.sweep where name = 'inbox'") == 15_000
    finally:
        await old.close()


async def forgotten(pool: asyncpg.Pool) -> None:
    await pool.execute("delete from delivery.inbox")


async def test_what_a_person_gave_up_stays_so_when_it_is_read_again_after_its_id_was_forgotten(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    bad, good = deposit("A", 1, -5), deposit("A", 2)
    await processor.process([bad])
    await desk.dismiss(await the_letter(pool), ANA)
    await processor.retry_parked()
    await forgotten(pool)
    batch = await processor.process([bad, good])
    assert (batch.duplicates, batch.decided) == (1, 1)
    assert await statuses(pool) == [("negative_deposit", "dismissed")]
    assert await total(pool, "A") == 100, "its key does not wait"
    assert await remembered(pool) == 2


async def test_what_was_decided_by_its_repaired_copy_is_not_decided_as_it_came_after_all(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    unmended = deposit("A", 1, needs="T")
    await processor.process([unmended])
    await pool.execute("update delivery.parked set parked_at = parked_at - interval '9 days'")
    await pool.execute("update delivery.blocked_lane set retry_at = blocked_at")
    await processor.retry_parked()
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("needs", '""'), Change("amount_cents", "7")], ANA)
    await desk.redrive([letter], ANA)
    await processor.retry_parked()
    assert await total(pool, "A") == 7
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await forgotten(pool)
    assert (await processor.process([unmended])).duplicates == 1
    assert await total(pool, "A") == 7


async def test_an_open_letter_is_decided_once_though_its_record_is_read_again(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    first = deposit("A", 1)
    await pool.execute("alter table till add constraint odd check (false)")
    await processor.process([first])
    await pool.execute("alter table till drop constraint odd")
    await forgotten(pool)
    assert (await processor.process([first])).duplicates == 1
    (answer,) = await desk.redrive([await the_letter(pool)], ANA)
    assert answer.outcome == "accepted"
    assert await total(pool, "A") == 100


async def test_a_dismissed_letter_is_never_opened_again(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    bad = deposit("A", 1, -5)
    batch = await processor.process([bad])
    await desk.dismiss(await the_letter(pool), ANA)
    async with pool.acquire() as connection:
        await dead_letters.keep(connection, batch.letters, clock.now())
    assert await statuses(pool) == [("negative_deposit", "dismissed")]
