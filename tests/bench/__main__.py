"""``python -m tests.bench``: encounters a second, claimstream and the usual way, in one run.

Exit codes: 0 measured, whatever the figures; 1 a stack did not start or nothing came through;
2 wrong usage.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from claimstream.stack.errors import StackError
from claimstream.stack.state import SERVICES
from tests.bench.bench_stack import Pipeline
from tests.bench.capture import captured
from tests.bench.flame_graph import flame_graph
from tests.bench.report import NAMES, as_json, show
from tests.bench.run import Measured, measure
from tests.bench.sampling import Sampler, folded, heaviest
from tests.bench.stage_report import show_stages, stages_document
from tests.bench.stages import BATCH_RECORDS, StageCost, measured
from tests.bench.traffic import traffic

_WARM_UP = 60
_RESULTS = Path("bench-results")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    *,
    encounters: Annotated[
        int, typer.Option(min=10, help="Encounters sent through claimstream in a round.")
    ] = 4000,
    usual_encounters: Annotated[
        int, typer.Option(min=10, help="The first so many of them, sent through the usual way.")
    ] = 400,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the two ways take turns.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the encounters.")] = 7,
    only: Annotated[str, typer.Option(help="Measure one way: ours or usual.")] = "",
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
    if only not in {"", *NAMES}:
        raise typer.BadParameter("ours or usual", param_hint="--only")
    progress = Console(stderr=True)
    sent: dict[Pipeline, int] = {
        "ours": encounters,
        "usual": min(usual_encounters, encounters),
    }
    chosen = [name for name in sent if only in {"", name}]
    warm_up = traffic(_WARM_UP, seed + 1)
    runs: list[Measured] = []
    for number in range(rounds):
        for pipeline in chosen:
            title = f"{NAMES[pipeline]}, round {number + 1} of {rounds}"

            def say(text: str, title: str = title) -> None:
                progress.print(f"{title}: {text}", highlight=False, soft_wrap=True)

            with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
                load = traffic(encounters, seed, taken=sent[pipeline])
                state = Path(scratch) / "state"
                kept = logs / f"{number + 1}-{pipeline}" if logs else None
                try:
                    runs.append(measure(pipeline, state, warm_up, load, say, keep_logs=kept))
                except StackError as error:
                    progress.print(f"{title}: {error}", style="red")
                    raise typer.Exit(1) from None
    show(runs, Console())
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(as_json(runs, seed) + "\n", encoding="utf-8")
    if not all(run.balanced.arrived for run in runs):
        progress.print("No encounter reached a patient balance: see above.", style="red")
        sys.exit(1)


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
    progress = Console(stderr=True)
    try:
        found = captured(encounters, seed, progress.print, again=capture)
    except StackError as error:
        progress.print(str(error), style="red")
        raise typer.Exit(1) from None
    costs: list[StageCost] = []
    for name in SERVICES:
        if service not in {"all", name}:
            continue
        costs.append(measured(name, found, batch_records=batch_records))
        if profile:
            sampler = Sampler()
            measured(name, found, batch_records=batch_records, sampler=sampler)
            _keep_profile(f"stages-{name}", sampler, progress)
    show_stages(costs, Console())
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(stages_document(costs), indent=2) + "\n", encoding="utf-8")


def _keep_profile(name: str, sampler: Sampler, progress: Console) -> None:
    _RESULTS.mkdir(exist_ok=True)
    kept = {
        f"{name}.svg": flame_graph(sampler.stacks, name),
        f"{name}.folded": folded(sampler.stacks),
        f"{name}.txt": heaviest(sampler.stacks),
    }
    for file, text in kept.items():
        (_RESULTS / file).write_text(text, encoding="utf-8")
    progress.print(f"{_RESULTS / name}.svg, .txt and .folded")


if __name__ == "__main__":
    app()
