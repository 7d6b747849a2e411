"""``python -m tests.fuzz.guided TARGET``: one target, guided by coverage (needs atheris).

Atheris is no dependency of the project: it is large, and made for few platforms. Where it is
installed, libFuzzer mutates, and keeps what reaches new branches of our own code. What a crash is
is the same as in ``python -m tests.fuzz``; the figures go to a file.
"""

import argparse
import importlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_WRITE_EVERY = 1_000
_LARGEST_INPUT_BYTES = 32_768
_OURS = ["schemas", "services", "simulators"]


def main() -> int:
    """Feed so many inputs; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, default=Path("fuzz-guided.json"))
    given = parser.parse_args()
    try:
        atheris: Any = importlib.import_module("atheris")
    except ModuleNotFoundError:
        sys.stderr.write("atheris is not installed in this environment\n")
        return 2
    with atheris.instrument_imports(include=_OURS):
        targets = importlib.import_module("tests.fuzz.targets")
        runs = importlib.import_module("tests.fuzz.run")
        watch = importlib.import_module("tests.fuzz.watch")
    (target,) = targets.named([given.target])
    tally, check = runs.Tally(target.name), target.make()

    def one(data: bytes) -> None:
        tally.take("guided", watch.watched(target.name, check, data))
        if tally.inputs % _WRITE_EVERY == 0 or tally.inputs == given.inputs:
            given.json.write_text(json.dumps(tally.as_json(), indent=1) + "\n", encoding="utf-8")
            runs.keep(tally.crashes)

    folder = TemporaryDirectory()
    for number, seed in enumerate(target.seeds()):
        (Path(folder.name) / f"{number:05}").write_bytes(seed)
    options = [
        f"-runs={given.inputs}",
        f"-seed={given.seed}",
        f"-max_len={_LARGEST_INPUT_BYTES}",
        "-print_final_stats=1",
    ]
    with watch.on_watch():
        atheris.Setup([sys.argv[0], folder.name, *options], one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
