"""What the services' databases and consumer groups say, as the checks take it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from claimstream.verify.delivery import ServiceState
from claimstream.verify.finding import Report
from schemas.catalogue import subscriptions
from services.chassis.audit import first_broken_link

_PARKED = "waits for a reference or behind a dead letter"
AUDIT = "the audit log is whole"


@asynccontextmanager
async def connected_database(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection for the length of a block, reading one consistent state."""
    connection = await asyncpg.connect(url, command_timeout=120)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close()


async def committed_offsets(bootstrap: str, group: str) -> dict[tuple[str, int], int]:
    """The positions that a consumer group has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {
        (place.topic, place.partition): kept.offset
        for place, kept in offsets.items()
        if kept.offset >= 0
    }


async def service_state(
    connection: asyncpg.Connection, service: str, bootstrap: str
) -> ServiceState:
    """A service's inbox, dead letters, outbox and position."""
    committed = await committed_offsets(bootstrap, service)
    inbox = await connection.fetch("select event_id from delivery.inbox")
    letters = await connection.fetch("select id, lane, reason, status from delivery.dead_letter")
    parked = await connection.fetch("select lane, event_id from delivery.parked")
    return ServiceState(
        service=service,
        topics=frozenset(subscriptions(service)),
        inbox=frozenset(row["event_id"] for row in inbox),
        letters=frozenset(row["id"] for row in letters),
        dismissed=frozenset(row["id"] for row in letters if row["status"] == "dismissed"),
        set_aside={
            **{row["lane"].partition("|")[2]: _PARKED for row in parked},
            **{
                row["lane"].partition("|")[2]: row["reason"]
                for row in letters
                if row["lane"] and row["status"] == "open"
            },
        },
        committed=committed,
        outbox=await connection.fetchval("select coalesce(sum(events), 0) from delivery.outbox"),
        waiting=frozenset(row["event_id"] for row in parked),
    )


async def check_audit(report: Report, connection: asyncpg.Connection, service: str) -> None:
    """The hash chain holds from the first entry to the last."""
    report.looked_at(AUDIT, await connection.fetchval("select count(*) from delivery.audit"))
    broken = await first_broken_link(connection)
    if broken is not None:
        report.found(AUDIT, service, f"entry {broken} was altered")
