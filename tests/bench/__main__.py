"""``python -m tests.bench``: encounters a second, claimstream and the usual way, in one run.

Exit codes: 0 measured, whatever the figures; 1 a stack did not start or nothing came through;
2 wrong usage.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from claimstream.stack.errors import StackError
from tests.bench.bench_stack import Pipeline
from tests.bench.report import NAMES, as_json, show
from tests.bench.run import Measured, measure
from tests.bench.traffic import traffic

_WARM_UP = 60


def main(
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


if __name__ == "__main__":
    typer.run(main)
