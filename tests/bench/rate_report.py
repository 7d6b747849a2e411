"""The rates part as tables and as JSON: medians over the rounds, with least and most."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from claimstream.stack.state import SERVICES
from tests.bench.machine import BENCH, OTHERS, MachineUse
from tests.bench.processes import ORDER
from tests.bench.rates import of
from tests.bench.run import NAMES, Contender, Measured, ratio, spread

LARGEST_RESIDENT_KIB = 200 * 1024
SHARES = (*ORDER, BENCH, OTHERS)
_WITHOUT_FRACTION = 100
Figure = Callable[[Measured], float]

RATES: dict[str, tuple[str, Figure]] = {
    "submitted": ("claims submitted", lambda run: run.submitted.per_second),
    "balanced": ("balances due", lambda run: run.balanced.per_second),
    "balanced_steady": ("balances due, steady", lambda run: run.balanced.steady_per_second),
    "sent_through": (
        "encounters sent through",
        lambda run: run.balanced.sent_per_second(run.published),
    ),
    "sent_through_steady": (
        "encounters sent through, steady",
        lambda run: run.balanced.steady_sent_per_second(run.published),
    ),
}
"""What is counted a second, by its name in the JSON. The strict count comes first."""

RATIOS = {"balanced": "", "balanced_steady": ", steady"}
_BASES: tuple[tuple[Contender, str], ...] = (
    ("usual", "times the usual way"),
    ("bare", "of the bare limit"),
)


def tables(runs: Sequence[Measured]) -> list[Table]:
    """How many a second, what limits, what an encounter costs, and what is kept of it."""
    return [_rates(runs), _machine(runs), _costs(runs), _kept(runs)]


def seen(runs: Sequence[Measured]) -> list[Contender]:
    """The contenders of some runs, in their order."""
    return [contender for contender in NAMES if of(runs, contender)]


def figures(runs: Sequence[Measured], contender: Contender, figure: Figure) -> list[float]:
    """One figure of each run of a contender."""
    return [figure(run) for run in of(runs, contender)]


def median(runs: Sequence[Measured], contender: Contender, figure: Figure) -> float:
    """The median over a contender's runs."""
    return spread(figures(runs, contender, figure))[1]


def milliseconds_each(run: Measured, process: str | None = None) -> float:
    """Processor milliseconds an encounter, of one process or of every one of the stack."""
    spent = run.cpu_milliseconds
    whole = sum(spent.values()) if process is None else spent.get(process, 0)
    return whole / max(run.published, 1)


def shown(values: Sequence[float], digits: int = 1) -> str:
    """The median, and least and most where there were several runs; hundreds without a fraction."""
    least, middle, most = spread(values)
    digits = 0 if middle >= _WITHOUT_FRACTION else digits
    if len(values) == 1:
        return f"{middle:,.{digits}f}"
    return f"{middle:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"


def _table(title: str, runs: Sequence[Measured]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for contender in seen(runs):
        table.add_column(NAMES[contender], justify="right")
    return table


def _rates(runs: Sequence[Measured]) -> Table:
    table = _table("A second, at saturation", runs)
    for name, (title, figure) in RATES.items():
        cells = (shown(figures(runs, each, figure)) for each in seen(runs))
        table.add_row(title, *cells, style="bold" if name == "balanced" else None)
    for title, against in ratios(runs).items():
        found = (f"{against[each]:.2f}" if each in against else "" for each in seen(runs))
        table.add_row(title, *found, style="bold")
    last = [of(runs, contender)[-1] for contender in seen(runs)]
    counts: dict[str, Callable[[Measured], object]] = {
        "runs": lambda run: len(of(runs, run.contender)),
        "encounters sent": lambda run: f"{run.published:,}",
        "claims / balances seen": lambda run: (
            f"{run.submitted.arrived:,} / {run.balanced.arrived:,}"
        ),
        "dead letters": lambda run: run.dead_letters,
        "parked events": lambda run: run.parked,
    }
    for title, count in counts.items():
        table.add_row(title, *(str(count(run)) for run in last), style="dim")
    return table


def ratios(runs: Sequence[Measured]) -> dict[str, dict[Contender, float]]:
    """Medians of the whole cycle against the usual way and against the bare limit."""
    found: dict[str, dict[Contender, float]] = {}
    for name, suffix in RATIOS.items():
        figure = RATES[name][1]
        for base, title in _BASES:
            if of(runs, base):
                against = figures(runs, base, figure)
                found[title + suffix] = {
                    each: ratio(figures(runs, each, figure), against) for each in seen(runs)
                }
    return found


def _machine(runs: Sequence[Measured]) -> Table:
    table = _table("The processors until 95% of the balances were there", runs)
    rows: dict[str, Callable[[MachineUse], float]] = {
        "busy, % of the machine": lambda use: use.busy,
        "idle": lambda use: use.idle,
        "idle, something waiting for the disk": lambda use: use.disk,
        "taken by the host": lambda use: use.stolen,
    }
    for title, share in rows.items():
        table.add_row(title, *_shares(runs, share))
    table.add_row("busy while steady", *_shares(runs, lambda use: use.busy, steady=True))
    for process in SHARES:
        table.add_row(
            f"{process}, % of one core",
            *_shares(runs, _share_of(process)),
            style="dim",
        )
    limits = (_limit(of(runs, contender)[-1]) for contender in seen(runs))
    table.add_row("what limits", *limits, style="bold")
    return table


def _shares(
    runs: Sequence[Measured], share: Callable[[MachineUse], float], *, steady: bool = False
) -> Iterator[str]:
    for contender in seen(runs):
        uses = [run.machine_steady if steady else run.machine for run in of(runs, contender)]
        known = [share(use) for use in uses if use is not None]
        yield shown(known, 0) if known else ""


def _share_of(process: str) -> Callable[[MachineUse], float]:
    return lambda use: use.by_process.get(process, 0.0)


def _limit(run: Measured) -> str:
    use = run.machine_steady or run.machine
    return "" if use is None else use.limit()


def _costs(runs: Sequence[Measured]) -> Table:
    table = Table(title="Processor milliseconds an encounter, MiB resident at the end: medians")
    table.title_justify = "left"
    table.add_column("process")
    for contender in seen(runs):
        table.add_column(NAMES[contender], justify="right")
        table.add_column("MiB", justify="right")
    for process in ORDER:
        cells = []
        for contender in seen(runs):
            spent, kept = (median(runs, contender, each) for each in _of_process(process))
            cells += [f"{spent:.2f}", f"{kept:.0f}"]
        table.add_row(process, *cells)
    sums = (shown(figures(runs, each, milliseconds_each), 2) for each in seen(runs))
    table.add_row("all", *(cell for each in sums for cell in (each, "")), style="bold")
    return table


def _of_process(process: str) -> tuple[Figure, Figure]:
    """Processor milliseconds an encounter, and MiB."""
    return (
        lambda run: milliseconds_each(run, process),
        lambda run: run.resident_kib.get(process, 0) / 1024,
    )


def _start(step: str) -> Figure:
    return lambda run: run.start_milliseconds.get(step, 0) / 1000


def _kept(runs: Sequence[Measured]) -> Table:
    table = _table("Bytes an encounter; seconds of start-up: medians", runs)
    sizes: dict[str, Figure] = {
        "Kafka, on disk": lambda run: run.kept.kafka_bytes / max(run.published, 1),
        "PostgreSQL, tables and indexes": lambda run: run.kept.table_bytes / max(run.published, 1),
        "PostgreSQL, WAL": lambda run: run.kept.wal_bytes / max(run.published, 1),
    }
    for title, size in sizes.items():
        table.add_row(title, *(f"{median(runs, each, size):,.0f}" for each in seen(runs)))
    for step in dict.fromkeys(step for run in runs for step in run.start_milliseconds):
        spent = [median(runs, each, _start(step)) for each in seen(runs)]
        table.add_row(f"start: {step}", *(f"{each:.1f}" for each in spent), style="dim")
    return table


def remarks(runs: Sequence[Measured]) -> Iterator[Text]:
    """What a reader must know before believing the figures, each once."""
    said = [*(sentence for run in runs for sentence in _doubts(run)), *_misfits(runs)]
    for sentence in dict.fromkeys(said):
        yield Text(sentence, "yellow")


def _doubts(run: Measured) -> Iterator[str]:
    name = NAMES[run.contender]
    if not run.complete:
        yield f"{name}: a run did not come to rest in time."
    if run.machine is not None and run.machine.disturbed:
        yield f"{name}: other programs took a tenth of the machine or more."
    heavy = [each for each in SERVICES if run.resident_kib.get(each, 0) > LARGEST_RESIDENT_KIB]
    if heavy:
        yield f"{name}: over 200 MiB: {', '.join(heavy)}."


def _misfits(runs: Iterable[Measured]) -> Iterator[str]:
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


def document(runs: Sequence[Measured]) -> dict[str, Any]:
    """Each run by itself, with medians and ratios."""
    return {
        "runs": [_run(run) for run in runs],
        "encounters_per_second": {
            name: {each: _spread(figures(runs, each, figure)) for each in seen(runs)}
            for name, (_, figure) in RATES.items()
        },
        "ratios": ratios(runs),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return dict(zip(("least", "median", "most"), spread(values), strict=True))


def _run(run: Measured) -> dict[str, Any]:
    sent = max(run.published, 1)
    return {
        "contender": run.contender,
        "encounters": run.published,
        "complete": run.complete,
        "wall_milliseconds": run.wall_milliseconds,
        "encounters_per_second": {name: figure(run) for name, (_, figure) in RATES.items()},
        "legs": {name: asdict(leg) for name, leg in _legs(run).items()},
        "machine": asdict(run.machine) if run.machine else None,
        "machine_steady": asdict(run.machine_steady) if run.machine_steady else None,
        "what_limits": _limit(run),
        "cpu_milliseconds_per_1000_encounters": {
            name: spent * 1000 // sent for name, spent in run.cpu_milliseconds.items()
        },
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


def _legs(run: Measured) -> Mapping[str, Any]:
    return {"submitted": run.submitted, "balanced": run.balanced}
