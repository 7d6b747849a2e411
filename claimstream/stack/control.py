"""Starting, stopping and looking at a stack from another process."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from claimstream.stack.errors import StackError, StackNotRunningError
from claimstream.stack.health import ServiceStatus, statuses
from claimstream.stack.progress import Step, follow
from claimstream.stack.state import MARKER, StackAddresses, StackRecord, StateFolder, state_folder
from deploy.embedded.child import Child, Identity, end
from deploy.embedded.errors import explain

OnStep = Callable[[Step], None]
_STOP_WITHIN_S = 150
_RECORD_WITHIN_S = 10
FOLDER_TAKEN = 3


@dataclass(slots=True)
class Stack:
    """The stack of one state folder; ``folder`` is chosen as ``state_folder`` does when not given.

    ``settings`` are environment variables for its processes. ``module`` runs the supervisor.
    """

    folder: StateFolder = field(default_factory=state_folder)
    settings: Mapping[str, str] = field(default_factory=dict)
    module: str = "claimstream.stack.supervisor"
    _child: Child | None = field(default=None, init=False)

    def record(self) -> StackRecord | None:
        """What the running supervisor wrote; None when none runs."""
        return self.folder.running()

    def is_running(self) -> bool:
        return self.record() is not None

    def addresses(self) -> StackAddresses:
        """Where its parts are. Raises StackNotRunningError."""
        record = self.record()
        if record is None:
            raise StackNotRunningError
        return record.addresses()

    def statuses(self) -> list[ServiceStatus]:
        """How its processes are. Raises StackNotRunningError."""
        record = self.record()
        if record is None:
            raise StackNotRunningError
        return statuses(record)

    def start(self, *, tethered: bool = False, on_step: OnStep | None = None) -> StackAddresses:
        """Start it and return when everything is ready; at once when it already runs.

        A ``tethered`` stack stops when this process ends, however it ends; else it stays until
        ``stop``. Raises StackError.
        """
        record = self.record()
        if record is None:
            self._launch(tethered=tethered, on_step=on_step)
        elif record.phase == "stopping":
            raise StackError("The stack is stopping: try again in a moment.")
        elif record.phase == "starting":
            self._follow_other(record, on_step)
        return self.addresses()

    def stop(self) -> bool:
        """Stop it in order and return whether anything ran. Ends what a crash left behind too."""
        record = self.folder.read()
        if record is None:
            return False
        ran = record.is_alive()
        end(record.supervisor, with_signal=signal.SIGTERM, within_s=_STOP_WITHIN_S)
        left = [
            process.identity
            for process in record.processes
            if process.identity is not None and process.identity.is_alive()
        ]
        if left:
            with ThreadPoolExecutor(len(left)) as pool:
                list(pool.map(_end_leftover, left))
        if self._child is not None:
            self._child.wait_or_kill(5)
        else:
            with contextlib.suppress(OSError):
                os.waitpid(record.supervisor.pid, os.WNOHANG)
        self.folder.record_file.unlink(missing_ok=True)
        return ran or bool(left)

    def wipe(self) -> None:
        """Remove the state folder with all data. Raises StackError when it is not one of ours."""
        if self.is_running():
            raise StackError("The stack is running: stop it first with `claimstream down`.")
        path = self.folder.path
        if not path.exists():
            return
        if not (path / MARKER).exists():
            raise StackError(f"{path} is no state folder of claimstream: nothing was removed.")
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise explain(error, path) from error

    @contextmanager
    def running(self, *, on_step: OnStep | None = None) -> Iterator[StackAddresses]:
        """A stack for the length of a block: what ran before stays, what we started is stopped."""
        ours = not self.is_running()
        found = self.start(tethered=True, on_step=on_step)
        try:
            yield found
        finally:
            if ours:
                self.stop()

    def wait(self) -> int:
        """Wait until the stack that we started tethered ends; its exit code."""
        while self._child is not None and self._child.is_running():
            time.sleep(0.2)
        code = None if self._child is None else self._child.exit_code()
        return 0 if code is None else code

    def ask_to_stop(self) -> None:
        """Ask the supervisor to stop everything and return at once."""
        if self._child is not None:
            self._child.ask_to_stop()

    def _launch(self, *, tethered: bool, on_step: OnStep | None) -> None:
        run = uuid.uuid4().hex[:12]
        try:
            self.folder.make()
            argv = [sys.executable, "-m", self.module, str(self.folder.path), run]
            env = {**os.environ, **self.settings}
            log = self.folder.log("supervisor")
            if tethered:
                self._child = Child(argv=argv, log_path=log, env=env)
                self._child.start()
                is_running, code = self._child.is_running, self._child.exit_code
            else:
                with log.open("ab") as output:
                    process = subprocess.Popen(
                        argv,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                        env=env,
                    )
                is_running, code = lambda: process.poll() is None, process.poll
        except OSError as error:
            raise explain(error, self.folder.path) from error
        try:
            self._follow(run, is_running, on_step, code)
        finally:
            if not tethered and process.poll() is None:
                # It outlives us on purpose; ``stop`` collects it if it is still ours then.
                process.returncode = 0

    def _follow(
        self,
        run: str,
        is_running: Callable[[], bool],
        on_step: OnStep | None,
        code: Callable[[], int | None] = lambda: None,
    ) -> None:
        path = self.folder.run / f"progress-{run}.jsonl"
        last: Step | None = None
        for last in follow(path, while_true=is_running):
            if on_step is not None:
                on_step(last)
        if last is not None and last.state == "up":
            return
        if code() == FOLDER_TAKEN:
            self._follow_other(self._first_record(), on_step)
            return
        if last is not None and last.state in ("failed", "stopped"):
            raise StackError(last.text)
        raise StackError(f"The supervisor ended: see {self.folder.log('supervisor')}.")

    def _first_record(self) -> StackRecord:
        """The record of a supervisor that has the folder and may be about to write it."""
        deadline = time.monotonic() + _RECORD_WITHIN_S
        while time.monotonic() < deadline:
            record = self.record()
            if record is not None:
                return record
            time.sleep(0.05)
        raise StackError(
            f"Another supervisor holds {self.folder.path} and does not answer: try again."
        )

    def _follow_other(self, record: StackRecord, on_step: OnStep | None) -> None:
        """Wait for a start that another process asked for."""

        def is_starting() -> bool:
            now = self.record()
            return now is not None and now.phase == "starting"

        if is_starting():
            path = self.folder.run / f"progress-{record.run}.jsonl"
            for step in follow(path, while_true=is_starting):
                if step.state in ("failed", "stopped"):
                    raise StackError(step.text)
                if on_step is not None:
                    on_step(step)
        if not self.is_running():
            raise StackError(f"The supervisor ended: see {self.folder.log('supervisor')}.")


def _end_leftover(identity: Identity) -> None:
    end(identity, within_s=30)


def tail(path: Path, lines: int) -> tuple[list[str], int]:
    """The last ``lines`` lines of a file and the position after them."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 400 * lines - 4096))
            data = file.read()
    except FileNotFoundError:
        return [], 0
    return data.decode("utf-8", errors="replace").splitlines()[-lines:] if lines else [], size
