"""Which records are one event (CloudEvents 1.0, "id"; docs/adr/0022)."""

from collections.abc import Sequence

import asyncpg
from msgspec.structs import replace

from services.chassis.processor import Processor
from services.chassis.record import Record
from tests.delivery.deposits import deposit, total

UUID_TEXT = "0195a0f2-7c1e-7a35-9d6b-1f2a3b4c5d6e"


def named(record: Record, event_id: str, source: str) -> Record:
    """The record as another producer would have named it."""
    own = {"ce_id": event_id.encode(), "ce_source": source.encode()}
    return replace(record, headers=[(name, own.get(name, raw)) for name, raw in record.headers])


async def taken(processor: Processor, pool: asyncpg.Pool, names: Sequence[tuple[str, str]]) -> int:
    """How many of some records with these ids and sources count, told from the till."""
    await processor.process(
        [named(deposit("A", number, 1), *name) for number, name in enumerate(names, 1)]
    )
    return await total(pool, "A")


async def test_two_sources_may_use_one_id_that_is_no_uuid(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    names = [("visit-1", "urn:elm"), ("visit-1", "urn:oak"), ("visit-1", "urn:elm")]
    assert await taken(processor, pool, names) == 2


async def test_a_uuid_is_one_event_whatever_source_it_comes_from(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    moved = [(UUID_TEXT, "urn:elm:old-server"), (UUID_TEXT, "urn:elm:new-server")]
    assert await taken(processor, pool, moved) == 1


async def test_a_uuid_is_one_event_however_it_is_written(
    processor: Processor, pool: asyncpg.Pool
) -> None:
    ways = (UUID_TEXT, UUID_TEXT.upper(), f"urn:uuid:{UUID_TEXT}", UUID_TEXT.replace("-", ""))
    assert await taken(processor, pool, [(way, "urn:elm") for way in ways]) == 1
