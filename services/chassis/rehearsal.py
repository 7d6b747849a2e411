"""What would come of records, deadlines or parked records now; all of it is undone at once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from services.chassis import deadlines, parking
from services.chassis.dead_letters import refusal_by
from services.chassis.processor import Batch, Processor
from services.chassis.record import Delivery, Record, deliver

MOST = 100
"""Inputs that one rehearsal looks at: those that would come first."""


@asynccontextmanager
async def _undone(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction of which nothing lasts."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


async def rehearse_records(processor: Processor, records: Sequence[Record]) -> Batch:
    """What would come of records as they are read; where that fails, of each by itself.

    Raises what is an outage.
    """
    service = processor.service
    deliveries = [deliver(record, service.subscriptions, service.views) for record in records]
    batch = Batch()
    try:
        async with _undone(processor.pool) as connection:
            await processor.admit(connection, deliveries, batch)
        return batch
    except Exception as error:
        refusal = refusal_by(error)
        if refusal is None:
            raise
        batch = Batch()
        if len(records) == 1:
            batch.letters.append((deliveries[0], refusal))
            return batch
    for record in records:
        batch.add(await rehearse_records(processor, [record]))
    return batch


async def rehearse_deadlines(processor: Processor) -> Batch:
    """What would come of the first deadlines that are due.

    Raises what is an outage.
    """
    async with _undone(processor.pool) as connection:
        await deadlines.wait_turn(connection)
        due = await deadlines.take_due(connection, processor.clock.now(), MOST)
        held = {each.event_id for each in await processor.held(connection, due)}
        deliveries = [
            deadlines.deadline_delivery(each) for each in due if each.event_id not in held
        ]
        return await _decided(processor, connection, deliveries)


async def rehearse_parked(processor: Processor) -> Batch:
    """What would come of the first parked records whose lanes are to be tried again.

    Raises what is an outage.
    """
    async with _undone(processor.pool) as connection:
        ready = await parking.ready_lanes(connection, processor.clock.now(), MOST)
        lanes = [each.lane for each in ready]
        parked, _ = await parking.parked_records(connection, lanes, MOST)
        contracts, views = processor.service.subscriptions, processor.service.views
        deliveries = [deliver(each.record, contracts, views) for each in parked]
        return await _decided(processor, connection, deliveries)


async def _decided(
    processor: Processor, connection: asyncpg.Connection, deliveries: Sequence[Delivery]
) -> Batch:
    """What comes of them together; where that fails, of each by itself."""
    if not deliveries:
        return Batch()
    try:
        async with connection.transaction():
            return await processor.decide_again(connection, *deliveries)
    except Exception as error:
        refusal = refusal_by(error)
        if refusal is None:
            raise
        batch = Batch()
        if len(deliveries) == 1:
            batch.letters.append((deliveries[0], refusal))
            return batch
    refused: set[str | None] = set()
    for each in deliveries:
        if each.lane is None or each.lane not in refused:
            one = await _decided(processor, connection, [each])
            batch.add(one)
            refused |= {delivery.lane for delivery, _ in one.letters}
    return batch
