"""Dead letters: repaired as copies, rehearsed, tried again in order, given up; all on record."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from msgspec.structs import replace

from services.chassis import audit, repaired, set_aside
from services.chassis.dead_letters import find_letter
from services.chassis.letter_desk import LetterDesk, Person, Redriven
from services.chassis.processor import Processor
from services.chassis.repair import Change, RepairError
from services.chassis.set_aside import Filter
from tests.delivery.deposits import acts, deposit, go_on, statuses, the_letter, total
from tests.support import ManualClock, until

ANA = Person("ana", "operator", "typed wrongly")


async def redriven(desk: LetterDesk, letter: UUID) -> Redriven:
    (answer,) = await desk.redrive([letter], ANA)
    return answer


async def test_a_repaired_copy_is_decided_and_the_original_stays_as_it_came(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    bad = deposit("A", 1, -5)
    await processor.process([bad, deposit("A", 2)])
    letter = await the_letter(pool)
    answer, _ = await desk.repair(letter, [Change("amount_cents", "500")], ANA)
    assert (answer.outcome, answer.publishes) == ("accepted", ("till.counted.v1",))
    assert await total(pool, "A") == 0, "a repair decides nothing"
    assert (await redriven(desk, letter)).outcome == "accepted"
    await go_on(processor)
    assert await total(pool, "A") == 600
    async with pool.acquire() as connection:
        kept = await find_letter(connection, letter)
        (copy,) = await repaired.history(connection, letter)
        assert await audit.first_broken_link(connection) is None
    assert kept is not None
    assert (kept.key, list(kept.headers), kept.value) == (bad.key, list(bad.headers), bad.value)
    assert orjson.loads(copy.contents.value or b"")["amount_cents"] == 500
    assert (copy.number, copy.actor, copy.reason) == (1, "ana", "typed wrongly")
    assert await acts(pool) == [
        ("repair", "ana", "typed wrongly"),
        ("redrive", "ana", "typed wrongly"),
    ]


async def test_the_audit_names_what_was_changed_and_binds_the_copy_by_its_digest(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    _, after = await desk.repair(letter, [Change("amount_cents", "7")], ANA)
    details = orjson.loads(await pool.fetchval("select details from delivery.audit"))
    assert details == {"repair": 1, "paths": ["amount_cents"], "sha256": after.digest().hex()}


async def test_a_copy_that_its_rule_still_refuses_is_not_kept_unless_asked(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    answer, _ = await desk.repair(letter, [Change("amount_cents", "-6")], ANA)
    assert answer.refusal is not None
    assert answer.refusal.reason == "negative_deposit"
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0
    assert await acts(pool) == []
    await desk.repair(letter, [Change("amount_cents", "-6")], ANA, keep_refused=True)
    answer, _ = await desk.repair(letter, [Change("amount_cents", "6")], ANA)
    assert answer.outcome == "accepted"
    assert await pool.fetchval("select max(number) from delivery.dead_letter_repair") == 2


async def test_a_copy_that_breaks_the_contract_is_told_by_field(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    answer, _ = await desk.repair(await the_letter(pool), [Change("amount_cents", '"Jane"')], ANA)
    assert answer.refusal is not None
    assert answer.refusal.reason == "contract_broken"
    assert "amount_cents" in answer.refusal.message
    assert "Jane" not in answer.refusal.message


async def test_the_same_repair_again_is_neither_kept_nor_put_on_record(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    change = Change("amount_cents", "7")
    first, copy = await desk.repair(letter, [change], ANA)
    again = await asyncio.gather(*(desk.repair(letter, [change], ANA) for _ in range(3)))
    assert first.outcome == "accepted"
    assert [(answer.outcome, after) for answer, after in again] == [("unchanged", copy)] * 3
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 1
    assert [action for action, _, _ in await acts(pool)] == ["repair"]
    await desk.repair(letter, [Change("amount_cents", "8")], ANA)
    answer, _ = await desk.repair(letter, [change], ANA)
    assert answer.outcome == "accepted", "an earlier copy is not the last one"
    assert await pool.fetchval("select max(number) from delivery.dead_letter_repair") == 3


async def test_a_repair_that_leaves_a_record_as_it_came_makes_no_copy_even_if_asked(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    bad = deposit("A", 1, -5)
    await processor.process([bad])
    letter = await the_letter(pool)
    answer, _ = await desk.repair(letter, [], ANA, value=bad.value, keep_refused=True)
    assert answer.outcome == "unchanged"
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0
    assert await acts(pool) == []


async def test_a_dry_run_keeps_nothing(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    answer, _ = await desk.repair(letter, [Change("amount_cents", "5")], ANA, dry_run=True)
    assert answer.outcome == "accepted"
    assert (await desk.rehearse([letter]))[0].outcome == "refused"
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0
    assert await acts(pool) == []
    assert await total(pool, "A") == 0


async def test_a_rehearsal_leaves_no_trace_and_tells_the_truth(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5), deposit("A", 2)])
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("amount_cents", "5")], ANA)
    before = await pool.fetchval("select count(*) from delivery.outbox")
    (forecast,) = await desk.rehearse([letter])
    assert await pool.fetchval("select count(*) from delivery.outbox") == before
    assert await statuses(pool) == [("negative_deposit", "open")]
    came = await redriven(desk, letter)
    assert (came.outcome, came.publishes) == (forecast.outcome, forecast.publishes)


async def test_a_header_at_fault_is_repaired_by_its_name(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    good = deposit("A", 1)
    headers = [(name, b"2.0" if name == "ce_specversion" else raw) for name, raw in good.headers]
    await processor.process([replace(good, headers=headers), deposit("A", 2)])
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("header.ce_specversion", "1.0")], ANA)
    assert (await redriven(desk, letter)).outcome == "accepted"
    await go_on(processor)
    assert await total(pool, "A") == 200


async def test_a_repair_that_gives_a_record_its_right_key_waits_behind_what_waits_there(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("B", 1, -5), deposit("B", 2, 10)])
    await processor.process([replace(deposit("B", 3, 1000), key=b"P1:A"), deposit("A", 1)])
    (moved,) = await pool.fetch("select id from delivery.dead_letter where reason = 'key_mismatch'")
    answer, _ = await desk.repair(moved["id"], [Change("record.key", "P1:B")], ANA)
    assert answer.outcome == "parked"
    assert (await redriven(desk, moved["id"])).outcome == "parked"
    await go_on(processor)
    assert await total(pool, "A") == 100, "the key it lay under goes on"
    assert await total(pool, "B") == 0, "the key it belongs to still waits"
    first = await the_letter(pool)
    await desk.dismiss(first, ANA)
    await go_on(processor)
    assert await total(pool, "B") == 1010
    assert await pool.fetchval("select number from till where key = 'P1:B'") == 3


async def test_one_that_is_refused_under_its_right_key_keeps_its_place_there(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("B", 1, -5)])
    await processor.process([replace(deposit("B", 2, -7), key=b"P1:A")])
    (moved,) = await pool.fetch("select id from delivery.dead_letter where reason = 'key_mismatch'")
    await desk.repair(moved["id"], [Change("record.key", "P1:B")], ANA, keep_refused=True)
    assert (await redriven(desk, moved["id"])).outcome == "parked"
    await processor.process([deposit("B", 3, 10)])
    await desk.dismiss(await the_letter(pool), ANA)
    await go_on(processor)
    assert await total(pool, "B") == 0, "what came after it waits behind it"
    again = await the_letter(pool)
    await desk.repair(again, [Change("amount_cents", "7")], ANA)
    assert (await redriven(desk, again)).outcome == "accepted"
    await go_on(processor)
    assert await total(pool, "B") == 17
    assert await pool.fetchval("select count(*) from delivery.blocked_lane") == 0


async def test_one_that_moves_to_another_key_as_a_whole_is_kept_under_that_key(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("B", 1, -5)])
    first = await the_letter(pool)
    await processor.process([deposit("A", 2, -7)])
    moved = await pool.fetchval("select id from delivery.dead_letter where id <> $1", first)
    to_b = [Change("record.key", "P1:B"), Change("till_id", '"B"')]
    await desk.repair(moved, to_b, ANA, keep_refused=True)
    assert (await redriven(desk, moved)).outcome == "parked"
    await processor.process([deposit("B", 3, 10), deposit("A", 4, 10)])
    await desk.dismiss(first, ANA)
    await go_on(processor)
    assert await the_letter(pool) == moved
    assert await pool.fetchval("select lane from delivery.blocked_lane") == "till_id|P1:B"
    await desk.repair(moved, [Change("amount_cents", "7")], ANA)
    assert (await redriven(desk, moved)).outcome == "accepted"
    await go_on(processor)
    assert (await total(pool, "A"), await total(pool, "B")) == (10, 17)
    assert await pool.fetchval("select count(*) from delivery.blocked_lane") == 0


async def test_a_repair_that_gives_a_record_its_right_key_is_decided_where_none_waits(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([replace(deposit("B", 1), key=None)])
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("record.key", "P1:B")], ANA)
    assert (await redriven(desk, letter)).outcome == "accepted"
    assert await total(pool, "B") == 100


async def test_a_repair_under_an_id_that_was_taken_in_changes_nothing(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    good = deposit("A", 1)
    await processor.process([good, replace(good, value=b"{", offset=1)])
    letter = await the_letter(pool)
    assert good.value is not None
    answer, _ = await desk.repair(letter, [], ANA, value=good.value)
    assert answer.outcome == "known"
    assert (await redriven(desk, letter)).outcome == "known"
    assert await total(pool, "A") == 100
    assert await statuses(pool) == [("not_json", "resolved")]


async def test_a_path_that_leads_nowhere_is_told_and_nothing_is_kept(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    with pytest.raises(RepairError, match="lines"):
        await desk.repair(await the_letter(pool), [Change("lines[0].charge_cents", "1")], ANA)
    assert await pool.fetchval("select count(*) from delivery.dead_letter_repair") == 0


async def test_one_that_is_dealt_with_is_neither_repaired_nor_redriven_nor_dismissed_again(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    letter = await the_letter(pool)
    await desk.dismiss(letter, ANA)
    with pytest.raises(LookupError):
        await desk.repair(letter, [Change("amount_cents", "5")], ANA)
    with pytest.raises(LookupError):
        await desk.dismiss(letter, ANA)
    assert (await redriven(desk, letter)).outcome == "closed"
    assert (await redriven(desk, uuid4())).outcome == "closed"
    assert [action for action, _, _ in await acts(pool)] == ["dismiss"]


async def test_many_are_redriven_in_one_go_and_each_is_told(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit(f"K{n}", 666 if n % 2 else 7, -1 + n % 2) for n in range(6)])
    async with pool.acquire() as connection:
        letters = await set_aside.letter_ids(connection, Filter())
    answers = await desk.redrive([*letters, uuid4()], ANA)
    assert [each.letter_id for each in answers[:-1]] == letters
    assert {each.outcome for each in answers[:-1]} == {"refused"}
    assert answers[-1].outcome == "closed"
    async with pool.acquire() as connection:
        tried = await set_aside.list_letters(connection, Filter())
    assert [each.attempts for each in tried] == [1] * 6


async def test_those_not_tried_again_yet_come_first(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    for till in ("A", "B", "C"):
        await processor.process([deposit(till, 1, -5)])
        clock.advance(timedelta(minutes=1))
    async with pool.acquire() as connection:
        first, second, third = await set_aside.letter_ids(connection, Filter())
        await desk.redrive([first], ANA)
        assert await set_aside.letter_ids(connection, Filter()) == [second, third, first]


async def test_what_the_database_refuses_of_many_is_refused_alone(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit(f"K{n}", 1, -5) for n in range(3)])
    async with pool.acquire() as connection:
        letters = await set_aside.letter_ids(connection, Filter())
    for number, letter in enumerate(letters):
        cents = "5000" if number == 1 else "5"
        await desk.repair(letter, [Change("amount_cents", cents)], ANA)
    await pool.execute("alter table till add constraint small check (cents < 1000)")
    answers = await desk.redrive(letters, ANA)
    assert [each.outcome for each in answers] == ["accepted", "refused", "accepted"]
    assert answers[1].refusal is not None
    assert answers[1].refusal.reason == "storage_refused"
    assert sorted(await statuses(pool)) == [
        ("negative_deposit", "resolved"),
        ("negative_deposit", "resolved"),
        ("storage_refused", "open"),
    ]


async def waits_for_a_lock(pool: asyncpg.Pool) -> bool:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    return bool(await pool.fetchval(f"{waiting} and datname = current_database()"))


async def test_a_redrive_of_many_that_crosses_with_the_service_still_does_each(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5), deposit("B", 1, -5)])
    await pool.execute("insert into till values ('P1:A', 0, 0), ('P1:B', 0, 0)")
    async with pool.acquire() as connection:
        letters = await set_aside.letter_ids(connection, Filter())
        lanes = {each.id: each.lane for each in await set_aside.list_letters(connection, Filter())}
    for letter in letters:
        await desk.repair(letter, [Change("amount_cents", "5")], ANA)
    first, last = (str(lanes[letter]).partition("|")[2] for letter in (letters[0], letters[-1]))
    lock = "select 1 from till where key = $1 for update"
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local deadlock_timeout = '10min'")
        await connection.execute(lock, last)
        work = asyncio.create_task(desk.redrive(letters, ANA))

        await until(lambda: waits_for_a_lock(pool))
        await connection.execute(lock, first)
    assert [answer.outcome for answer in await work] == ["accepted", "accepted"]
    assert await pool.fetchval("select sum(cents)::int from till") == 10


async def test_a_redrive_that_crosses_with_the_arrival_of_a_reference_is_tried_again(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    await pool.execute("insert into till values ('P1:A', 0, 0)")
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("amount_cents", "5")], ANA)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local deadlock_timeout = '10min'")
        await connection.execute("select 1 from till where key = 'P1:A' for update")
        work = asyncio.create_task(desk.redrive([letter], ANA))
        await until(lambda: waits_for_a_lock(pool))
        await connection.execute("update delivery.dead_letter set retry_at = null")
    assert [answer.outcome for answer in await work] == ["accepted"]
    assert await total(pool, "A") == 5


async def test_a_refusal_for_the_same_reason_makes_no_further_copy(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    before = await pool.fetchval("select count(*) from delivery.outbox")
    assert (await redriven(desk, await the_letter(pool))).outcome == "refused"
    assert await pool.fetchval("select count(*) from delivery.outbox") == before


async def test_a_second_letter_of_a_key_waits_for_the_first(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    first = await the_letter(pool)
    await pool.execute("delete from delivery.blocked_lane")
    await processor.process([deposit("A", 2, -6)])
    second = await pool.fetchval("select id from delivery.dead_letter where id <> $1", first)
    await pool.execute("update delivery.blocked_lane set dead_letter_id = $1", first)
    assert (await redriven(desk, second)).outcome == "behind"
    await desk.dismiss(first, ANA)
    assert await pool.fetchval("select dead_letter_id from delivery.blocked_lane") == second
    await desk.dismiss(second, ANA)
    await go_on(processor)
    await processor.process([deposit("A", 3)])
    assert await total(pool, "A") == 100


async def test_a_parked_event_says_what_it_waits_for_and_since_when(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    begun = clock.now()
    await processor.process([deposit("A", 1, -5), deposit("A", 2), deposit("B", 1, needs="T")])
    clock.advance(timedelta(hours=1))
    await processor.process([deposit("A", 3)])
    async with pool.acquire() as connection:
        events = await set_aside.parked_events(connection)
        of_b = await set_aside.parked_events(connection, key="P1:B")
    letter = await the_letter(pool)
    behind = [event for event in events if event.letter_id == letter]
    assert [(event.place, event.parked_at - begun) for event in behind] == [
        (1, timedelta(0)),
        (2, timedelta(hours=1)),
    ]
    assert {event.blocked_at for event in events} == {begun}
    assert [(event.waiting_for, event.letter_id) for event in of_b] == [("till:P1:T", None)]


async def test_letters_are_found_by_reason_key_topic_and_age(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    begun = clock.now()
    await processor.process([deposit("A", 1, -5)])
    clock.advance(timedelta(hours=2))
    await processor.process([deposit("B", 666), deposit("BB", 666)])

    async def found(wanted: Filter) -> list[str]:
        async with pool.acquire() as connection:
            return sorted(
                str(each.lane) for each in await set_aside.list_letters(connection, wanted)
            )

    assert await found(Filter(reason="rule_failed", key="B")) == ["till_id|P1:B"]
    assert await found(Filter(key="P1:A")) == ["till_id|P1:A"]
    assert await found(Filter(failed_before=begun + timedelta(hours=1))) == ["till_id|P1:A"]
    assert len(await found(Filter(failed_after=begun + timedelta(hours=1)))) == 2
    assert await found(Filter(topic="till.opened.v1")) == []
    assert await found(Filter(status="dismissed")) == []


async def test_concurrent_redrives_and_dismissals_settle_a_letter_once(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5), deposit("A", 2)])
    letter = await the_letter(pool)
    await desk.repair(letter, [Change("amount_cents", "5")], ANA)
    answers = await asyncio.gather(*(desk.redrive([letter], ANA) for _ in range(4)))
    outcomes = sorted(answer.outcome for (answer,) in answers)
    assert outcomes == ["accepted", "closed", "closed", "closed"]
    await go_on(processor)
    assert await total(pool, "A") == 105


async def test_looking_at_what_a_letter_holds_is_on_record(
    processor: Processor, desk: LetterDesk, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5)])
    await desk.reveal(await the_letter(pool), ANA, "the record")
    assert await acts(pool) == [("reveal", "ana", "typed wrongly")]
