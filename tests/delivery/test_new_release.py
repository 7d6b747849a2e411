"""A release that can read what an earlier one set aside, when everything is read again."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from msgspec.structs import replace

from services.chassis import outbox
from services.chassis.one_by_one import Attempt
from services.chassis.processor import Processor
from services.chassis.record import Delivery, Record, Refusal, deliver
from tests.delivery.till import Counted, Deposit, Opened, Topics, prepare, till_service
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record

TOPICS = Topics(Deposit, Opened, Counted)


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(await make_database("till", prepare), min_size=1, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def processor(pool: asyncpg.Pool) -> Processor:
    return Processor(till_service(TOPICS), pool, ManualClock())


def deposit(number: int) -> Record:
    event = Deposit(practice_id="P1", till_id="A", number=number, amount_cents=100, needs="")
    return replace(record(event), offset=number)


async def set_aside_by_an_earlier_release(
    processor: Processor, monkeypatch: pytest.MonkeyPatch, unreadable: Record
) -> None:
    with monkeypatch.context() as earlier:
        refusal = Refusal("contract_broken", "a field that it does not know")
        earlier.setattr("services.chassis.record._read", lambda *_: refusal)
        await processor.process([unreadable])


async def numbers(pool: asyncpg.Pool) -> list[int]:
    async with pool.acquire() as connection:
        told = await outbox.unpublished(connection)
    return [Counted.from_json(each.value).number for each in told if each.topic == Counted.TOPIC]


async def test_the_letter_stands_for_the_record_and_order_is_kept(
    processor: Processor, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = deposit(1), deposit(2)
    await set_aside_by_an_earlier_release(processor, monkeypatch, first)
    await processor.process([second])
    again = await processor.process([first, second])
    assert (again.duplicates, again.decided) == (2, 0)
    letter = await pool.fetchval("select id from delivery.dead_letter where status = 'open'")
    assert await processor.redrive(letter, "ana", "operator") is None
    await processor.retry_parked()
    assert await numbers(pool) == [1, 2]


async def test_what_a_person_gave_up_is_not_taken_in_after_all(
    processor: Processor, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = deposit(1), deposit(2)
    await set_aside_by_an_earlier_release(processor, monkeypatch, first)
    await processor.process([second])
    letter = await pool.fetchval("select id from delivery.dead_letter where status = 'open'")
    await processor.dismiss(letter, "ana", "operator", "entered by hand")
    await processor.retry_parked()
    await processor.process([first, second])
    assert await numbers(pool) == [2]


async def test_another_record_at_the_same_place_of_a_topic_made_again_is_taken_in(
    processor: Processor, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_aside_by_an_earlier_release(processor, monkeypatch, deposit(1))
    letter = await pool.fetchval("select id from delivery.dead_letter where status = 'open'")
    await processor.dismiss(letter, "ana", "operator", "entered by hand")
    await processor.retry_parked()
    await processor.process([replace(deposit(7), offset=1)])
    assert await numbers(pool) == [7]


def test_an_input_that_another_instance_settles_meanwhile_does_not_pass_its_refusal_on() -> None:
    processor_reads = {each.record.offset: each for each in _deliveries()}
    attempt = Attempt()
    unstorable = Refusal("storage_refused", "too long")
    for _ in range(2):
        assert attempt.on([processor_reads[1]])[0].refusal is None
        assert attempt.failed(unstorable)
    assert attempt.on([processor_reads[2]])[0].refusal is None
    assert attempt.on([processor_reads[1]])[0].refusal == unstorable
    assert not attempt.failed(unstorable)


def _deliveries() -> list[Delivery]:
    return [deliver(deposit(number), {Deposit.TOPIC: Deposit}) for number in (1, 2)]
