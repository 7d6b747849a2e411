"""The audit log: append-only and hash-chained; one row a human action."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import asyncpg
import orjson

_LOCK = 0x6175646974
GENESIS = bytes(32)
_APPEND = """
insert into delivery.audit
    (at, actor, role, action, subject, reason, details, previous_hash, hash)
select e.at, e.actor, e.role, e.action, e.subject, e.reason, e.details, e.previous_hash, e.hash
from unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::bytea[], $9::bytea[])
    with ordinality as e (at, actor, role, action, subject, reason, details, previous_hash, hash,
                          place)
order by e.place
"""


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


async def append(connection: asyncpg.Connection, *entries: AuditEntry) -> None:
    """Add entries, in order, within the caller's transaction; writers take turns."""
    if not entries:
        return
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    previous = await connection.fetchval(
        "select hash from delivery.audit order by seq desc limit 1"
    )
    hashes = [GENESIS if previous is None else previous]
    for entry in entries:
        hashes.append(chained_hash(hashes[-1], entry))
    await connection.execute(
        _APPEND,
        [entry.at for entry in entries],
        [entry.actor for entry in entries],
        [entry.role for entry in entries],
        [entry.action for entry in entries],
        [entry.subject for entry in entries],
        [entry.reason for entry in entries],
        [entry.details for entry in entries],
        hashes[:-1],
        hashes[1:],
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
