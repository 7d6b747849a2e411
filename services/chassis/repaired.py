"""Repaired copies of dead letters: numbered rows beside the original, which stays as it came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from services.chassis.record import headers_from_bytes, headers_to_bytes
from services.chassis.repair import Contents

_NEWEST = """
select distinct on (letter_id) * from delivery.dead_letter_repair
where letter_id = any($1::uuid[]) order by letter_id, number desc
"""
_ADD = """
insert into delivery.dead_letter_repair
    (letter_id, number, at, actor, role, reason, paths, key, headers, value, digest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


@dataclass(frozen=True, slots=True)
class Repair:
    """The copy of a letter after its ``number``-th repair, and who made it, when and why."""

    letter_id: UUID
    number: int
    at: datetime
    actor: str
    role: str
    reason: str
    paths: tuple[str, ...]
    contents: Contents


def _repair(row: asyncpg.Record) -> Repair:
    return Repair(
        row["letter_id"],
        row["number"],
        row["at"],
        row["actor"],
        row["role"],
        row["reason"],
        tuple(orjson.loads(row["paths"])),
        Contents(row["key"], tuple(headers_from_bytes(row["headers"])), row["value"]),
    )


async def newest(connection: asyncpg.Connection, letter_ids: Sequence[UUID]) -> dict[UUID, Repair]:
    """The last repair of each letter that has one."""
    rows = await connection.fetch(_NEWEST, list(letter_ids))
    return {row["letter_id"]: _repair(row) for row in rows}


async def history(connection: asyncpg.Connection, letter_id: UUID) -> list[Repair]:
    """Every repair of a letter, in order."""
    rows = await connection.fetch(
        "select * from delivery.dead_letter_repair where letter_id = $1 order by number", letter_id
    )
    return [_repair(row) for row in rows]


async def add(connection: asyncpg.Connection, repair: Repair) -> None:
    """Keep a repair within the caller's transaction; the letter's row must be locked."""
    contents = repair.contents
    await connection.execute(
        _ADD,
        repair.letter_id,
        repair.number,
        repair.at,
        repair.actor,
        repair.role,
        repair.reason,
        orjson.dumps(repair.paths).decode(),
        contents.key,
        headers_to_bytes(contents.headers),
        contents.value,
        contents.digest(),
    )
