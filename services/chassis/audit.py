"""The audit log: append-only and hash-chained; one row a human action."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import asyncpg
import orjson

_LOCK = 0x6175646974
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which subject, under which role, and why. ``details`` holds no PHI."""

    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    reason: str
    details: str = "{}"


def chained_hash(previous: bytes, entry: AuditEntry) -> bytes:
    """The hash that binds an entry to everything before it."""
    content = orjson.dumps(
        [
            entry.at.isoformat(),
            entry.actor,
            entry.role,
            entry.action,
            entry.subject,
            entry.reason,
            entry.details,
        ]
    )
    return sha256(previous + content).digest()


async def append(connection: asyncpg.Connection, entry: AuditEntry) -> None:
    """Add an entry within the caller's transaction; writers take turns."""
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    previous = await connection.fetchval(
        "select hash from delivery.audit order by seq desc limit 1"
    )
    previous = GENESIS if previous is None else previous
    await connection.execute(
        "insert into delivery.audit "
        "(at, actor, role, action, subject, reason, details, previous_hash, hash) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.at,
        entry.actor,
        entry.role,
        entry.action,
        entry.subject,
        entry.reason,
        entry.details,
        previous,
        chained_hash(previous, entry),
    )


async def first_broken_link(connection: asyncpg.Connection) -> int | None:
    """The sequence number of the first entry that was altered, or ``None`` when all is whole."""
    previous = GENESIS
    async with connection.transaction():
        async for row in connection.cursor("select * from delivery.audit order by seq"):
            entry = AuditEntry(
                at=row["at"],
                actor=row["actor"],
                role=row["role"],
                action=row["action"],
                subject=row["subject"],
                reason=row["reason"],
                details=row["details"],
            )
            if row["previous_hash"] != previous or row["hash"] != chained_hash(previous, entry):
                return int(row["seq"])
            previous = row["hash"]
    return None
