"""A supervisor outlives its own faults: a disk that is full, a server that cannot be prepared."""

import errno
from pathlib import Path

import pytest

from claimstream.stack.plan import Plan
from claimstream.stack.processes import ManagedProcess, ProcessSpec
from claimstream.stack.progress import ProgressFile
from claimstream.stack.state import StackRecord, StateFolder
from claimstream.stack.supervisor import Supervisor
from deploy.embedded.child import Child


def a_supervisor(tmp_path: Path) -> Supervisor:
    folder = StateFolder(tmp_path / "state")
    folder.make()
    return Supervisor(Plan(folder), "run", ProgressFile(folder.run / "progress.jsonl"))


def a_process(tmp_path: Path, fault: Exception | None) -> ManagedProcess:
    """One that is starting, and that a look at fails for with ``fault``."""

    def ready(_child: Child) -> bool:
        if fault is not None:
            raise fault
        return True

    def make() -> Child:
        return Child(["sleep", "60"], tmp_path / "log")

    process = ManagedProcess(ProcessSpec("billing", make, ready))
    process.start()
    return process


def test_a_process_that_cannot_be_looked_after_keeps_no_other_from_it(tmp_path: Path) -> None:
    supervisor = a_supervisor(tmp_path)
    broken = a_process(tmp_path, OSError(errno.ENOSPC, "No space left on device"))
    whole = a_process(tmp_path, None)
    supervisor.services = [broken, whole]
    try:
        assert supervisor.look() is False
        assert (broken.state, whole.state) == ("starting", "ready")
        assert broken.message
    finally:
        supervisor.stop()


def test_a_record_that_cannot_be_written_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = a_supervisor(tmp_path)
    supervisor.services = [a_process(tmp_path, None)]

    def full(_folder: StateFolder, _record: StackRecord) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(StateFolder, "write", full)
    try:
        assert supervisor.look() is False
        assert supervisor.look() is True
    finally:
        supervisor.stop()
    assert supervisor.services[0].state == "stopped"
