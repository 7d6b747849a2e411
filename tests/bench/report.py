"""What was measured, as tables for a person and as JSON for a program."""

import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from tests.bench import rate_report
from tests.bench.coding_speed import coding_speed_table
from tests.bench.hot_spots import STAGES, HotSpots
from tests.bench.latency import Latency
from tests.bench.machine import MachineUse
from tests.bench.recovery import Recovery
from tests.bench.run import Measured
from tests.bench.x12_speed import X12Speed, x12_document, x12_tables


@dataclass(frozen=True, slots=True)
class Results:
    """Every part that was measured; the others are empty."""

    seed: int
    rates: Sequence[Measured] = ()
    latency: Latency | None = None
    hot_spots: HotSpots | None = None
    recovery: Recovery | None = None
    x12: Sequence[X12Speed] = ()
    coding: Mapping[str, Any] | None = None


def tables(results: Results) -> Group:
    """A table a part, then what a reader must know before believing them."""
    parts: list[RenderableType] = []
    if results.rates:
        parts += rate_report.tables(results.rates)
    if results.latency is not None:
        parts.append(_latency(results.latency))
    if results.hot_spots is not None:
        parts.append(_hot_spots(results.hot_spots))
    if results.recovery is not None:
        parts.append(_recovery(results.recovery))
    if results.x12:
        parts.append(x12_tables(results.x12))
    if results.coding is not None:
        parts.append(coding_speed_table(results.coding))
    return Group(*parts, *rate_report.remarks(results.rates), _load())


def _latency(latency: Latency) -> Table:
    table = Table(
        title=f"Milliseconds at {latency.per_second} encounters a second, payer live",
        title_justify="left",
    )
    for column in ("", "encounters", "p50", "p99", "p99.9", "most"):
        table.add_column(column, justify="right" if column else "left")
    for name, each in latency.legs.items():
        figures = (each.count, each.p50, each.p99, each.p999, each.most)
        table.add_row(name, *(str(figure) for figure in figures))
    table.caption = "; ".join(
        (
            f"{latency.encounters:,} encounters at {latency.sent_per_second:.1f}/s",
            *_busy(latency.machine),
            *(() if latency.complete else ("the run did not come to rest in time",)),
        )
    )
    return table


def _hot_spots(found: HotSpots) -> Table:
    table = Table(title="Processor milliseconds an encounter by stage, in the running services")
    table.title_justify = "left"
    table.add_column("stage")
    shares = {name: found.milliseconds(name) for name in found.stacks}
    for name in shares:
        table.add_column(name, justify="right")
    for stage in STAGES:
        table.add_row(stage, *(f"{shares[name][stage]:.3f}" for name in shares))
    table.add_row("all", *(f"{sum(each.values()):.3f}" for each in shares.values()), style="bold")
    return table


def _recovery(recovery: Recovery) -> Table:
    table = Table(title="After an outage of the first service, payer live", title_justify="left")
    table.add_column("since it was killed")
    for column in ("count", "seconds", "a second"):
        table.add_column(column, justify="right")
    claims, balances = recovery.claims, recovery.balances
    for title, count, spent in (
        ("events read and coded", recovery.backlog_events, recovery.read_milliseconds),
        ("claims submitted, 95%", claims.encounters * 95 // 100, claims.most_milliseconds),
        ("claims submitted, all", claims.encounters, claims.all_milliseconds),
        ("balances due, 95%", balances.encounters * 95 // 100, balances.most_milliseconds),
        ("balances due, all", balances.encounters, balances.all_milliseconds),
        (
            "encounters, nothing left to do anywhere",
            recovery.encounters,
            recovery.drained_milliseconds,
        ),
    ):
        rate = count * 1000 / max(spent, 1)
        table.add_row(title, f"{count:,}", f"{spent / 1000:.1f}", f"{rate:,.0f}")
    table.caption = "; ".join(
        (
            f"down for {recovery.down_milliseconds / 1000:.1f} s",
            *_busy(recovery.machine),
            *(() if recovery.complete else ("the backlog did not drain in time",)),
        )
    )
    return table


def _busy(use: MachineUse | None) -> Iterator[str]:
    if use is not None:
        yield f"{use.busy:.0f}% of {use.cores} cores busy"
        if use.disturbed:
            yield "other programs took a tenth of the machine or more"


def _load() -> Text:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return Text(
        f"{cores} processor cores, load {load:.1f} at the end (the bench's own included); "
        "Kafka, PostgreSQL and the payer share them; fsync on; "
        f"Python {platform.python_version()} of {sys.base_prefix}."
    )


def document(results: Results) -> dict[str, Any]:
    """Everything measured, each run by itself, with medians and ratios."""
    made: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
            "python": platform.python_version(),
        },
        "seed": results.seed,
    }
    if results.rates:
        made |= rate_report.document(results.rates)
    if results.latency is not None:
        made["latency_milliseconds"] = asdict(results.latency)
    if results.hot_spots is not None:
        found = results.hot_spots
        made["cpu_milliseconds_per_encounter_by_stage"] = {
            name: found.milliseconds(name) for name in found.stacks
        }
    if results.recovery is not None:
        made["recovery"] = asdict(results.recovery)
    if results.x12:
        made["x12"] = x12_document(results.x12)
    if results.coding is not None:
        made["coding"] = dict(results.coding)
    return made


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    console.print(tables(results))


def as_json(results: Results) -> str:
    """``document`` as text."""
    return json.dumps(document(results), indent=2)
