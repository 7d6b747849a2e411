"""The edit tables at full size: how long they take to open and to ask, and their memory.

    python -m tests.bench.coding_tables            imports the public sample data first
    python -m tests.bench.coding_tables FOLDER     measures what was imported into FOLDER

Processor time, not the clock's. Two processes open the tables, so that what they share shows.
"""

import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import psutil
import typer

from services.coding.codesets.importing import Import, dates_of
from services.coding.codesets.library import CodeSetLibrary
from tests.shared_data import SHARED, shared

RELEASE, ON = "2024Q3", date(2024, 8, 1)
FILES = {
    "ncci-ptp": ["ncci_ptp_prac.csv.gz"],
    "ncci-mue": ["ncci_mue_prac.csv"],
    "ncci-addon": ["ncci_aoc.csv"],
    "pfs": ["pfs_rvu_ind.csv", "pfs_rvu_amt.csv"],
}
_LOOK_UPS = 20_000
_MEGABYTE = 1_048_576


def import_sample(folder: Path) -> None:
    """Import the public tables, each timed."""
    dates = dates_of(RELEASE)
    assert dates is not None
    for kind, names in FILES.items():
        paths = tuple(shared("coding", "cms_2024q3", name) for name in names)
        before = time.process_time()
        done = Import(kind, paths, RELEASE, *dates).into(folder)
        typer.echo(
            f"import {kind}: {sum(each.rows for each in done.manifests)} rows, "
            f"{time.process_time() - before:.1f} s"
        )


def measure(folder: Path) -> dict[str, str]:
    """Open everything in ``folder`` and what ships, and ask for pairs there and pairs not there."""
    process = psutil.Process()
    bare = process.memory_info().rss
    before = time.process_time()
    library = CodeSetLibrary(own=folder, stand_ins={"hcpcs": "2024-07", "icd10cm": "FY2026"})
    library.open_all()
    found = {"open": f"{(time.process_time() - before) * 1000:.0f} ms"}
    manifest = next(each for each in library.manifests if each.code_set == "ncci-ptp")
    there = [name.split() for name, _ in itertools.islice(library.rows(manifest), 0, None, 97)]
    codes = sorted({code for pair in there for code in pair})
    chance = random.Random(7)
    named = [chance.choice(there) for _ in range(_LOOK_UPS)]
    strange = [[chance.choice(codes), chance.choice(codes)] for _ in range(_LOOK_UPS)]
    tables = library.edits
    found["a pair that is there"] = _each(lambda pair: tables.pair(pair[0], pair[1], ON), named)
    found["a pair at random"] = _each(lambda pair: tables.pair(pair[0], pair[1], ON), strange)
    found["a unit limit"] = _each(
        lambda pair: tables.unit_limit(pair[0], ON, facility=False), named
    )
    found["fee indicators"] = _each(lambda pair: tables.fee_indicators(pair[0], ON), named)
    found["an add-on code"] = _each(lambda pair: tables.add_on(pair[0], ON), named)
    memory = process.memory_full_info()
    found["resident, of it before opening"] = (
        f"{memory.rss // _MEGABYTE} MB, {bare // _MEGABYTE} MB"
    )
    found["of this process alone"] = f"{memory.uss // _MEGABYTE} MB"
    return found


def _each(look_up: Callable[[Sequence[str]], object], pairs: Sequence[Sequence[str]]) -> str:
    before = time.process_time()
    for pair in pairs:
        look_up(pair)
    return f"{(time.process_time() - before) / len(pairs) * 1e6:.1f} us"


def main(arguments: Sequence[str]) -> None:
    """Measure in a fresh process, beside another that has the same tables open."""
    if arguments[:1] == ["--measure"]:
        typer.echo(json.dumps(measure(Path(arguments[1]))))
        sys.stdin.read()
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments[0]) if arguments else Path(scratch)
        if not arguments:
            if SHARED is None:
                typer.echo("left out: the public sample data is not beside this checkout")
                return
            import_sample(folder)
        command = [sys.executable, "-m", "tests.bench.coding_tables", "--measure", str(folder)]
        processes: list[subprocess.Popen[str]] = []
        try:
            for number in (1, 2):
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
                processes.append(process)
                assert process.stdout is not None
                for name, value in json.loads(process.stdout.readline()).items():
                    typer.echo(f"process {number}, {name}: {value}")
        finally:
            for process in processes:
                process.communicate()


if __name__ == "__main__":
    main(sys.argv[1:])
