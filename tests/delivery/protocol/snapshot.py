"""What the database and the topics hold at one moment, in the model's words."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import orjson

from schemas.envelope import Headers, OutgoingRecord, decode
from services.chassis import audit
from services.chassis.outbox import unpublished
from services.chassis.record import Record
from tests.delivery.protocol.ledger import Block, Letter, Output, Seen

TABLES = (
    "delivery.inbox",
    "delivery.outbox",
    "delivery.blocked_lane",
    "delivery.parked",
    "delivery.redrive",
    "delivery.dead_letter_repair",
    "delivery.dead_letter",
    "delivery.deadline",
    "delivery.audit",
    "till",
    "opened",
)


async def wipe(connection: asyncpg.Connection) -> None:
    """Empty every table."""
    await connection.execute(";".join(f"delete from {table}" for table in TABLES))


def output(headers: Headers, value: bytes) -> Output:
    """A published total as the model knows it."""
    envelope = decode(headers)
    event = orjson.loads(value)
    return Output(
        envelope.event_id,
        event["till_id"],
        UUID(envelope.causation_id),
        event["total_cents"],
        value,
    )


def _copy(headers: Mapping[str, bytes | None], value: bytes) -> tuple[UUID, tuple[str, bytes]]:
    identity, reason = headers["deadletter-id"] or b"", headers["deadletter-reason"] or b""
    return UUID(identity.decode()), (reason.decode(), value)


async def look(connection: asyncpg.Connection, published: Sequence[Record], topic: str) -> Seen:
    """Everything that is committed, as of one moment, and what ``topic`` and its like hold."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = {name: await connection.fetch(f"select * from {name}") for name in TABLES}
        waiting = await unpublished(connection)
    everything: list[Record | OutgoingRecord] = [*published, *waiting]
    copies = dict(
        _copy(dict(each.headers), each.value or b"") for each in everything if each.topic != topic
    )
    chain = sorted(rows["delivery.audit"], key=lambda row: int(row["seq"]))
    return Seen(
        inbox=frozenset(row["event_id"] for row in rows["delivery.inbox"]),
        outbox=[output(each.headers, each.value or b"") for each in waiting if each.topic == topic],
        published=[
            output(each.headers, each.value or b"") for each in published if each.topic == topic
        ],
        places=frozenset((each.key or b"", each.partition) for each in published),
        letters={
            row["id"]: Letter(
                row["id"], row["lane"], row["reason"], row["status"], row["value"], row["failed_at"]
            )
            for row in rows["delivery.dead_letter"]
        },
        copies=copies,
        blocks={
            row["lane"]: Block(row["waiting_for"], row["dead_letter_id"], row["retry_at"])
            for row in rows["delivery.blocked_lane"]
        },
        parked=[
            (row["lane"], row["event_id"])
            for row in sorted(rows["delivery.parked"], key=lambda row: int(row["seq"]))
        ],
        deadlines={row["id"]: row["due_at"] for row in rows["delivery.deadline"]},
        totals={row["key"].partition(":")[2]: row["cents"] for row in rows["till"]},
        opened=frozenset(row["name"] for row in rows["opened"]),
        audit=[(row["actor"], row["action"], row["subject"]) for row in chain],
        audit_whole=_whole(chain),
    )


def _whole(chain: Sequence[asyncpg.Record]) -> bool:
    previous = audit.GENESIS
    for row in chain:
        entry = audit.AuditEntry(
            row["at"],
            row["actor"],
            row["role"],
            row["action"],
            row["subject"],
            row["reason"],
            row["details"],
        )
        if row["previous_hash"] != previous or row["hash"] != audit.chained_hash(previous, entry):
            return False
        previous = row["hash"]
    return True
