"""SQL of batches of forms: what lies in an outbox, what was mailed, what people see of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.payer_gateway.domain.paper_batch import PaperBatch, Word
from services.payer_gateway.paper.printing import CutItem

_COVER = "select cover from paper_batch where file_id = $1"
_LAID_OUT = """
update outbound_file f
set state = 'outbox', watch_at = t.watch_at, uploaded_at = now(), uploads = 1, staged_place = ''
from unnest($1::uuid[], $2::timestamptz[]) as t (file_id, watch_at)
where f.file_id = t.file_id
"""
_BATCHES = """
select f.file_id, f.practice_id, f.payer_id, f.name, f.interchange_control_number as number,
       f.state, f.created_at, p.withdrawn, p.printed_at, p.printed_by, p.mailed_at, p.mailed_by,
       p.mailed_how,
       array(select row (c.claim_id, c.encounter_id) from claim c
             where c.claim_id = any(f.claim_ids) and c.practice_id = f.practice_id
             order by c.claim_id) as claims
from outbound_file f join paper_batch p using (file_id)
where f.file_id = any($1::uuid[]) order by f.file_id for update
"""
_SAVE = """
update paper_batch p
set printed_at = t.printed_at, printed_by = t.printed_by, mailed_at = t.mailed_at,
    mailed_by = t.mailed_by, mailed_how = t.mailed_how,
    withdrawn = array(select jsonb_array_elements_text(t.withdrawn))
from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
            $7::jsonb[])
    as t (file_id, printed_at, printed_by, mailed_at, mailed_by, mailed_how, withdrawn)
where p.file_id = t.file_id
"""
_MAILED = """
update outbound_file f set state = t.state, sent_at = t.mailed_at, answer = 'mailed',
    watch_at = t.mailed_at
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as t (file_id, state, mailed_at)
where f.file_id = t.file_id and f.sent_at is null
"""
_FIND = """
select file_id, practice_id from outbound_file
where kind = 'paper' and (name = $1 or name = $1 || '.pdf') order by file_id
"""
_OF_CLAIM = """
select f.file_id, c.practice_id from claim c join outbound_file f using (file_id)
where c.claim_id = $1 and f.kind = 'paper' and ($2::text is null or c.practice_id = $2)
order by c.practice_id
"""
_LIST = """
select f.name, f.payer_id, f.practice_id, f.state, f.claim_count, p.forms,
       jsonb_array_length(p.cuts) as cuts, f.created_at, p.printed_at, p.mailed_at, p.mailed_how,
       cardinality(p.withdrawn) as withdrawn
from outbound_file f join paper_batch p using (file_id)
where ($1 or f.state in ('created', 'outbox')) and ($2::text is null or f.payer_id = $2)
order by f.created_at, f.name limit $3
"""
_DETAILS = """
select f.claim_ids, f.sha256, p.cover_name, p.cover_sha256, p.cuts::text as cuts, p.attached,
       p.withdrawn, p.printed_by, p.mailed_by
from outbound_file f join paper_batch p using (file_id) where f.file_id = $1
"""


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A batch as people see it in a list."""

    name: str
    payer_id: str
    practice_id: str
    state: str
    claims: int
    forms: int
    cuts: int
    made_at: datetime
    printed_at: datetime | None
    mailed_at: datetime | None
    mailed_how: str
    withdrawn: int


@dataclass(frozen=True, slots=True)
class BatchDetails:
    """What is kept of a batch beside its forms."""

    claim_ids: Sequence[str]
    sha256: str
    cover_name: str
    cover_sha256: str
    cuts: tuple[CutItem, ...]
    attached: Sequence[str]
    withdrawn: Sequence[str]
    printed_by: str
    mailed_by: str


async def cover_of(connection: asyncpg.Connection, file_id: UUID) -> bytes:
    """The content of a batch's cover list."""
    content: bytes = await connection.fetchval(_COVER, file_id)
    return content


async def note_laid_out(
    connection: asyncpg.Connection, laid_out: Sequence[tuple[UUID, datetime | None]]
) -> None:
    """The batches lie in their outboxes: each with when it is looked at again, or never."""
    if laid_out:
        await connection.execute(
            _LAID_OUT, [file_id for file_id, _ in laid_out], [look for _, look in laid_out]
        )


async def batches(connection: asyncpg.Connection, file_ids: Sequence[UUID]) -> list[PaperBatch]:
    """Batches, held until the transaction ends."""
    found = []
    for row in await connection.fetch(_BATCHES, list(file_ids)):
        printed = Word(row["printed_at"], row["printed_by"]) if row["printed_at"] else None
        mailed = None
        if row["mailed_at"]:
            mailed = Word(row["mailed_at"], row["mailed_by"], row["mailed_how"])
        found.append(
            PaperBatch(
                file_id=row["file_id"],
                practice_id=row["practice_id"],
                payer_id=row["payer_id"],
                name=row["name"],
                number=row["number"],
                state=row["state"],
                made_at=row["created_at"],
                claims=tuple((claim_id, encounter) for claim_id, encounter in row["claims"]),
                withdrawn=tuple(row["withdrawn"]),
                printed=printed,
                mailed=mailed,
            )
        )
    return found


async def save(connection: asyncpg.Connection, changed: Mapping[UUID, PaperBatch]) -> None:
    """Write what people said of batches; what was mailed is waited for from then on."""
    found = list(changed.values())
    if not found:
        return
    await connection.execute(
        _SAVE,
        [batch.file_id for batch in found],
        [batch.printed and batch.printed.at for batch in found],
        [batch.printed.by if batch.printed else "" for batch in found],
        [batch.mailed and batch.mailed.at for batch in found],
        [batch.mailed.by if batch.mailed else "" for batch in found],
        [batch.mailed.how if batch.mailed else "" for batch in found],
        [msgspec.json.encode(batch.withdrawn).decode() for batch in found],
    )
    mailed = [batch for batch in found if batch.mailed]
    if mailed:
        await connection.execute(
            _MAILED,
            [batch.file_id for batch in mailed],
            [batch.state for batch in mailed],
            [batch.mailed and batch.mailed.at for batch in mailed],
        )


async def find_batches(connection: asyncpg.Connection, name: str) -> list[tuple[UUID, str]]:
    """File and practice of the batches of that name, with or without its ending."""
    return [tuple(row) for row in await connection.fetch(_FIND, name)]


async def batches_of_claim(
    connection: asyncpg.Connection, claim_id: str, practice_id: str | None
) -> list[tuple[UUID, str]]:
    """File and practice of the batches that the claim of that id stands in, one a practice."""
    return [tuple(row) for row in await connection.fetch(_OF_CLAIM, claim_id, practice_id)]


async def list_batches(
    connection: asyncpg.Connection, *, mailed: bool, payer_id: str | None, most: int
) -> list[ListedBatch]:
    """What is to be printed and mailed, oldest first; ``mailed``: what was, too."""
    rows = await connection.fetch(_LIST, mailed, payer_id, most)
    return [ListedBatch(*row.values()) for row in rows]


async def details_of(connection: asyncpg.Connection, file_id: UUID) -> BatchDetails:
    """What is kept of a batch beside its forms."""
    row = await connection.fetchrow(_DETAILS, file_id)
    values = {**row, "cuts": msgspec.json.decode(row["cuts"], type=tuple[CutItem, ...])}
    return BatchDetails(**values)
