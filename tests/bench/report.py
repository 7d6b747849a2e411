"""What was measured, as a table for a person and as JSON for a program."""

import json
import os
import platform
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from claimstream.stack.state import SERVICES
from tests.bench.bench_stack import Pipeline
from tests.bench.processes import ORDER
from tests.bench.run import Measured, ratio, spread

NAMES: dict[Pipeline, str] = {"ours": "claimstream", "usual": "usual FastStream"}
TARGET_RATIO = 5
LARGEST_RESIDENT_KIB = 200 * 1024


def _of(runs: Sequence[Measured], pipeline: Pipeline) -> list[Measured]:
    return [run for run in runs if run.pipeline == pipeline]


def _rate(rates: Sequence[float]) -> str:
    least, median, most = spread(rates)
    return f"{median:.1f}" if len(rates) == 1 else f"{median:.1f} ({least:.1f} to {most:.1f})"


def _milliseconds_each(run: Measured) -> float:
    """Processor milliseconds an encounter, over every process of the stack."""
    return sum(run.cpu_milliseconds.values()) / max(run.published, 1)


def tables(runs: Sequence[Measured]) -> Group:
    """The figures of all runs: rates with their ratio, then costs."""
    rates = Table(title="Encounters a second, at saturation", title_justify="left")
    rates.add_column("from documented to")
    costs = Table(title="Processor milliseconds an encounter; resident MiB at the end")
    costs.title_justify = "left"
    costs.add_column("process")
    seen = [pipeline for pipeline in NAMES if _of(runs, pipeline)]
    for pipeline in seen:
        rates.add_column(NAMES[pipeline], justify="right")
        costs.add_column(f"{NAMES[pipeline]}: CPU", justify="right")
        costs.add_column("MiB", justify="right")
    rates.add_column("ratio", justify="right")
    submitted = {name: [run.submitted.per_second for run in _of(runs, name)] for name in seen}
    balanced = {name: [run.balanced.per_second for run in _of(runs, name)] for name in seen}
    for title, leg in (("claim submitted", submitted), ("patient balance due", balanced)):
        times = f"{ratio(leg['ours'], leg['usual']):.1f}" if len(seen) == 2 else ""
        rates.add_row(title, *(_rate(leg[name]) for name in seen), times)
    last = {name: _of(runs, name)[-1] for name in seen}
    for title, what in (
        ("encounters sent", "published"),
        ("dead letters", "dead_letters"),
        ("parked events", "parked"),
    ):
        rates.add_row(title, *(str(getattr(last[name], what)) for name in seen), "", style="dim")
    arrived = (f"{run.submitted.arrived} / {run.balanced.arrived}" for run in last.values())
    rates.add_row("claims / balances seen", *arrived, "", style="dim")
    for process in ORDER:
        cells = []
        for run in last.values():
            spent = run.cpu_milliseconds.get(process, 0)
            cells.append(f"{spent / max(run.published, 1):.2f}")
            cells.append(f"{run.resident_kib.get(process, 0) / 1024:.0f}")
        costs.add_row(process, *cells)
    sums = [f"{_milliseconds_each(run):.2f}" for run in last.values()]
    costs.add_row("all", *(cell for each in sums for cell in (each, "")), style="bold")
    return Group(rates, costs, *remarks(runs))


def remarks(runs: Sequence[Measured]) -> list[Text]:
    """What a reader must know before believing the figures."""
    said = []
    for run in runs:
        if not run.complete:
            said.append(
                Text(f"{NAMES[run.pipeline]}: a run did not come to rest in time.", "yellow")
            )
        heavy = [name for name in SERVICES if run.resident_kib.get(name, 0) > LARGEST_RESIDENT_KIB]
        if heavy:
            said.append(Text(f"{NAMES[run.pipeline]}: over 200 MiB: {', '.join(heavy)}.", "yellow"))
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    said.append(
        Text(
            f"{cores} processor cores, load {load:.1f} at the end (the bench's own included); "
            "Kafka, PostgreSQL and the payer share them; fsync on."
        )
    )
    return said


def document(runs: Sequence[Measured], seed: int) -> dict[str, Any]:
    """Everything measured, each run by itself, with medians and ratios."""
    made: dict[str, Any] = {
        "machine": {
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
            "python": platform.python_version(),
        },
        "seed": seed,
        "runs": [_run(run) for run in runs],
        "encounters_per_second": {},
    }
    for leg in ("submitted", "balanced"):
        rates = {
            name: [getattr(run, leg).per_second for run in _of(runs, name)]
            for name in NAMES
            if _of(runs, name)
        }
        figures: dict[str, Any] = {
            name: dict(zip(("least", "median", "most"), spread(each), strict=True))
            for name, each in rates.items()
        }
        if len(rates) == 2 and spread(rates["usual"])[1]:
            figures["ratio"] = ratio(rates["ours"], rates["usual"])
        made["encounters_per_second"][leg] = figures
    return made


def _run(run: Measured) -> dict[str, Any]:
    return {
        "pipeline": run.pipeline,
        "encounters": run.published,
        "complete": run.complete,
        "wall_milliseconds": run.wall_milliseconds,
        "legs": {
            name: {
                "arrived": leg.arrived,
                "counted": leg.counted,
                "milliseconds": leg.milliseconds,
                "per_second": leg.per_second,
            }
            for name, leg in (("submitted", run.submitted), ("balanced", run.balanced))
        },
        "cpu_milliseconds_per_1000_encounters": {
            name: spent * 1000 // max(run.published, 1)
            for name, spent in run.cpu_milliseconds.items()
        },
        "resident_kib": dict(run.resident_kib),
        "dead_letters": run.dead_letters,
        "parked": run.parked,
    }


def show(runs: Sequence[Measured], console: Console) -> None:
    """Print the tables."""
    console.print(tables(runs))


def as_json(runs: Sequence[Measured], seed: int) -> str:
    """``document`` as text."""
    return json.dumps(document(runs, seed), indent=2)
