"""What one batch does to the database, whatever is in it."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from time import perf_counter
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from schemas.envelope import decode
from services.chassis import audit, outbox
from services.chassis.effects import Refused
from services.chassis.processor import Patience, Processor
from services.chassis.record import Record
from tests.delivery.till import Adjust, Counted, Deposit, Opened, Topics, prepare, till_service
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record

TOPICS = Topics(Deposit, Opened, Counted)


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    url = await make_database("till", prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def processor(pool: asyncpg.Pool, clock: ManualClock) -> Processor:
    return Processor(till_service(TOPICS), pool, clock)


def deposit(till: str, number: int, cents: int = 100, needs: str = "") -> Record:
    return record(
        Deposit(practice_id="P1", till_id=till, number=number, amount_cents=cents, needs=needs)
    )


async def total(pool: asyncpg.Pool, till: str) -> int:
    cents: int = await pool.fetchval("select cents from till where key = $1", f"P1:{till}")
    return cents or 0


async def published(pool: asyncpg.Pool, topic: str = "till.counted.v1") -> list[bytes]:
    async with pool.acquire() as connection:
        waiting = await outbox.unpublished(connection)
    return [record.value for record in waiting if record.topic == topic]


async def letters(pool: asyncpg.Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("select reason, status from delivery.dead_letter order by failed_at")
    return [(row["reason"], row["status"]) for row in rows]


async def test_the_same_batch_twice_counts_once(processor: Processor, pool: asyncpg.Pool) -> None:
    batch = [deposit("A", number) for number in range(1, 6)]
    await processor.process(batch)
    await processor.process(batch)
    assert await total(pool, "A") == 500
    assert len(await published(pool)) == 5


async def test_a_batch_of_rules_that_take_long_is_stopped_between_two_of_them(
    processor: Processor, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = 0
    decide_one = Processor._decide_one

    def slowly(self: Processor, *arguments: Any) -> Any:
        nonlocal decided
        decided += 1
        until = perf_counter() + 0.1
        while perf_counter() < until:
            pass
        return decide_one(self, *arguments)

    monkeypatch.setattr(Processor, "_decide_one", slowly)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await processor.process([deposit("A", number) for number in range(1, 41)])
    assert decided < 40
    assert await total(pool, "A") == 0


async def test_one_record_twice_in_a_batch_counts_once(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1), deposit("A", 1)])
    assert await total(pool, "A") == 100


async def test_what_a_replay_would_publish_has_the_same_ids(
    make_database: MakeDatabase, clock: ManualClock
) -> None:
    ids = []
    for _ in range(2):
        pool = await asyncpg.create_pool(await make_database("till", prepare), min_size=1)
        await Processor(till_service(TOPICS), pool, clock).process([deposit("A", 1)])
        async with pool.acquire() as connection:
            (told,) = await outbox.unpublished(connection)
        ids.append(decode(told.headers).event_id)
        await pool.close()
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"value": b"{"}, "not_json"),
        ({"value": b"\xff\xfe"}, "not_json"),
        ({"value": b"[]"}, "contract_broken"),
        (
            {"value": b'{"practice_id":"P1","till_id":"A","number":1,"amount_cents":1.5}'},
            "contract_broken",
        ),
        ({"value": None}, "tombstone"),
        ({"value": b"x" * (5 * 1024 * 1024)}, "too_large"),
        ({"headers": []}, "header_missing"),
        ({"headers": [("ce_id", b"\xff")]}, "header_not_utf8"),
        ({"headers": [("ce_id", None)]}, "header_missing"),
        ({"key": b"P1:B"}, "key_mismatch"),
        ({"key": b"\xff"}, "key_mismatch"),
        ({"topic": "till.unknown.v1"}, "topic_unknown"),
    ],
)
async def test_a_record_that_cannot_be_read_is_kept_whole_and_its_neighbours_go_on(
    processor: Processor, pool: asyncpg.Pool, broken: dict[str, Any], reason: str
) -> None:
    bad = replace(deposit("A", 1), **broken)
    await processor.process([deposit("C", 1), bad, deposit("D", 1)])
    assert await letters(pool) == [(reason, "open")]
    row = await pool.fetchrow("select key, value from delivery.dead_letter")
    assert (row["key"], row["value"]) == (bad.key, bad.value)
    assert await total(pool, "C") == await total(pool, "D") == 100


async def test_an_unknown_version_of_an_event_is_a_dead_letter(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    good = deposit("A", 1)
    headers = [
        (name, b"till.deposit.v2" if name == "ce_type" else value) for name, value in good.headers
    ]
    await processor.process([replace(good, headers=headers)])
    assert await letters(pool) == [("type_unknown", "open")]


async def test_a_header_that_is_no_cloudevents_attribute_may_hold_anything(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    good = deposit("A", 1)
    await processor.process([replace(good, headers=[*good.headers, ("x", b"\xff"), ("y", None)])])
    assert await total(pool, "A") == 100


async def test_events_behind_a_refused_one_wait_and_other_keys_do_not(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5), deposit("A", 2), deposit("B", 1)])
    await processor.process([deposit("A", 3), deposit("B", 2)])
    assert await total(pool, "A") == 0
    assert await total(pool, "B") == 200
    assert await pool.fetchval("select count(*) from delivery.parked") == 2


async def test_a_dismissed_dead_letter_lets_those_behind_it_go_on_in_order(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5), deposit("A", 2), deposit("A", 3)])
    letter = await pool.fetchval("select id from delivery.dead_letter")
    await processor.dismiss(letter, "ana", "operator", "typed twice")
    assert await processor.retry_parked() == 2
    await processor.process([deposit("A", 4)])
    numbers = [int(value.split(b'"number":')[1].split(b",")[0]) for value in await published(pool)]
    assert numbers == [2, 3, 4]
    assert await pool.fetchval("select count(*) from delivery.blocked_lane") == 0
    assert await letters(pool) == [("negative_deposit", "dismissed")]


async def test_a_redriven_dead_letter_that_is_refused_again_stays(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, -5), deposit("A", 2)])
    letter = await pool.fetchval("select id from delivery.dead_letter")
    refusal = await processor.redrive(letter, "ana", "operator")
    assert refusal is not None
    assert refusal.reason == "negative_deposit"
    assert await processor.retry_parked() == 0
    assert await letters(pool) == [("negative_deposit", "open")]


async def test_an_event_waits_for_a_reference_and_goes_on_when_it_arrives(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, needs="T"), deposit("A", 2)])
    assert await total(pool, "A") == 0
    assert await letters(pool) == []
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    assert await processor.retry_parked() == 2
    assert await total(pool, "A") == 200


async def test_a_reference_that_never_arrives_ends_as_a_dead_letter(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, needs="T"), deposit("A", 2)])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    assert await letters(pool) == [("reference_missing", "open")]
    assert await pool.fetchval("select count(*) from delivery.parked") == 1


@pytest.mark.parametrize("key", [b"P1:\x00abc", b"x" * 9000, b"\xff\xfe", b"P1:\x1b[31m"])
async def test_a_key_that_no_id_can_be_is_set_aside_whole(
    processor: Processor, pool: asyncpg.Pool, key: bytes
) -> None:
    await processor.process([replace(deposit("A", 1), key=key), deposit("B", 1)])
    assert await letters(pool) == [("key_mismatch", "open")]
    assert await pool.fetchval("select key from delivery.dead_letter") == key
    assert await total(pool, "B") == 100


async def test_a_text_that_no_database_can_hold_is_refused(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    good = deposit("A", 1)
    value = (good.value or b"").replace(b'"needs":""', b'"needs":"a\\u0000b"')
    await processor.process([replace(good, value=value)])
    assert await letters(pool) == [("nul_character", "open")]


async def test_a_header_whose_name_no_database_can_hold_is_set_aside(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([replace(deposit("A", 1), headers=[("ce_\x00", None)])])
    assert await letters(pool) == [("header_missing", "open")]


async def test_a_redrive_before_its_reference_came_leaves_the_letter_and_the_order(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 1, needs="T"), deposit("A", 2), deposit("A", 3)])
    clock.advance(timedelta(days=4))
    await processor.retry_parked()
    letter = await pool.fetchval("select id from delivery.dead_letter")
    refusal = await processor.redrive(letter, "ana", "operator")
    assert refusal is not None
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    assert await processor.redrive(letter, "ana", "operator") is None
    while await processor.retry_parked():
        pass
    numbers = [int(value.split(b'"number":')[1].split(b",")[0]) for value in await published(pool)]
    assert numbers == [1, 2, 3]


async def test_two_redrives_at_once_apply_a_letter_once(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, needs="T")])
    processor.patience = Patience(reference_limit=timedelta(0))
    processor.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    await processor.retry_parked()
    letter = await pool.fetchval("select id from delivery.dead_letter")
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    outcomes = await asyncio.gather(
        *(processor.redrive(letter, "ana", "operator") for _ in range(3)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert await total(pool, "A") == 100


async def test_copies_that_could_not_be_read_at_first_are_applied_once(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    readable = processor.service
    old_release = Topics.named("old").deposit
    processor.service = dataclasses.replace(
        readable,
        subscriptions={**readable.subscriptions, Deposit.TOPIC: old_release},
        handlers={**readable.handlers, old_release: readable.handlers[Deposit]},
    )
    await processor.process([deposit("A", 1), replace(deposit("A", 1), offset=1)])
    assert await letters(pool) == [("type_unknown", "open")]
    processor.service = readable
    letter = await pool.fetchval("select id from delivery.dead_letter")
    assert await processor.redrive(letter, "ana", "operator") is None
    while await processor.retry_parked():
        pass
    assert await total(pool, "A") == 100


async def test_what_could_not_be_read_at_first_is_not_forgotten_while_it_is_refused_or_waits(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    readable = processor.service
    old_release = Topics.named("old").deposit
    processor.service = dataclasses.replace(
        readable,
        subscriptions={**readable.subscriptions, Deposit.TOPIC: old_release},
        handlers={**readable.handlers, old_release: readable.handlers[Deposit]},
    )
    await processor.process([deposit("A", 1, -5), deposit("A", 2, needs="T")])
    processor.service = readable
    letter = await pool.fetchval("select id from delivery.dead_letter")
    for _ in range(2):
        refusal = await processor.redrive(letter, "ana", "operator")
        assert refusal is not None
        assert refusal.reason == "negative_deposit"
    assert await pool.fetchval("select count(*) from delivery.audit") == 2
    await processor.dismiss(letter, "ana", "operator", "typed twice")
    await processor.retry_parked()
    await pool.execute("update delivery.blocked_lane set retry_at = $1", processor.clock.now())
    await processor.retry_parked()
    assert await pool.fetchval("select count(*) from delivery.parked") == 1
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    await processor.retry_parked()
    assert await total(pool, "A") == 100


async def test_a_deadline_that_was_set_aside_can_be_redriven(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 99)])
    clock.advance(timedelta(days=1))
    whole = processor.service
    processor.service = dataclasses.replace(whole, deadline_handlers={})
    await processor.run_deadlines()
    assert await letters(pool) == [("handler_missing", "open")]
    processor.service = whole
    letter = await pool.fetchval("select id from delivery.dead_letter")
    assert await processor.redrive(letter, "ana", "operator") is None
    assert await total(pool, "A") == 0
    assert await letters(pool) == [("handler_missing", "resolved")]


async def test_a_deadline_comes_due_once_on_the_clock_that_was_passed_in(
    processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await processor.process([deposit("A", 99)])
    assert await processor.run_deadlines() == 0
    clock.advance(timedelta(days=1))
    assert await processor.run_deadlines() == 1
    assert await processor.run_deadlines() == 0
    assert await total(pool, "A") == 0


async def test_a_persons_decision_is_audited_and_published_in_one_transaction(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    command = Adjust(
        practice_id="P1", actor="ana", role="owner", reason="miscount", till_id="A", amount_cents=7
    )
    await processor.act(command)
    assert await total(pool, "A") == 7
    assert len(await published(pool)) == 1
    row = await pool.fetchrow("select actor, role, action, subject, reason from delivery.audit")
    assert tuple(row) == ("ana", "owner", "Adjust", "P1:A", "miscount")


async def test_a_decision_without_its_role_leaves_no_trace(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    command = Adjust(practice_id="P1", actor="bo", role="clerk", till_id="A", amount_cents=7)
    with pytest.raises(Refused):
        await processor.act(command)
    assert await total(pool, "A") == 0
    assert await pool.fetchval("select count(*) from delivery.audit") == 0


async def test_an_altered_audit_entry_is_found(processor: Processor, pool: asyncpg.Pool) -> None:
    for cents in (1, 2, 3):
        await processor.act(
            Adjust(practice_id="P1", actor="ana", role="owner", till_id="A", amount_cents=cents)
        )
    async with pool.acquire() as connection:
        assert await audit.first_broken_link(connection) is None
        await connection.execute("update delivery.audit set actor = 'eve' where seq = 2")
        assert await audit.first_broken_link(connection) == 2


async def test_the_number_of_statements_does_not_grow_with_the_batch(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    async def statements(batch: list[Record]) -> int:
        counted: list[str] = []
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda query: counted.append(query.query))

            class _One:
                def acquire(self) -> "_One":
                    return self

                async def __aenter__(self) -> asyncpg.Connection:
                    return connection

                async def __aexit__(self, *_: object) -> None:
                    return None

            processor.pool = _One()
            await processor.process(batch)
        return len(counted)

    await statements([deposit("W", 1)])
    few = await statements([deposit("A", 1), deposit("B", 1)])
    many = await statements([deposit(f"K{n % 40}", n) for n in range(400) if n not in (99, 666)])
    assert few == many
    assert many <= 11


async def test_what_is_published_names_its_cause(processor: Processor, pool: asyncpg.Pool) -> None:
    cause = deposit("A", 1)
    await processor.process([cause])
    async with pool.acquire() as connection:
        (told,) = await outbox.unpublished(connection)
    envelope = decode(told.headers)
    assert envelope.causation_id == str(decode(cause.headers).event_id)
    assert envelope.correlation_id == "P1:A"
