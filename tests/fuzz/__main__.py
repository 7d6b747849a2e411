"""``python -m tests.fuzz``: feed every edge with bad input, print what became of it.

``make fuzz ARGS="--inputs 1000000"``. The exit code is 1 when anything crashed.
"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fuzz.run import Tally, fuzz, keep, replay
from tests.fuzz.targets import named

_OF_A_THOUSAND = 1_000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="in all, shared out by weight")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", default=[], help="may be given again")
    parser.add_argument("--each", type=int, default=0, help="inputs a target, whatever its weight")
    parser.add_argument("--replay", action="store_true", help="only what crashed once")
    parser.add_argument("--keep", action="store_true", help="write crashers into the corpus")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    return parser.parse_args()


def table_of(tallies: list[Tally]) -> Table:
    """The figures for people."""
    table = Table(box=None, pad_edge=False)
    table.add_column("TARGET")
    for heading in ("INPUTS", "STRUCTURED", "BYTES", "ACTED ON", "CRASHES", "SLOWEST MS"):
        table.add_column(heading, justify="right")
    for each in tallies:
        table.add_row(
            each.target,
            f"{each.inputs:,}",
            f"{each.made['structured']:,}",
            f"{each.made['bytes']:,}",
            f"{each.outcomes['decided']:,}",
            str(len(each.crashes)),
            str(each.slowest_microseconds // 1000),
        )
    return table


def main() -> int:
    """Run, print, and say by the exit code whether anything crashed."""
    given = _arguments()
    console = Console()
    try:
        targets = named(given.target)
    except LookupError as error:
        console.print(str(error))
        return 2
    weight = sum(target.share for target in targets)
    tallies: list[Tally] = []
    for target in targets:
        if given.replay:
            tallies.append(replay(target))
            continue
        inputs = given.each or given.inputs * target.share // weight
        tallies.append(
            fuzz(target, inputs, given.seed, lambda tally: print_progress(console, tally))
        )
    crashes = [crash for tally in tallies for crash in tally.crashes]
    console.print(table_of(tallies))
    console.print(f"{sum(tally.inputs for tally in tallies):,} inputs, {len(crashes)} crashes.")
    for place in sorted({f"{crash.target}: {crash.fault} at {crash.where}" for crash in crashes}):
        console.print(f"  {place}", markup=False)
    if given.keep:
        for path in keep(crashes):
            console.print(f"kept {path}", markup=False)
    if given.json is not None:
        report = {"seed": given.seed, "targets": [tally.as_json() for tally in tallies]}
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if crashes else 0


def print_progress(console: Console, tally: Tally) -> None:
    """One line now and then, for long runs whose output is a file."""
    console.print(
        f"{tally.target}: {tally.inputs:,} inputs, {len(tally.crashes)} crashes", style="dim"
    )


if __name__ == "__main__":
    sys.exit(main())
