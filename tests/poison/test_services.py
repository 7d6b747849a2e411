"""What becomes of each record of the corpus, on the database of the service that reads it."""

from collections.abc import Mapping

import asyncpg
import pytest

from services.chassis.processor import Batch
from services.chassis.record import Record, deliver, headers_from_bytes
from tests.poison.conftest import NEIGHBOURS, Running
from tests.poison.poison import Expected, Poison, corpus
from tests.support import record


async def letter_of(running: Running, poison: Record) -> asyncpg.Record:
    """The dead letter that was made of this very record."""
    identity = deliver(poison, running.processor.service.subscriptions).identity
    return await running.pool.fetchrow(
        "select * from delivery.dead_letter where id = $1 and topic = $2 and record_offset = $3",
        identity,
        poison.topic,
        poison.offset,
    )


async def has_become(running: Running, poison: Record, batch: Batch, expected: Expected) -> None:
    """Fail unless this became of the record, and it alone was in the batch."""
    reasons = [f"{refusal.reason}: {refusal.message}" for _, refusal in batch.letters]
    waits = [block.waiting_for or "" for block in batch.blocks.values()]
    told = (batch.decided, batch.duplicates, reasons, [each.partition(":")[0] for each in waits])
    match expected.outcome:
        case "accepted":
            assert told == (1, 0, [], [])
        case "duplicate":
            assert told == (0, 1, [], [])
        case "waits_for":
            assert told == (0, 0, [], [expected.reason] if expected.reason else [])
            assert len(batch.to_park) == 1
        case _:
            assert [reason.partition(":")[0] for reason in reasons] == [expected.reason], told
            await is_kept_whole(running, poison, expected)


async def is_kept_whole(running: Running, poison: Record, expected: Expected) -> None:
    letter = await letter_of(running, poison)
    assert (letter["reason"], letter["status"]) == (expected.reason, "open")
    assert expected.says in letter["message"]
    assert letter["message"].isprintable()
    assert (letter["key"], letter["value"]) == (poison.key, poison.value)
    assert headers_from_bytes(letter["headers"]) == list(poison.headers)


@pytest.mark.parametrize("poison", corpus(), ids=lambda poison: f"{poison.kind}-{poison.name}")
async def test_it_becomes_what_is_expected_and_stops_no_other_key(
    services: Mapping[str, Running], poison: Poison
) -> None:
    running = services[poison.service]
    if poison.practice_known:
        await running.knows(poison.practice_id)
    for each, expected in poison.steps():
        batch = await running.hear(each)
        await has_become(running, each, batch, expected)
    await running.knows(poison.practice_id)
    neighbour = record(NEIGHBOURS[running.name](poison.practice_id))
    batch = await running.hear(neighbour)
    assert (batch.decided, batch.letters, batch.to_park) == (1, [], [])


@pytest.mark.parametrize(
    "poison",
    [each for each in corpus() if each.expected.outcome == "dead"],
    ids=lambda poison: f"{poison.kind}-{poison.name}",
)
async def test_read_again_in_one_batch_with_good_neighbours_it_stays_one_dead_letter(
    services: Mapping[str, Running], poison: Poison
) -> None:
    running = services[poison.service]
    if poison.practice_known:
        await running.knows(poison.practice_id)
    await running.knows(f"{poison.practice_id}N")
    *_, last = [each for each, _ in poison.steps()]
    for each, _ in poison.steps():
        await running.hear(each)
    batch = await running.hear(last, record(NEIGHBOURS[running.name](f"{poison.practice_id}N")))
    assert batch.duplicates == 1
    assert batch.letters == []
    assert (await letter_of(running, last))["reason"] == poison.expected.reason
