"""Which Python the installer is run with, where PATH has several."""

import subprocess
from pathlib import Path

import pytest

from deploy.bootstrap import ROOT

OPTIMIZED = "exit 0"
PLAIN = '[ "$3" = any ]'
OLD = "exit 1"


def _chosen(folder: Path, **pythons: str) -> str:
    """What is printed where each of ``pythons``, by folder and minor version, answers so."""
    places = []
    for place, answer in pythons.items():
        path, minor = place.split("_")
        places.append(folder / path)
        (folder / path).mkdir(exist_ok=True)
        program = folder / path / f"python3.{minor}"
        program.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
        program.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "deploy" / "choose_python.sh")],
        env={"PATH": ":".join(map(str, places))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.removeprefix(f"{folder}/").removesuffix("\n")


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"a_13": PLAIN, "b_11": OPTIMIZED}, "b/python3.11"),
        ({"a_11": PLAIN, "b_11": OPTIMIZED}, "b/python3.11"),
        ({"a_11": OPTIMIZED, "b_12": OPTIMIZED}, "b/python3.12"),
        ({"a_11": OPTIMIZED, "b_11": OPTIMIZED}, "a/python3.11"),
        ({"a_11": PLAIN, "b_12": PLAIN}, "b/python3.12"),
        ({"a_13": OLD, "b_11": PLAIN}, "b/python3.11"),
        ({"a_13": OLD}, ""),
    ],
)
def test_an_optimized_python_is_chosen_before_a_newer_one(
    pythons: dict[str, str], chosen: str, tmp_path: Path
) -> None:
    assert _chosen(tmp_path, **pythons) == chosen


def test_what_is_chosen_here_runs_and_is_new_enough() -> None:
    chosen = subprocess.run(
        ["/bin/sh", str(ROOT / "deploy" / "choose_python.sh")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.removesuffix("\n")
    subprocess.run([chosen, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=True)
