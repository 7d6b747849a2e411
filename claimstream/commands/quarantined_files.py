"""What the payer gateway set aside of payers' files, shown beside the dead letters of events."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from rich.table import Table

from services.payer_gateway.domain.quarantine import QuarantineItem
from services.payer_gateway.stores import desk_store

SERVICE = "payer_gateway"
_MOST = 1000

Opened: TypeAlias = tuple[datetime, QuarantineItem]


async def list_quarantined(
    connection: asyncpg.Connection, *, reason: str | None, everything: bool
) -> list[Opened]:
    """Open items, oldest first; with ``everything`` those already settled too."""
    found = await desk_store.list_items(connection, settled=everything, most=_MOST)
    return [(at, item) for at, item in found if reason in (None, item.reason)]


async def find_quarantined(
    connection: asyncpg.Connection, item_id: UUID
) -> tuple[QuarantineItem, str] | None:
    """An item and the name of its file."""
    return await desk_store.find_item(connection, item_id)


def as_dict(at: datetime, item: QuarantineItem) -> dict[str, Any]:
    """An item as JSON; its message is what the first finding says."""
    return {
        "id": str(item.item_id),
        "service": SERVICE,
        "payer_id": item.payer_id,
        "kind": item.kind,
        "subject": item.subject,
        "reason": item.reason,
        "message": item.findings[0].message if item.findings else "",
        "status": item.state,
        "failed_at": at.isoformat(),
    }


def quarantine_table(items: Sequence[Opened]) -> Table:
    """Items as a table."""
    table = Table("since", "payer", "kind", "about", "reason", "status", "id", title="From payers")
    for at, item in items:
        about = (item.payer_id, item.kind, item.subject, item.reason, item.state)
        table.add_row(f"{at:%Y-%m-%d %H:%M}", *about, str(item.item_id))
    return table


def description(item: QuarantineItem, file_name: str) -> Iterator[str]:
    """An item in lines for a person, with what to do."""
    yield f"{'id':12} {item.item_id}"
    yield f"{'service':12} {SERVICE}"
    yield f"{'payer':12} {item.payer_id}"
    yield f"{'file':12} {file_name}"
    yield f"{'about':12} {item.kind} {item.subject}"
    yield f"{'reason':12} {item.reason}"
    yield f"{'status':12} {item.state}"
    for finding in item.findings:
        yield f"{'finding':12} {finding.rule}: {finding.message}"
    yield f"\nThe file, and what can be done: claimstream payer quarantine show {item.item_id}"
