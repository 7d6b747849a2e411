"""SQL of the desk: what a person looks at before deciding. Ids, states and reasons, no names."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payer_gateway.domain.quarantine import QuarantineItem
from services.payer_gateway.stores.quarantine_store import quarantine_item

_FILES = """
select 'out' as direction, name, payer_id, state, answer as detail, claim_count as claims,
       created_at as at, octet_length(content) as size
from outbound_file where $1::text is null or payer_id = $1
union all
select 'in', name, payer_id, state, kinds, 0, received_at, octet_length(content) + piece_bytes
from inbound_file where $1::text is null or payer_id = $1
order by at desc, name limit $2
"""
_CONTENT = """
select 'out' as direction, content from outbound_file where name = $1
union all
select 'out', cover from paper_batch where cover_name = $1
union all
select 'in', case when piece_bytes = 0 then content else (
    select string_agg(p.content, ''::bytea order by p.number) from inbound_piece p
    where p.sha256 = f.sha256) end
from inbound_file f where name = $1
"""
_ITEMS = """
select item_id, practice_id, payer_id, kind, subject, reason, findings, held, file_sha256, state,
       settled_because, settled_at, opened_at
from quarantine where $1 or state = 'open' order by opened_at, item_id limit $2
"""
_ITEM = """
select item_id, practice_id, payer_id, kind, subject, reason, findings, held, file_sha256, state,
       settled_because, settled_at, opened_at
from quarantine where item_id = $1
"""
_PROOF = """
with sent as materialized (
    select f.* from claim c join outbound_file f using (file_id)
    where c.claim_id = $1 and f.sent_at is not null)
select 'out' as direction,
       case kind when 'paper' then 'mailed, batch ' else 'sent, ISA13 ' end
           || lpad(interchange_control_number::text, 9, '0')
           || case kind when 'paper' then (select ' ' || p.mailed_how from paper_batch p
                                           where p.file_id = sent.file_id) else '' end as what,
       sent_at as at, name, octet_length(content) as size, sha256
from sent
union all
select distinct 'out', 'asked, ISA13 ' || lpad(f.interchange_control_number::text, 9, '0'),
       f.sent_at, f.name, octet_length(f.content), f.sha256
from question q join outbound_file f using (file_id)
where q.subject = $1 and q.kind = '276' and f.sent_at is not null
union all
select distinct 'in', 'received, ' || i.kinds, i.received_at, i.name,
       octet_length(i.content) + i.piece_bytes, i.sha256
from sent s join inbound_file i on i.payer_id = s.payer_id and i.received_at >= s.sent_at
where position(convert_to($1, 'UTF8') in i.content) > 0
    or exists (select from inbound_piece p where p.sha256 = i.sha256
               and position(convert_to($1, 'UTF8') in p.content) > 0)
    or i.kinds ~ '999|TA1' and position(
           convert_to(s.interchange_control_number::text, 'UTF8') in i.content) > 0
order by at, direction desc, name
"""
_EARLIER = """
select distinct other.claim_id, f.sent_at
from claim c join claim other using (practice_id, encounter_id, payer_id)
join outbound_file f on f.file_id = other.file_id
where c.claim_id = $1 and other.claim_id <> $1 and f.sent_at is not null
order by f.sent_at, other.claim_id
"""
_FILE_NAME = "select name from inbound_file where sha256 = $1"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that was sent or received."""

    direction: str
    name: str
    payer_id: str
    state: str
    detail: str
    claims: int
    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that carries a claim, or that answers it or its file."""

    direction: str
    what: str
    at: datetime
    name: str
    size: int
    sha256: str


async def proof_of(connection: asyncpg.Connection, claim_id: str) -> list[Proof]:
    """The file that a claim was sent in, and every answer to it, in their order.

    An answer to a file (TA1, 999) is one that has its control number: on a rare day one too many.
    """
    return [Proof(*row.values()) for row in await connection.fetch(_PROOF, claim_id)]


async def sent_versions(connection: asyncpg.Connection, claim_id: str) -> list[str]:
    """Other versions of a claim that the same payer was sent, oldest first."""
    return [row["claim_id"] for row in await connection.fetch(_EARLIER, claim_id)]


async def list_files(
    connection: asyncpg.Connection, payer_id: str | None, most: int
) -> list[FileEntry]:
    """Files in both directions, newest first."""
    return [FileEntry(*row.values()) for row in await connection.fetch(_FILES, payer_id, most)]


async def file_contents(connection: asyncpg.Connection, name: str) -> list[bytes]:
    """The contents of every file of that name, as sent or received; they hold PHI."""
    return [row["content"] for row in await connection.fetch(_CONTENT, name)]


async def list_items(
    connection: asyncpg.Connection, *, settled: bool, most: int
) -> list[tuple[datetime, QuarantineItem]]:
    """Quarantined items, oldest first, with the time they were opened."""
    rows = await connection.fetch(_ITEMS, settled, most)
    return [(row["opened_at"], quarantine_item(row)) for row in rows]


async def find_item(
    connection: asyncpg.Connection, item_id: UUID
) -> tuple[QuarantineItem, str] | None:
    """An item and the name of its file."""
    row = await connection.fetchrow(_ITEM, item_id)
    if row is None:
        return None
    item = quarantine_item(row)
    name = await connection.fetchval(_FILE_NAME, item.file_sha256)
    return item, name or ""
