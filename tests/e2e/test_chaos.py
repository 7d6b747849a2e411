"""A small run under drawn faults: nothing is found, and the command says what was done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claimstream.stack.state import KAFKA_VARIABLE, SERVICES, STATE_VARIABLE, database_variable
from services.chassis.clock import ENVIRONMENT_VARIABLE

SEED = 32
ENCOUNTERS = 24
ALWAYS = {"second-instance", "zombie", "replay", "disk-full"}
"""Kinds that wait for no moment, so that none of them finds nothing to strike."""

KINDS = (
    *("kill-service", "kill-at-moment", "kill-in-upload", "kill-in-load", "kill-payer", "kill-ehr"),
    *("kill-in-drain", "kill-in-rebalance", "postgres-terminate", "sftp-cut", "file-twice"),
    *sorted(ALWAYS),
)
"""The quick ones; the others have their time in longer runs."""

FAULTS = 2 * len(KINDS)
"""So many that each kind is drawn."""

_OTHERS = {KAFKA_VARIABLE, STATE_VARIABLE, ENVIRONMENT_VARIABLE, *map(database_variable, SERVICES)}


@pytest.mark.timeout(900)
def test_nothing_is_lost_doubled_or_different_after_faults_at_random(tmp_path: Path) -> None:
    folder, told = tmp_path / "runs", tmp_path / "told.json"
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from claimstream.cli import main; main()", "chaos"),
            *("--encounters", str(ENCOUNTERS), "--faults", str(FAULTS), "--seed", str(SEED)),
            *("--faults-only", ",".join(KINDS), "--json", str(told), "--state-dir", str(folder)),
        ],
        env={name: value for name, value in os.environ.items() if name not in _OTHERS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(told.read_text(encoding="utf-8"))
    assert document["findings"] == []
    assert document["differences"] == []
    struck = len(document["struck"])
    assert struck + document["missed"] == FAULTS + 2 * len(SERVICES)
    assert struck >= FAULTS // 2
    assert document["faults"].keys() >= ALWAYS
    assert document["compared"] > ENCOUNTERS
    assert not folder.exists()
