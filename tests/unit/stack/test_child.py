"""Processes that must not outlive us, and ids that must not be confused."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.embedded.child import Child, Identity, end
from tests.support import wait_for

PYTHON = sys.executable
SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(600)"
)


def started(tmp_path: Path, code: str, *, guard: bool = False) -> Child:
    child = Child([PYTHON, "-c", code], tmp_path / "log", guard=guard)
    child.start()
    wait_for(lambda: "up" in child.last_words())
    return child


def test_a_program_that_cannot_be_found_ends_with_an_error_code(tmp_path: Path) -> None:
    child = Child([str(tmp_path / "no-such-program")], tmp_path / "log")
    child.start()
    wait_for(lambda: not child.is_running())
    assert child.exit_code() != 0


def test_a_person_is_told_how_a_child_ended(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPER)
    assert child.ending() == "did not answer in time"
    child.kill()
    assert child.ending() == "was ended from outside, by signal 9, before it answered"
    failed = Child([PYTHON, "-c", "raise SystemExit(3)"], tmp_path / "log")
    failed.start()
    wait_for(lambda: not failed.is_running())
    assert failed.ending() == "ended with exit code 3 before it answered"


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone has this scheduling policy")
@pytest.mark.parametrize("guard", [False, True])
def test_a_child_is_batch_work_to_the_scheduler(guard: bool, tmp_path: Path) -> None:
    code = "import os; print('up', os.sched_getscheduler(0), flush=True); input()"
    child = started(tmp_path, code, guard=guard)
    assert child.last_words().splitlines()[0] == f"up {os.SCHED_BATCH}"
    child.kill()


def test_a_log_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Child([PYTHON, "-c", SLEEPER], tmp_path / "file" / "log").start()


def test_a_child_that_ignores_the_stop_signal_is_killed_after_the_limit(tmp_path: Path) -> None:
    child = started(tmp_path, STUBBORN)
    assert child.stop(within_s=0.2) == -signal.SIGKILL


@pytest.mark.parametrize("guard", [False, True], ids=["kernel", "guard"])
def test_a_stopped_child_ends_by_the_signal_it_was_sent(tmp_path: Path, guard: bool) -> None:
    child = started(tmp_path, SLEEPER, guard=guard)
    assert child.stop() in (-signal.SIGTERM, 128 + signal.SIGTERM)


@pytest.mark.parametrize("guard", [False, True], ids=["kernel", "guard"])
def test_children_end_when_their_parent_is_killed(tmp_path: Path, guard: bool) -> None:
    if not sys.platform.startswith("linux"):
        guard = True
    code = (
        "import sys, time; from pathlib import Path; from deploy.embedded.child import Child;"
        f"c = Child([sys.executable, '-c', {SLEEPER!r}], Path({str(tmp_path / 'log')!r}),"
        f" guard={guard}); c.start(); print(c.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([PYTHON, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = Identity.of(int(parent.stdout.readline()))
        assert child is not None
        wait_for(lambda: "up" in (tmp_path / "log").read_text(encoding="utf-8"))
        pids = [each.pid for each in psutil.Process(parent.pid).children(recursive=True)]
        family = [one for one in map(Identity.of, pids) if one is not None]
        assert child in family
        parent.kill()
    wait_for(lambda: not any(one.is_alive() for one in family))


def test_a_child_gets_a_process_group_of_its_own(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPER)
    try:
        assert child.pid is not None
        assert os.getpgid(child.pid) != os.getpgid(0)
    finally:
        child.kill()


def test_a_reused_process_id_is_not_the_process_of_before() -> None:
    myself = Identity.of(os.getpid())
    assert myself is not None
    assert myself.is_alive()
    assert not Identity(myself.pid, myself.started - 60).is_alive()


def test_ending_a_stranger_with_the_same_id_leaves_it_alone(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPER)
    try:
        assert child.identity is not None
        end(Identity(child.identity.pid, child.identity.started - 60), within_s=1)
        assert child.is_running()
    finally:
        child.kill()


def test_an_ended_process_has_no_identity(tmp_path: Path) -> None:
    child = started(tmp_path, SLEEPER)
    assert child.pid is not None
    child.kill()
    assert Identity.of(child.pid) is None
