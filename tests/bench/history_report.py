"""What ``history`` measured, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.history import HistoryCost, Side, Turn

_MICROSECOND = 1_000
_COLUMNS = (
    "claims",
    "service",
    "server",
    "both",
    "found",
    "read",
    "WAL",
    "due",
    "look",
    "size",
)
_CAPTION = (
    "An event's processor time in the service, in PostgreSQL and in both, in µs; pages found in "
    "PostgreSQL's buffers and read into them; bytes of WAL. Due: µs of both for what comes due "
    "later. Look: µs of both to find that nothing is to do. Size: bytes of history a claim."
)


def show_history(costs: Sequence[HistoryCost], console: Console) -> None:
    """Print both sides of each service."""
    for cost in costs:
        table = Table(
            title=f"{cost.service}: {cost.few.taken_in.events} events on each side, "
            f"{cost.ratio_percent}% of what little history costs (median {cost.median_percent}%)",
            title_justify="left",
            caption=_CAPTION,
            caption_justify="left",
        )
        for column in _COLUMNS:
            table.add_column(column, justify="right")
        for side in (cost.few, cost.many):
            table.add_row(*_cells(side))
        console.print(table)


def _cells(side: Side) -> tuple[str, ...]:
    turn = side.taken_in
    events = max(turn.events, 1)
    return (
        f"{side.claims:,}",
        f"{turn.service_ns // events // _MICROSECOND}",
        f"{turn.server_ns // events // _MICROSECOND}",
        f"{turn.event_ns // _MICROSECOND}",
        f"{side.blocks_found / events:.1f}",
        f"{side.blocks_read / events:.1f}",
        f"{side.wal_bytes // events}",
        _microseconds(side.later),
        _microseconds(side.looks),
        f"{sum(side.table_bytes.values()) // side.claims}",
    )


def _microseconds(turn: Turn) -> str:
    return f"{turn.event_ns // _MICROSECOND}" if turn.events else "-"


def history_document(costs: Sequence[HistoryCost]) -> dict[str, Any]:
    """Every figure, by service; processor time in nanoseconds."""
    return {
        cost.service: {
            "ratio_percent": cost.ratio_percent,
            "median_percent": cost.median_percent,
            "few": asdict(cost.few),
            "many": asdict(cost.many),
        }
        for cost in costs
    }
