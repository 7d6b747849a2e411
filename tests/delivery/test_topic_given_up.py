"""A release that no longer reads a topic: what an earlier one set aside or parked of it comes to an
end, with a reason, and holds up nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import asyncpg
import pytest

from schemas.event import Event
from schemas.values import Id
from services.chassis.effects import Effects, Refused, Waiting, reference
from services.chassis.incoming import Incoming
from services.chassis.letter_desk import Person
from services.chassis.processor import Patience, Processor
from services.chassis.record import Record
from services.chassis.service import Service
from tests.delivery.deposits import deposit, go_on, statuses, the_letter, total
from tests.delivery.till import (
    Counted,
    Deposit,
    Opened,
    TillWorkspace,
    Topics,
    till_service,
)
from tests.support import ManualClock, record

ANA = Person("ana", "operator", "nothing reads it any more")


class Closed(Event):
    """A till was closed: of the same keys as a deposit."""

    TOPIC: ClassVar[str] = "till.closed.v1"
    KEY_FIELD: ClassVar[str] = "till_id"

    till_id: Id
    number: int
    needs: str = ""


def closed(till: str, number: int = 1, needs: str = "") -> Record:
    return record(Closed(practice_id="P1", till_id=till, number=number, needs=needs))


def _refuse(_work: TillWorkspace, incoming: Incoming[Closed], _now: datetime) -> Effects:
    if incoming.event.needs:
        raise Waiting(reference("till", incoming.event.practice_id, incoming.event.needs))
    raise Refused("still_open", "the till is still open")


@pytest.fixture
def earlier(pool: asyncpg.Pool, clock: ManualClock) -> Processor:
    """The release that reads it."""
    service: Service[Any] = till_service(Topics(Deposit, Opened, Counted))
    service = replace(
        service,
        subscriptions={**service.subscriptions, Closed.TOPIC: Closed},
        handlers={**service.handlers, Closed: _refuse},
    )
    return Processor(service, pool, clock, patience=Patience(timedelta(days=1)))


async def _rows(pool: asyncpg.Pool, table: str) -> int:
    count: int = await pool.fetchval(f"select count(*) from delivery.{table}")
    return count


async def _nothing_waits(pool: asyncpg.Pool) -> bool:
    return [await _rows(pool, table) for table in ("parked", "blocked_lane")] == [0, 0]


async def test_its_letter_is_refused_again_with_the_reason_and_goes_when_it_is_dismissed(
    earlier: Processor, processor: Processor, pool: asyncpg.Pool
) -> None:
    await earlier.process([closed("A"), deposit("A", 1), deposit("B", 1)])
    letter = await the_letter(pool)
    for _ in range(2):
        (answer,) = await processor.desk.redrive([letter], ANA)
        assert answer.outcome == "refused"
        assert answer.refusal is not None
        assert answer.refusal.reason == "topic_unknown"
        assert Closed.TOPIC in answer.refusal.message
    await go_on(processor)
    assert await _rows(pool, "parked") == 1, "its key waits until somebody decides"
    await processor.dismiss(letter, "ana", "operator", "nothing reads it any more")
    await go_on(processor)
    assert await total(pool, "A") == 100
    assert await statuses(pool) == [("topic_unknown", "dismissed")]
    assert await _nothing_waits(pool)


async def test_what_of_it_was_parked_becomes_a_letter_and_its_key_goes_on(
    earlier: Processor, processor: Processor, pool: asyncpg.Pool
) -> None:
    await earlier.process([deposit("A", 1, -5), closed("A"), closed("A", 2), deposit("A", 2)])
    assert await _rows(pool, "parked") == 3
    await processor.dismiss(await the_letter(pool), "ana", "operator", "entered by hand")
    await go_on(processor)
    assert await total(pool, "A") == 100
    parked_or_dead: Sequence[asyncpg.Record] = await pool.fetch(
        "select topic, reason from delivery.dead_letter where status = 'open'"
    )
    assert {(row["topic"], row["reason"]) for row in parked_or_dead} == {
        (Closed.TOPIC, "topic_unknown")
    }
    while letters := await pool.fetch("select id from delivery.dead_letter where status = 'open'"):
        await processor.dismiss(letters[0]["id"], "ana", "operator", "nothing reads it any more")
        await go_on(processor)
    assert await _nothing_waits(pool)


async def test_one_that_lacked_a_reference_is_not_looked_at_for_ever(
    earlier: Processor, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await earlier.process([closed("A", needs="X"), deposit("A", 1)])
    clock.advance(timedelta(days=2))
    await go_on(earlier)
    assert await statuses(pool) == [("reference_missing", "open")]
    for _ in range(3):
        clock.advance(timedelta(hours=2))
        await go_on(processor)
    assert await statuses(pool) == [("topic_unknown", "open")]
    looks = await pool.fetchval("select attempts from delivery.dead_letter")
    clock.advance(timedelta(days=2))
    await go_on(processor)
    assert await pool.fetchval("select attempts from delivery.dead_letter") == looks
    await processor.dismiss(await the_letter(pool), "ana", "operator", "nothing reads it any more")
    await go_on(processor)
    assert await total(pool, "A") == 100
    assert await _nothing_waits(pool)


async def test_one_that_waits_for_a_reference_becomes_a_letter_when_it_is_looked_at(
    earlier: Processor, processor: Processor, pool: asyncpg.Pool, clock: ManualClock
) -> None:
    await earlier.process([closed("A", needs="X"), deposit("A", 1)])
    clock.advance(timedelta(minutes=1))
    await go_on(processor)
    assert await statuses(pool) == [("topic_unknown", "open")]
    assert await total(pool, "A") == 100


async def test_its_letters_are_taken_up_again_by_a_release_that_reads_it_again(
    earlier: Processor, processor: Processor, pool: asyncpg.Pool
) -> None:
    await earlier.process([closed("A"), deposit("A", 1)])
    letter = await the_letter(pool)
    await processor.desk.redrive([letter], ANA)
    (answer,) = await earlier.desk.redrive([letter], ANA)
    assert answer.refusal is not None
    assert answer.refusal.reason == "still_open"
    assert await statuses(pool) == [("still_open", "open")]
