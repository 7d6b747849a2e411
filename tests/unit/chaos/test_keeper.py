"""A keeper starts its process again whenever it ends, and stops when it is told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimstream.chaos.lives import Life, LifeFile
from tests.support import LONG_ENOUGH_S, wait_for

PROGRAM = """
import sys, time
from pathlib import Path
from claimstream.chaos.lives import LifeFile
from claimstream.chaos.process import Keeper
def run():
    (Path(sys.argv[1]) / "port").write_text("1")
    time.sleep(60)
sys.exit(Keeper(run, lambda: None, LifeFile(Path(sys.argv[1]), "till"),
                Path(sys.argv[1]) / "port").keep())
"""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)])
    yield process
    process.kill()
    process.wait()


def alive(file: LifeFile, number: int) -> Life | None:
    life = file.read()
    good = life is not None and life.number == number and life.process is not None
    return life if good and (file.folder / "port").exists() else None


def pid_of(file: LifeFile, number: int) -> int:
    wait_for(lambda: alive(file, number) is not None)
    life = alive(file, number)
    assert life is not None
    assert life.process is not None
    return life.process.pid


@pytest.mark.usefixtures("keeper")
def test_a_killed_process_lives_again_under_the_next_number(tmp_path: Path) -> None:
    file = LifeFile(tmp_path, "till")
    first = pid_of(file, 1)
    os.kill(first, signal.SIGKILL)
    assert pid_of(file, 2) != first


@pytest.mark.usefixtures("keeper")
def test_a_held_process_lives_again_only_when_it_is_released(tmp_path: Path) -> None:
    file = LifeFile(tmp_path, "till")
    first = pid_of(file, 1)
    file.hold()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: (life := file.read()) is not None and life.process is None)
    ended = file.read()
    assert ended is not None
    assert (ended.number, ended.ended_with) == (1, -signal.SIGKILL)
    file.release()
    assert pid_of(file, 2)


def test_asked_to_stop_it_passes_that_on_and_starts_nothing(
    keeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    file = LifeFile(tmp_path, "till")
    pid_of(file, 1)
    keeper.terminate()
    assert keeper.wait(LONG_ENOUGH_S) == 0
    assert file.read() is None


def test_a_killed_keeper_takes_its_process_with_it(
    keeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    file = LifeFile(tmp_path, "till")
    pid_of(file, 1)
    life = file.read()
    assert life is not None
    assert life.process is not None
    identity = life.process
    keeper.kill()
    keeper.wait()
    wait_for(lambda: not identity.is_alive())
