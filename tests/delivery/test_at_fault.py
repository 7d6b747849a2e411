"""A record at which something fails is set aside by itself; an outage is no record's fault."""

import dataclasses
from typing import Any

import asyncpg
import pytest

from services.chassis.processor import Processor
from tests.delivery.test_batch import deposit, letters, published, total
from tests.delivery.till import Opened
from tests.support import record


async def test_a_fault_in_a_rule_sets_its_event_aside_without_its_text(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 666), deposit("B", 1)])
    row = await pool.fetchrow("select reason, message from delivery.dead_letter")
    assert row["reason"] == "rule_failed"
    assert "KeyError" in row["message"]
    assert "Jane" not in row["message"]
    assert await total(pool, "B") == 100


async def test_nothing_of_a_batch_remains_when_its_transaction_fails(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await pool.execute("alter table opened rename to opened_away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await processor.process([deposit("A", 1), deposit("B", 1)])
    assert await total(pool, "A") == 0
    assert await pool.fetchval("select count(*) from delivery.inbox") == 0
    assert await published(pool) == []


async def test_what_the_database_cannot_store_is_set_aside_and_its_batch_goes_on(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await pool.execute("alter table till add constraint small check (cents < 1000)")
    await processor.process(
        [deposit("A", 1), deposit("B", 1, 5000), deposit("B", 2), deposit("C", 1)]
    )
    assert await letters(pool) == [("storage_refused", "open")]
    assert await total(pool, "A") == await total(pool, "C") == 100
    assert await total(pool, "B") == 0
    assert await pool.fetchval("select count(*) from delivery.parked") == 1


async def test_a_parked_event_that_the_database_cannot_store_is_set_aside_alone(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, 5000, needs="T"), deposit("B", 1, needs="T")])
    await pool.execute("alter table till add constraint small check (cents < 1000)")
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    while await processor.retry_parked():
        pass
    assert await letters(pool) == [("storage_refused", "open")]
    assert await total(pool, "B") == 100


def failing_at(processor: Processor, key: str, fault: Exception) -> None:
    """Let ``load`` of the till meet a row of this key that it cannot read."""
    load = processor.service.load

    async def failing(connection: asyncpg.Connection, incoming: Any) -> Any:
        if key in {each.key for each in incoming}:
            raise fault
        return await load(connection, incoming)

    processor.service = dataclasses.replace(processor.service, load=failing)


async def test_a_record_whose_rows_our_own_code_cannot_read_stops_no_other_key(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    failing_at(processor, "P1:B", KeyError("Jane"))
    await processor.process([deposit("A", 1), deposit("B", 1), deposit("B", 2), deposit("C", 1)])
    assert await letters(pool) == [("rule_failed", "open")]
    said = await pool.fetchval("select message from delivery.dead_letter")
    assert said.startswith(f"KeyError at {__name__}")
    assert "Jane" not in said
    assert await total(pool, "A") == await total(pool, "C") == 100
    assert await pool.fetchval("select count(*) from delivery.parked") == 1


async def test_a_parked_event_at_which_our_own_code_fails_is_set_aside_alone(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    await processor.process([deposit("A", 1, needs="T"), deposit("B", 1, needs="T")])
    failing_at(processor, "P1:A", AttributeError("Jane"))
    await processor.process([record(Opened(practice_id="P1", name="T"))])
    while await processor.retry_parked():
        pass
    assert await letters(pool) == [("rule_failed", "open")]
    assert await total(pool, "B") == 100


async def test_an_outage_sets_nothing_aside(processor: Processor, pool: asyncpg.Pool) -> None:
    for outage in (
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError(),
        MemoryError(),
        RuntimeError("the handler is closed"),
    ):
        failing_at(processor, "P1:B", outage)
        with pytest.raises(type(outage)):
            await processor.process([deposit("A", 1), deposit("B", 1)])
    assert await letters(pool) == []
    assert await pool.fetchval("select count(*) from delivery.inbox") == 0
