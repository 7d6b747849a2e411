"""SQL of quarantine: what was set aside, kept until a person settles it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.payer_gateway.domain.quarantine import Held, KeptFinding, QuarantineItem

_ITEMS = """
select item_id, practice_id, payer_id, kind, subject, reason, findings, held, file_sha256, state,
       settled_because, settled_at
from quarantine where item_id = any($1::uuid[]) order by item_id for update
"""
_INSERT_ITEMS = """
insert into quarantine (item_id, practice_id, payer_id, kind, subject, reason, findings, held,
    file_sha256, state, opened_at)
select item_id, practice_id, payer_id, kind, subject, reason, findings::jsonb, held::jsonb,
    file_sha256, 'open', opened_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::timestamptz[])
    as t (item_id, practice_id, payer_id, kind, subject, reason, findings, held, file_sha256,
          opened_at)
on conflict (item_id) do update set state = 'open', settled_at = null, settled_because = ''
"""
_SETTLE_ITEMS = """
update quarantine q set state = t.state, settled_because = t.because, settled_at = t.at
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
    as t (item_id, state, because, at)
where q.item_id = t.item_id
"""


async def items(
    connection: asyncpg.Connection, item_ids: Sequence[UUID]
) -> dict[UUID, QuarantineItem]:
    """Items by their ids, held until the transaction ends."""
    rows = await connection.fetch(_ITEMS, list(item_ids))
    return {row["item_id"]: quarantine_item(row) for row in rows}


def quarantine_item(row: asyncpg.Record) -> QuarantineItem:
    """An item as its row has it."""
    return QuarantineItem(
        item_id=row["item_id"],
        practice_id=row["practice_id"],
        payer_id=row["payer_id"],
        kind=row["kind"],
        subject=row["subject"],
        reason=row["reason"],
        findings=msgspec.json.decode(row["findings"], type=tuple[KeptFinding, ...]),
        held=msgspec.json.decode(row["held"], type=Held),
        file_sha256=row["file_sha256"],
        state=row["state"],
        settled_because=row["settled_because"],
        settled_at=row["settled_at"],
    )


async def keep_items(
    connection: asyncpg.Connection, items: Sequence[tuple[QuarantineItem, datetime]]
) -> None:
    """Set items aside, each with when; one that was settled and is found again is open again."""
    unique = {item.item_id: item for item, _ in items}
    opened_at = {item.item_id: at for item, at in items}
    if unique:
        await connection.execute(
            _INSERT_ITEMS,
            list(unique),
            [item.practice_id for item in unique.values()],
            [item.payer_id for item in unique.values()],
            [item.kind for item in unique.values()],
            [item.subject for item in unique.values()],
            [item.reason for item in unique.values()],
            [msgspec.json.encode(item.findings).decode() for item in unique.values()],
            [msgspec.json.encode(item.held).decode() for item in unique.values()],
            [item.file_sha256 for item in unique.values()],
            list(opened_at.values()),
        )


async def settle(connection: asyncpg.Connection, settled: Sequence[QuarantineItem]) -> None:
    """Write what people decided."""
    if settled:
        await connection.execute(
            _SETTLE_ITEMS,
            [item.item_id for item in settled],
            [item.state for item in settled],
            [item.settled_because for item in settled],
            [item.settled_at for item in settled],
        )
