"""A day of claims as a person runs it: everything happens, and both sides have the same money."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimstream.stack.control import Stack
from claimstream.stack.state import (
    CONNECTIONS_VARIABLE,
    KAFKA_VARIABLE,
    SERVICES,
    StateFolder,
    database_variable,
)
from services.chassis.clock import ENVIRONMENT_VARIABLE

_CLAIMS = 40
_LIMIT_S = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder; what runs on it is stopped afterwards."""
    path = tmp_path_factory.mktemp("day") / "state"
    yield path
    stack = Stack(StateFolder(path))
    stack.stop()
    stack.wipe()


def _say(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    without = {KAFKA_VARIABLE, ENVIRONMENT_VARIABLE, CONNECTIONS_VARIABLE}
    without |= {database_variable(name) for name in SERVICES}
    return subprocess.run(
        [sys.executable, "-c", "from claimstream.cli import main; main()", *arguments],
        env={
            **{name: value for name, value in os.environ.items() if name not in without},
            "CLAIMSTREAM_STATE_DIR": str(folder),
            "COLUMNS": "200",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )


@pytest.mark.timeout(_LIMIT_S)
def test_a_days_claims_end_with_both_sides_equal(folder: Path) -> None:
    done = _say(folder, "payer-sim", "day", "--claims", str(_CLAIMS), "--speed", "6", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything holds." in done.stdout
    books = _say(folder, "payer-sim", "books", "--json")
    paid = json.loads(books.stdout)["paid"]
    assert sum(each["payment_cents"] for each in paid) > 0
    verified = _say(folder, "verify", "--json")
    assert verified.returncode == 0, verified.stdout
    checked = json.loads(verified.stdout)["checked"]
    assert checked["each payment in the payer's own books is deposited, to the cent"] == len(paid)


def test_occasions_that_cannot_be_read_are_refused_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "occasions.toml"
    file.write_text("[scenarios]\nNOSUCH = 1", encoding="utf-8")
    said = _say(tmp_path / "state", "payer-sim", "day", "--occasions", str(file))
    assert said.returncode == 2
    assert "NOSUCH" in said.stderr
    assert not (tmp_path / "state").exists()


def test_what_the_payer_can_do_is_listed(tmp_path: Path) -> None:
    said = _say(tmp_path, "payer-sim", "scenarios")
    assert said.returncode == 0
    assert {"PLB-<CODE>-...", "NOT-OURS-..."} <= {
        line.split()[0] for line in said.stdout.splitlines()
    }
    assert "envelope.iea-control" in said.stdout
