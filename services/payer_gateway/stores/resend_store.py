"""SQL of files that a partner lost: found by a person, and sent again at the next look at them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payer_gateway.domain.file_at_partner import FileAtPartner

_NAMED = "select file_id, practice_id from outbound_file where name = $1 order by practice_id"
_HELD = """
select f.file_id, f.name, f.practice_id, f.payer_id, f.kind, f.state,
    exists (select from claim c where c.claim_id = any(f.claim_ids)
            and c.practice_id = f.practice_id
            and c.state in ('received', 'accepted', 'rejected', 'adjudicated'))
    or exists (select from question q join answer a using (trace) where q.file_id = f.file_id)
from outbound_file f where f.file_id = any($1::uuid[]) order by f.file_id for update of f
"""
_ASK = "update outbound_file set resend_asked = true, watch_at = $2 where file_id = any($1::uuid[])"


async def files_named(connection: asyncpg.Connection, name: str) -> list[tuple[UUID, str]]:
    """The files of that name, each with its practice."""
    return [(row["file_id"], row["practice_id"]) for row in await connection.fetch(_NAMED, name)]


async def files_at_partners(
    connection: asyncpg.Connection, file_ids: Sequence[UUID]
) -> list[FileAtPartner]:
    """Files by their ids, held until the transaction ends."""
    return [FileAtPartner(*row.values()) for row in await connection.fetch(_HELD, list(file_ids))]


async def ask(connection: asyncpg.Connection, file_ids: Sequence[UUID], at: datetime) -> None:
    """Have files sent again at the next look at them."""
    await connection.execute(_ASK, list(file_ids), at)
