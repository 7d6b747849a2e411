"""``python -m tests.bench``: how fast it is, against the usual way and against the bare limit.

Exit codes: 0 measured, whatever the figures; 1 a stack did not start or nothing came through;
2 wrong usage.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.console import Console

from claimstream.stack.errors import StackError
from claimstream.stack.state import SERVICES
from tests.bench.capture import Sample, captured
from tests.bench.chart import chart
from tests.bench.coding_speed import coding_speed_table, measure_coding_speed
from tests.bench.flame_graph import flame_graph
from tests.bench.history import HistoryCost, measure_history
from tests.bench.history_report import history_document, show_history
from tests.bench.hot_spots import HotSpots, measure_hot_spots
from tests.bench.latency import measure_latency
from tests.bench.rates import ORDER, Race, run_race
from tests.bench.rebalance import Assignor, Load, measure_rebalance, show_stalls
from tests.bench.recovery import measure_recovery
from tests.bench.report import Results, as_json, show
from tests.bench.run import Contender
from tests.bench.sampling import Sampler, Stack, folded, heaviest
from tests.bench.stage_report import show_stages, stages_document
from tests.bench.stages import BATCH_RECORDS, StageCost, measured
from tests.bench.traffic import Say
from tests.bench.x12_contenders import CONTENDERS
from tests.bench.x12_speed import X12Error, measure_x12, x12_document, x12_tables

PARTS = ("rates", "latency", "cpu", "recovery", "x12", "coding")
_RESULTS = Path("bench-results")
_X12_MEGABYTES, _X12_LARGE, _X12_ROUNDS = 8, 100, 3

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_progress = Console(stderr=True)
_output = Console(width=None if sys.stdout.isatty() else 130)


def _say_for(title: str) -> Say:
    def say(text: str) -> None:
        _progress.print(f"{title}: {text}", highlight=False, soft_wrap=True)

    return say


def _chosen(text: str, known: tuple[str, ...], option: str) -> list[str]:
    chosen = [each.strip() for each in text.split(",") if each.strip()] or list(known)
    if not set(chosen) <= set(known):
        raise typer.BadParameter(f"any of {', '.join(known)}", param_hint=option)
    return chosen


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    *,
    only: Annotated[
        str, typer.Option(help=f"Parts, with commas between: {', '.join(PARTS)}.")
    ] = "",
    contenders: Annotated[
        str, typer.Option(help=f"Who takes part in rates: {', '.join(ORDER)}.")
    ] = "",
    encounters: Annotated[
        int, typer.Option(min=10, help="Encounters sent through claimstream in a round.")
    ] = 30_000,
    usual_encounters: Annotated[
        int, typer.Option(min=10, help="The first so many of them, sent through the usual way.")
    ] = 3000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the contenders take turns.")] = 2,
    live_rounds: Annotated[
        int, typer.Option(min=0, help="The live payer takes part in the first so many of them.")
    ] = 1,
    per_second: Annotated[
        int, typer.Option(min=1, help="Encounters a second while latency is measured.")
    ] = 100,
    latency_encounters: Annotated[
        int, typer.Option(min=10, help="Encounters in the latency run.")
    ] = 2000,
    cpu_encounters: Annotated[
        int, typer.Option(min=10, help="Encounters in the run with sampled services.")
    ] = 1500,
    backlog: Annotated[
        int, typer.Option(min=100, help="Events that pile up before recovery.")
    ] = 3000,
    seed: Annotated[int, typer.Option(help="Seed of the encounters.")] = 7,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure to this file.")
    ] = None,
    logs: Annotated[
        Path | None, typer.Option(help="Keep the logs of each run's processes in this folder.")
    ] = None,
) -> None:
    """Measure and compare; timings are reported, never judged."""
    if context.invoked_subcommand is not None:
        return
    parts = _chosen(only, PARTS, "--only")
    taking_part: list[Contender] = [
        each for each in ORDER if each in _chosen(contenders, get_args(Contender), "--contenders")
    ]
    race = Race(taking_part, encounters, usual_encounters, rounds, live_rounds, seed, logs)

    def kept(part: str) -> Path | None:
        return logs / part if logs else None

    try:
        runs = run_race(race, _say_for) if "rates" in parts else []
        latency = (
            measure_latency(
                latency_encounters, per_second, seed, _say_for("latency"), logs=kept("latency")
            )
            if "latency" in parts
            else None
        )
        hot_spots = (
            measure_hot_spots(cpu_encounters, seed, _say_for("cpu"), logs=kept("cpu"))
            if "cpu" in parts
            else None
        )
        recovery = (
            measure_recovery(backlog, seed, _say_for("recovery"), logs=kept("recovery"))
            if "recovery" in parts
            else None
        )
        x12_speed = (
            measure_x12(_X12_MEGABYTES, _X12_LARGE, _X12_ROUNDS, _say_for("x12"))
            if "x12" in parts
            else []
        )
        coding = measure_coding_speed() if "coding" in parts else None
    except (StackError, X12Error) as error:
        _progress.print(str(error), style="red")
        raise typer.Exit(1) from None
    results = Results(seed, runs, latency, hot_spots, recovery, x12_speed, coding)
    show(results, _output)
    _keep(results)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(as_json(results) + "\n", encoding="utf-8")
    if not all(run.balanced.arrived for run in runs):
        _progress.print("No encounter reached a patient balance: see above.", style="red")
        sys.exit(1)


def _keep(results: Results) -> None:
    """The pictures."""
    if results.rates:
        _RESULTS.mkdir(exist_ok=True)
        (_RESULTS / "rates.svg").write_text(chart(results.rates), encoding="utf-8")
        _progress.print(f"{_RESULTS / 'rates.svg'}")
    if results.hot_spots is not None:
        _keep_hot_spots(results.hot_spots)


def _keep_hot_spots(found: HotSpots) -> None:
    for name, stacks in found.stacks.items():
        _keep_profile(f"running-{name}", stacks)


@app.command()
def stages(
    *,
    service: Annotated[str, typer.Option(help=f"One of {', '.join(SERVICES)}, or all.")] = "all",
    encounters: Annotated[int, typer.Option(min=10, help="Encounters in the captured run.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the encounters.")] = 7,
    batch_records: Annotated[int, typer.Option(min=1, help="Records in a batch.")] = BATCH_RECORDS,
    profile: Annotated[
        bool, typer.Option("--profile", help="Write flame graphs and the heaviest functions.")
    ] = False,
    capture: Annotated[
        bool, typer.Option("--capture", help="Capture the input anew by a run of the stack.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure to this file.")
    ] = None,
) -> None:
    """Processor time of one service by stage, in one process, on what it read in a real run."""
    if service not in {"all", *SERVICES}:
        raise typer.BadParameter(f"all, {', '.join(SERVICES)}", param_hint="--service")
    try:
        found = captured(Sample.whole(encounters, seed), _say_for("capture"), again=capture)
    except StackError as error:
        _progress.print(str(error), style="red")
        raise typer.Exit(1) from None
    costs: list[StageCost] = []
    for name in SERVICES:
        if service not in {"all", name}:
            continue
        costs.append(measured(name, found, batch_records=batch_records))
        if profile:
            sampler = Sampler(fine=True)
            measured(name, found, batch_records=batch_records, sampler=sampler)
            _keep_profile(f"stages-{name}", sampler.stacks)
    show_stages(costs, _output)
    document = stages_document(costs)
    if service in {"all", "coding"}:
        alone = measure_coding_speed()
        _output.print(coding_speed_table(alone))
        document["coding"]["alone"] = alone
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


@app.command()
def rebalance(
    *,
    members: Annotated[int, typer.Option(min=2, help="Members of the group at first.")] = 4,
    partitions: Annotated[int, typer.Option(min=2, help="Partitions of each topic.")] = 12,
    per_second: Annotated[int, typer.Option(min=1, help="Records a second, all keys.")] = 100,
    phase_seconds: Annotated[int, typer.Option(min=1, help="How long each event is watched.")] = 15,
    assignor: Annotated[str, typer.Option(help="range, as in production, or sticky.")] = "range",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure to this file.")
    ] = None,
    logs: Annotated[
        Path | None, typer.Option(help="Keep the members' logs in this folder.")
    ] = None,
) -> None:
    """How long keys stand still while members of a group join, leave and are killed."""
    if assignor not in get_args(Assignor):
        raise typer.BadParameter(", ".join(get_args(Assignor)), param_hint="--assignor")
    load = Load(
        members,
        partitions,
        per_second=per_second,
        phase_seconds=phase_seconds,
        assignor=cast("Assignor", assignor),
    )
    stalls = asyncio.run(measure_rebalance(load, _say_for("rebalance"), logs=logs))
    show_stalls(stalls, _output)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(asdict(stalls), indent=2) + "\n", encoding="utf-8")


@app.command()
def history(
    *,
    service: Annotated[str, typer.Option(help=f"One of {', '.join(SERVICES)}, or all.")] = "all",
    few: Annotated[int, typer.Option(min=1, help="Claims of little history.")] = 10_000,
    many: Annotated[int, typer.Option(min=1, help="Claims of much: 7 GB of disk a million.")] = (
        1_000_000
    ),
    encounters: Annotated[int, typer.Option(min=10, help="Encounters in the captured run.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the encounters.")] = 7,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure to this file.")
    ] = None,
) -> None:
    """What an event costs on top of many claims of history, against few: each service alone."""
    if service not in {"all", *SERVICES}:
        raise typer.BadParameter(f"all, {', '.join(SERVICES)}", param_hint="--service")
    try:
        found = captured(Sample.whole(encounters, seed), _say_for("capture"))
    except StackError as error:
        _progress.print(str(error), style="red")
        raise typer.Exit(1) from None
    costs: list[HistoryCost] = []
    for name in SERVICES:
        if service in {"all", name}:
            costs.append(measure_history(name, found, (few, many), _say_for("history")))
            show_history(costs[-1:], _output)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(history_document(costs), indent=2) + "\n", encoding="utf-8")


@app.command()
def x12(
    *,
    megabytes: Annotated[int, typer.Option(min=1, help="Size of the files.")] = _X12_MEGABYTES,
    large: Annotated[
        int, typer.Option(min=0, help="Megabytes of the files that are streamed for their memory.")
    ] = _X12_LARGE,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the fastest counts.")] = _X12_ROUNDS,
    only: Annotated[
        str, typer.Option(help=f"Contenders, with commas between: {', '.join(CONTENDERS)}.")
    ] = "",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write every figure to this file.")
    ] = None,
) -> None:
    """X12 read and written: processor time and memory, beside str.split, oxedi and pyx12."""
    names = _chosen(only, tuple(CONTENDERS), "--only")
    try:
        found = measure_x12(megabytes, large, rounds, _say_for("x12"), names)
    except X12Error as error:
        _progress.print(str(error), style="red")
        raise typer.Exit(1) from None
    _output.print(x12_tables(found))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(x12_document(found), indent=2) + "\n", encoding="utf-8")


def _keep_profile(name: str, stacks: Counter[Stack]) -> None:
    _RESULTS.mkdir(exist_ok=True)
    writers: dict[str, Callable[[], str]] = {
        "svg": lambda: flame_graph(stacks, name),
        "folded": lambda: folded(stacks),
        "txt": lambda: heaviest(stacks),
    }
    for suffix, write in writers.items():
        (_RESULTS / f"{name}.{suffix}").write_text(write(), encoding="utf-8")
    _progress.print(f"{_RESULTS / name}.svg, .txt and .folded")


if __name__ == "__main__":
    app()
