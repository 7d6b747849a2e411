"""Redrives that people ask of the running service: done once, in order, while somebody waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from claimstream.dead_letters import running as asking
from claimstream.dead_letters.running import RunningService, ServiceSilentError
from services.chassis import dead_letters, redrives, set_aside
from services.chassis.letter_desk import LetterDesk, Person, Redriven
from services.chassis.presence import Presence, present
from services.chassis.processor import Processor
from services.chassis.repair import Change
from services.chassis.set_aside import Filter
from tests.delivery.deposits import acts, deposit, go_on, statuses, the_letter, total
from tests.support import until

ANA = Person("ana", "operator")
RUN = uuid4()


async def repaired_letters(processor: Processor, count: int, cents: int = 5) -> list[UUID]:
    """Letters of as many keys that may go on, each with an event behind it."""
    tills = [f"K{number:02}" for number in range(count)]
    await processor.process([deposit(till, 1, -5) for till in tills])
    await processor.process([deposit(till, 2) for till in tills])
    async with processor.pool.acquire() as connection:
        letters = await set_aside.letter_ids(connection, Filter())
    for letter in letters:
        await processor.desk.repair(letter, [Change("amount_cents", str(cents))], ANA)
    return letters


async def ask(pool: asyncpg.Pool, letters: list[UUID], run: UUID = RUN, **more: Any) -> None:
    async with pool.acquire() as connection:
        await redrives.ask(connection, run, letters, ANA, **more)


async def answers(pool: asyncpg.Pool, run: UUID = RUN) -> list[Redriven]:
    async with pool.acquire() as connection:
        return await redrives.take_answers(connection, run)


def second_instance(processor: Processor) -> Processor:
    return Processor(processor.service, processor.pool, processor.clock)


async def redriven(pool: asyncpg.Pool) -> list[str]:
    """The letters of which the audit log says that they were redriven, in order."""
    rows = await pool.fetch(
        "select subject from delivery.audit where action = 'redrive' order by seq"
    )
    return [row["subject"] for row in rows]


async def test_two_instances_at_once_do_each_once_and_in_order(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 12)
    await ask(pool, letters)

    async def works(one: Processor) -> None:
        while await pool.fetchval("select true from delivery.redrive where answer is null limit 1"):
            await redrives.do_next(one.desk, pool, 2)

    await asyncio.gather(works(processor), works(second_instance(processor)))
    assert [each.outcome for each in await answers(pool)] == ["accepted"] * 12
    assert await redriven(pool) == [str(letter) for letter in letters]
    assert await pool.fetchval("select count(*) from delivery.redrive") == 0
    await go_on(processor)
    assert await pool.fetchval("select sum(cents)::int from till") == 12 * 105


async def test_letters_that_hold_much_are_done_few_at_a_time_and_each_in_the_end(
    processor: Processor, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = await repaired_letters(processor, 4)
    bytes_of_one = await pool.fetchval(
        "select max(length(key) + length(headers) + length(value)) from delivery.dead_letter"
    )
    await ask(pool, letters)
    monkeypatch.setattr(dead_letters, "MOST_BYTES_DUE", 2 * bytes_of_one)
    done = [await redrives.do_next(processor.desk, pool)]
    monkeypatch.setattr(dead_letters, "MOST_BYTES_DUE", 1)
    while count := await redrives.do_next(processor.desk, pool):
        done.append(count)
    assert done == [2, 1, 1]
    assert await redriven(pool) == [str(letter) for letter in letters]


async def test_what_is_refused_again_is_tried_once_however_many_instances_look(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit(f"K{number}", 1, -5) for number in range(4)])
    async with pool.acquire() as connection:
        letters = await set_aside.letter_ids(connection, Filter())
    await ask(pool, letters)
    look = "select count(*) from delivery.dead_letter where attempts = 1"
    other = second_instance(processor)
    read = pool.acquire

    class Crossed:
        """A look after which another instance does the first two."""

        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
            async with read() as connection:
                yield connection
            await redrives.do_next(other.desk, pool, 2)

    crossed = cast(asyncpg.Pool, Crossed())
    assert await redrives.do_next(processor.desk, crossed) == 0
    assert await pool.fetchval(look) == 2
    assert await redrives.do_next(processor.desk, pool) == 2
    assert await pool.fetchval(look) == 4
    assert {each.outcome for each in await answers(pool)} == {"refused"}


async def test_what_another_instance_is_at_is_left_to_it(
    processor: Processor, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = await repaired_letters(processor, 4)
    await ask(pool, letters)
    save, stands, may_go_on = processor.service.save, asyncio.Event(), asyncio.Event()

    async def slowly(connection: asyncpg.Connection, work: Any) -> None:
        stands.set()
        await may_go_on.wait()
        await save(connection, work)

    slow = second_instance(processor)
    slow.service = replace(processor.service, save=slowly)
    first = asyncio.create_task(redrives.do_next(slow.desk, pool, 2))
    await stands.wait()
    assert await redrives.do_next(processor.desk, pool, 2) == 0
    assert await redrives.do_next(processor.desk, pool, 4) == 0
    may_go_on.set()
    assert await first == 2
    assert await redrives.do_next(processor.desk, pool) == 2
    assert await redriven(pool) == [str(letter) for letter in letters]


async def test_what_a_killed_instance_was_at_is_done_by_the_next_one_once(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 3)
    await ask(pool, letters)
    save, stands = processor.service.save, asyncio.Event()

    async def never(connection: asyncpg.Connection, work: Any) -> None:
        await save(connection, work)
        stands.set()
        await asyncio.Event().wait()

    dying = second_instance(processor)
    dying.service = replace(processor.service, save=never)
    work = asyncio.create_task(redrives.do_next(dying.desk, pool))
    await stands.wait()
    work.cancel()
    await asyncio.wait([work])
    assert await answers(pool) == []
    assert await redrives.do_next(processor.desk, pool) == 3
    assert [each.letter_id for each in await answers(pool)] == letters
    assert await redriven(pool) == [str(letter) for letter in letters]
    await go_on(processor)
    assert await pool.fetchval("select sum(cents)::int from till") == 3 * 105


async def test_what_nobody_waits_for_any_more_is_void_and_goes_with_its_copy(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 2)
    await ask(pool, letters)
    await pool.execute("update delivery.redrive set wanted_at = now() - interval '59 minutes'")
    assert await redrives.do_next(desk, pool) == 0
    await redrives.forget_void(pool)
    assert await pool.fetchval("select count(*) from delivery.redrive") == 2
    async with pool.acquire() as connection:
        await redrives.still_wanted(connection, RUN)
    assert await redrives.do_next(desk, pool) == 2
    await pool.execute("update delivery.redrive set wanted_at = now() - interval '61 minutes'")
    await redrives.forget_void(pool)
    assert await pool.fetchval("select count(*) from delivery.redrive") == 0


async def test_of_many_that_the_database_refuses_in_part_each_is_answered(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 3)
    await desk.repair(letters[1], [Change("amount_cents", "5000")], ANA)
    await pool.execute("alter table till add constraint small check (cents < 1000)")
    await ask(pool, letters)
    assert await redrives.do_next(desk, pool) == 3
    came = await answers(pool)
    assert [each.outcome for each in came] == ["accepted", "refused", "accepted"]
    assert came[1].refusal is not None
    assert came[1].refusal.reason == "storage_refused"


async def test_one_at_which_our_own_code_fails_is_refused_and_the_others_go_on(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 3)
    load, lane = processor.service.load, "select lane from delivery.dead_letter where id = $1"
    failing = str(await pool.fetchval(lane, letters[1])).partition("|")[2]

    async def failing_for_one(connection: asyncpg.Connection, incoming: Any) -> Any:
        if failing in {each.key for each in incoming}:
            raise AttributeError("Jane Roe")
        return await load(connection, incoming)

    processor.service = replace(processor.service, load=failing_for_one)
    forecast = await desk.rehearse(letters)
    await ask(pool, letters)
    assert await redrives.do_next(desk, pool) == 3
    for came in (forecast, await answers(pool)):
        assert [each.outcome for each in came] == ["accepted", "refused", "accepted"]
        assert came[1].refusal is not None
        assert came[1].refusal.reason == "rule_failed"
        assert came[1].refusal.message.startswith("AttributeError at tests.delivery.test_asked")
    assert sorted(await statuses(pool))[-1] == ("rule_failed", "open")


async def test_two_people_who_ask_for_the_same_letters_are_answered_each_as_it_was(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 2)
    await ask(pool, letters)
    await ask(pool, letters, other := uuid4())
    assert [await redrives.do_next(desk, pool) for _ in range(3)] == [2, 2, 0]
    assert {each.outcome for each in await answers(pool)} == {"accepted"}
    assert {each.outcome for each in await answers(pool, other)} == {"closed"}
    assert len(await redriven(pool)) == 2


async def test_a_copy_is_tried_and_nothing_of_it_stays(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    copy = await desk.proposed(letter, [Change("amount_cents", "7")])
    assert copy is not None
    await ask(pool, [letter], is_rehearsal=True, copy=copy)
    assert await redrives.do_next(desk, pool) == 1
    assert (
        await pool.fetchval("select num_nonnulls(key, headers, value) from delivery.redrive") == 0
    )
    (answer,) = await answers(pool)
    assert (answer.outcome, answer.publishes) == ("accepted", ("till.counted.v1",))
    assert await total(pool, "A") == 0
    assert await statuses(pool) == [("negative_deposit", "open")]
    assert await acts(pool) == []


async def test_while_nothing_may_be_published_what_is_only_tried_is_answered(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 2)
    await ask(pool, letters)
    await ask(pool, letters, tried := uuid4(), is_rehearsal=True)
    assert await redrives.do_next(desk, pool, only_rehearsals=True) == 2
    assert [each.outcome for each in await answers(pool, tried)] == ["accepted", "accepted"]
    assert await redrives.do_next(desk, pool, only_rehearsals=True) == 0
    assert await redriven(pool) == []
    assert await redrives.do_next(desk, pool) == 2
    assert await redriven(pool) == [str(letter) for letter in letters]


async def test_a_forecast_of_another_copy_than_the_one_that_is_kept_does_not_count(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    good = [Change("amount_cents", "7")]
    copy = await desk.proposed(letter, good)
    assert copy is not None
    forecast = (copy, Redriven(letter, "accepted"))
    answer, _ = await desk.repair(letter, [Change("amount_cents", "-7")], ANA, forecast=forecast)
    assert answer.outcome == "refused"
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0
    refused = (copy, Redriven(letter, "refused"))
    answer, _ = await desk.repair(letter, good, ANA, forecast=refused)
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0
    answer, _ = await desk.repair(letter, good, ANA, forecast=forecast)
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 1


@asynccontextmanager
async def at_work(processor: Processor) -> AsyncIterator[None]:
    """An instance that does what is asked of it until the block ends."""

    async def works() -> None:
        while True:
            async with processor.pool.acquire() as connection:
                await Presence("1").say(connection, "running")
            await redrives.do_next(processor.desk, processor.pool)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(works())

    async def runs() -> bool:
        async with processor.pool.acquire() as connection:
            return bool(await present(connection))

    await until(runs)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def asks(pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch) -> RunningService:
    monkeypatch.setattr(asking, "STILL_WANTED_EVERY_SECONDS", 0)
    return RunningService("till", pool, ANA, asyncio.Event())


async def test_the_answers_are_the_services(
    processor: Processor, pool: asyncpg.Pool, asks: RunningService
) -> None:
    letters = await repaired_letters(processor, 3)
    async with at_work(processor):
        forecast = await asks.rehearse(letters)
        came = await asks.redrive(letters, ANA)
    assert [each.letter_id for each in came] == letters
    assert {each.outcome for each in (*forecast, *came)} == {"accepted"}
    assert await redriven(pool) == [str(letter) for letter in letters]


async def test_where_no_instance_runs_any_more_it_stops_and_nothing_is_done_later(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, asks: RunningService
) -> None:
    letters = await repaired_letters(processor, 2)
    with pytest.raises(ServiceSilentError, match="No instance of till runs any more") as silent:
        await asks.redrive(letters, ANA)
    assert silent.value.answers == []
    assert await redrives.do_next(desk, pool) == 0
    assert await redriven(pool) == []


async def test_a_service_that_answers_nothing_is_waited_for_only_so_long(
    processor: Processor,
    pool: asyncpg.Pool,
    asks: RunningService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "SILENT_AFTER_SECONDS", 0)
    letters = await repaired_letters(processor, 1)
    async with pool.acquire() as connection:
        await Presence("7").say(connection, "held back: its outbox is full")
    with pytest.raises(ServiceSilentError, match="7: held back: its outbox is full"):
        await asks.redrive(letters, ANA)


async def test_ctrl_c_withdraws_what_is_not_begun_and_counts_what_is_done(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    letters = await repaired_letters(processor, 4)
    stop = asyncio.Event()
    work = asyncio.create_task(RunningService("till", pool, ANA, stop).redrive(letters, ANA))

    async def asked() -> bool:
        return bool(await pool.fetchval("select count(*) from delivery.redrive"))

    await until(asked)
    assert await redrives.do_next(desk, pool, 3) == 3
    stop.set()
    assert [each.letter_id for each in await work] == letters[:3]
    assert await redrives.do_next(desk, pool) == 0
    assert await redriven(pool) == [str(letter) for letter in letters[:3]]


async def test_an_instance_that_has_left_is_no_longer_there(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        presence = Presence("1")
        await presence.say(connection, "running")
        assert await present(connection) == {"1": "running"}
        await connection.execute("update delivery.instance set seen_at = now() - interval '1 min'")
        assert await present(connection) == {}
        await Presence("1").say(connection, "running")
        await presence.leave(connection)
        assert await present(connection) == {}
