"""What ``stages`` measured, as tables and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.stages import StageCost

_ORDER = (
    "decode",
    "inbox",
    "lanes",
    "load",
    "decide",
    "save",
    "encode",
    "outbox",
    "deadlines",
    "files out",
    "files in",
    "rest",
)
_MICROSECOND = 1_000


def stage_table(cost: StageCost) -> Table:
    """One service's stages, per encounter and per record, then what PostgreSQL spent."""
    sent, read = max(cost.encounters, 1), max(cost.records, 1)
    table = Table(
        title=f"{cost.service}: {cost.records} records of {cost.encounters} encounters in "
        f"{cost.batches} batches, {cost.emitted} events out",
        title_justify="left",
    )
    for column in ("stage", "ms an encounter", "µs a record", "share"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    total = max(cost.total_nanoseconds, 1)
    for stage in _ORDER:
        spent = cost.nanoseconds.get(stage, 0)
        if spent:
            table.add_row(
                stage,
                f"{spent / sent / 1e6:.3f}",
                f"{spent / read / _MICROSECOND:.0f}",
                f"{spent * 100 / total:.0f}%",
            )
    table.add_section()
    table.add_row("process", f"{total / sent / 1e6:.3f}", f"{total / read / _MICROSECOND:.0f}", "")
    server = cost.server.cpu_milliseconds
    table.add_row("PostgreSQL", f"{server / sent:.3f}", f"{server * 1000 / read:.0f}", "")
    table.caption = (
        f"{cost.statements_a_batch:.1f} statements a batch; "
        f"{cost.server.wal_bytes // sent} bytes of WAL an encounter; resident "
        f"{cost.resident_before_kib // 1024} MiB before, {cost.resident_after_kib // 1024} after; "
        f"decided {cost.decided}, parked {cost.parked}, set aside {cost.set_aside or 0}"
    )
    table.caption_justify = "left"
    return table


def show_stages(costs: Sequence[StageCost], console: Console) -> None:
    """Print a table a service and their sum."""
    for cost in costs:
        console.print(stage_table(cost))
    if len(costs) > 1:
        process = sum(cost.total_nanoseconds / max(cost.encounters, 1) for cost in costs) / 1e6
        server = sum(cost.server.cpu_milliseconds / max(cost.encounters, 1) for cost in costs)
        console.print(f"all: processes {process:.3f} ms, PostgreSQL {server:.3f} ms an encounter")


def stages_document(costs: Sequence[StageCost]) -> dict[str, Any]:
    """Every figure, by service; processor time in nanoseconds an encounter."""
    return {
        cost.service: {
            "encounters": cost.encounters,
            "records": cost.records,
            "batches": cost.batches,
            "emitted": cost.emitted,
            "decided": cost.decided,
            "set_aside": cost.set_aside,
            "parked": cost.parked,
            "nanoseconds_per_encounter": {
                stage: spent // max(cost.encounters, 1) for stage, spent in cost.nanoseconds.items()
            },
            "postgres_cpu_milliseconds": cost.server.cpu_milliseconds,
            "wal_bytes_per_encounter": cost.server.wal_bytes // max(cost.encounters, 1),
            "statements": cost.statements,
            "statements_per_batch": cost.statements_a_batch,
            "resident_kib": [cost.resident_before_kib, cost.resident_after_kib],
        }
        for cost in costs
    }
