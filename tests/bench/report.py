"""What was measured, as tables for a person and as JSON for a program."""

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from claimstream.stack.state import SERVICES
from tests.bench.hot_spots import STAGES, HotSpots
from tests.bench.latency import Latency
from tests.bench.processes import ORDER
from tests.bench.rates import of
from tests.bench.recovery import Recovery
from tests.bench.run import NAMES, Contender, Measured, ratio, spread

LEGS = {"submitted": "claim submitted", "balanced": "patient balance due"}
LARGEST_RESIDENT_KIB = 200 * 1024


@dataclass(frozen=True, slots=True)
class Results:
    """Every part that was measured; the others are empty."""

    seed: int
    rates: Sequence[Measured] = ()
    latency: Latency | None = None
    hot_spots: HotSpots | None = None
    recovery: Recovery | None = None


def tables(results: Results) -> Group:
    """A table a part, then what a reader must know before believing them."""
    parts: list[RenderableType] = []
    if results.rates:
        parts += [_rates(results.rates), _costs(results.rates), _kept(results.rates)]
    if results.latency is not None:
        parts.append(_latency(results.latency))
    if results.hot_spots is not None:
        parts.append(_hot_spots(results.hot_spots))
    if results.recovery is not None:
        parts.append(_recovery(results.recovery))
    return Group(*parts, *_remarks(results.rates))


def _seen(runs: Sequence[Measured]) -> list[Contender]:
    return [contender for contender in NAMES if of(runs, contender)]


def _per_second(runs: Sequence[Measured], contender: Contender, leg: str) -> list[float]:
    return [getattr(run, leg).per_second for run in of(runs, contender)]


def _rate(rates: Sequence[float]) -> str:
    least, median, most = spread(rates)
    return f"{median:.1f}" if len(rates) == 1 else f"{median:.1f} ({least:.1f} to {most:.1f})"


def _rates(runs: Sequence[Measured]) -> Table:
    table = Table(title="Encounters a second, at saturation", title_justify="left")
    table.add_column("from documented to")
    seen = _seen(runs)
    for contender in seen:
        table.add_column(NAMES[contender], justify="right")
    for leg, title in LEGS.items():
        table.add_row(title, *(_rate(_per_second(runs, each, leg)) for each in seen))
    for title, figures in ratios(runs).items():
        shown = [f"{figures[each]:.2f}" if each in figures else "" for each in seen]
        table.add_row(title, *shown, style="bold")
    last = [of(runs, contender)[-1] for contender in seen]
    for title, what in (
        ("encounters sent", "published"),
        ("dead letters", "dead_letters"),
        ("parked events", "parked"),
    ):
        table.add_row(title, *(str(getattr(run, what)) for run in last), style="dim")
    arrived = (f"{run.submitted.arrived} / {run.balanced.arrived}" for run in last)
    table.add_row("claims / balances seen", *arrived, style="dim")
    return table


def ratios(runs: Sequence[Measured]) -> dict[str, dict[Contender, float]]:
    """Medians of the whole cycle against the usual way and against the bare limit."""
    found: dict[str, dict[Contender, float]] = {}
    bases: tuple[tuple[Contender, str], ...] = (
        ("usual", "times the usual way"),
        ("bare", "of the bare limit"),
    )
    for base, title in bases:
        if of(runs, base):
            against = _per_second(runs, base, "balanced")
            found[title] = {
                each: ratio(_per_second(runs, each, "balanced"), against) for each in _seen(runs)
            }
    return found


def _costs(runs: Sequence[Measured]) -> Table:
    table = Table(title="Processor milliseconds an encounter, MiB resident at the end")
    table.title_justify = "left"
    table.add_column("process")
    last = {contender: of(runs, contender)[-1] for contender in _seen(runs)}
    for contender in last:
        table.add_column(NAMES[contender], justify="right")
        table.add_column("MiB", justify="right")
    for process in ORDER:
        cells = []
        for run in last.values():
            cells.append(f"{run.cpu_milliseconds.get(process, 0) / max(run.published, 1):.2f}")
            cells.append(f"{run.resident_kib.get(process, 0) / 1024:.0f}")
        table.add_row(process, *cells)
    sums = [f"{milliseconds_each(run):.2f}" for run in last.values()]
    table.add_row("all", *(cell for each in sums for cell in (each, "")), style="bold")
    return table


def milliseconds_each(run: Measured) -> float:
    """Processor milliseconds an encounter, over every process of the stack."""
    return sum(run.cpu_milliseconds.values()) / max(run.published, 1)


def _kept(runs: Sequence[Measured]) -> Table:
    table = Table(title="Bytes an encounter; seconds of start-up", title_justify="left")
    table.add_column("")
    last = {contender: of(runs, contender)[-1] for contender in _seen(runs)}
    for contender in last:
        table.add_column(NAMES[contender], justify="right")
    for title, what in (
        ("Kafka, on disk", "kafka_bytes"),
        ("PostgreSQL, tables and indexes", "table_bytes"),
        ("PostgreSQL, WAL", "wal_bytes"),
    ):
        shown = (f"{getattr(r.kept, what) // max(r.published, 1):,}" for r in last.values())
        table.add_row(title, *shown)
    for step in _steps(last.values()):
        shown = (f"{run.start_milliseconds.get(step, 0) / 1000:.1f}" for run in last.values())
        table.add_row(f"start: {step}", *shown, style="dim")
    return table


def _steps(runs: Iterable[Measured]) -> list[str]:
    return list(dict.fromkeys(step for run in runs for step in run.start_milliseconds))


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
    if not latency.complete:
        table.caption = "the run did not come to rest in time"
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
    table.add_column("")
    table.add_column("seconds", justify="right")
    table.add_column("events a second", justify="right")
    for title, spent in (
        (f"{recovery.backlog_events} events read and coded", recovery.read_milliseconds),
        ("nothing left to do anywhere", recovery.drained_milliseconds),
    ):
        rate = recovery.backlog_events * 1000 // max(spent, 1)
        table.add_row(title, f"{spent / 1000:.1f}", str(rate))
    if not recovery.complete:
        table.caption = "the backlog did not drain in time"
    return table


def _remarks(runs: Sequence[Measured]) -> list[Text]:
    """What a reader must know before believing the figures."""
    said = []
    for run in runs:
        name = NAMES[run.contender]
        if not run.complete:
            said.append(Text(f"{name}: a run did not come to rest in time.", "yellow"))
        heavy = [each for each in SERVICES if run.resident_kib.get(each, 0) > LARGEST_RESIDENT_KIB]
        if heavy:
            said.append(Text(f"{name}: over 200 MiB: {', '.join(heavy)}.", "yellow"))
    said += [Text(sentence, "yellow") for sentence in _misfits(runs)]
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    said.append(
        Text(
            f"{cores} processor cores, load {load:.1f} at the end (the bench's own included); "
            "Kafka, PostgreSQL and the payer share them; fsync on."
        )
    )
    return said


def _misfits(runs: Sequence[Measured]) -> Iterator[str]:
    """Runs on premade answers through which clearly fewer encounters came than through others."""
    shares = {
        run.contender: run.balanced.arrived * 100 // max(run.published, 1)
        for run in runs
        if run.contender in {"live", "ours", "usual"}
    }
    best = max(shares.values(), default=0)
    for contender, share in shares.items():
        if share < best - 10:
            yield (
                f"{NAMES[contender]}: {share}% reached a balance, elsewhere {best}%: "
                "the premade answers do not fit its claims."
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
        runs = results.rates
        made["runs"] = [_run(run) for run in runs]
        made["encounters_per_second"] = {
            leg: {
                each: dict(
                    zip(
                        ("least", "median", "most"),
                        spread(_per_second(runs, each, leg)),
                        strict=True,
                    )
                )
                for each in _seen(runs)
            }
            for leg in LEGS
        }
        made["ratios"] = ratios(runs)
    if results.latency is not None:
        made["latency_milliseconds"] = asdict(results.latency)
    if results.hot_spots is not None:
        found = results.hot_spots
        made["cpu_milliseconds_per_encounter_by_stage"] = {
            name: found.milliseconds(name) for name in found.stacks
        }
    if results.recovery is not None:
        made["recovery"] = asdict(results.recovery)
    return made


def _run(run: Measured) -> dict[str, Any]:
    sent = max(run.published, 1)
    return {
        "contender": run.contender,
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
        "cpu_milliseconds_per_1000_encounters": _per_thousand(run.cpu_milliseconds, sent),
        "resident_kib": dict(run.resident_kib),
        "bytes_per_encounter": {
            "kafka": run.kept.kafka_bytes // sent,
            "postgres_wal": run.kept.wal_bytes // sent,
            "postgres_tables": {name: size // sent for name, size in run.kept.tables.items()},
        },
        "start_milliseconds": dict(run.start_milliseconds),
        "dead_letters": run.dead_letters,
        "parked": run.parked,
    }


def _per_thousand(figures: Mapping[str, int], sent: int) -> dict[str, int]:
    return {name: spent * 1000 // sent for name, spent in figures.items()}


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    console.print(tables(results))


def as_json(results: Results) -> str:
    """``document`` as text."""
    return json.dumps(document(results), indent=2)
