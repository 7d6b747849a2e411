"""One operating system process that belongs to this one, and how a process is told from another.

A process id alone says little: ids are used again. ``Identity`` adds the time the process
started, so that a state folder written days ago never names a stranger.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_TETHER = Path(__file__).with_name("tether.py")
_SAME_START_SECONDS = 0.05

# The kernel's parent-death signal follows the thread that started the child, so one thread that
# lives as long as this process starts them all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")


@dataclass(frozen=True, slots=True)
class Identity:
    """A process id with the time the process started (seconds since the epoch)."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The identity of the running process ``pid``; None when there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    def process(self) -> psutil.Process | None:
        """The process itself while it runs; None once it ended or its id names another."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def is_alive(self) -> bool:
        return self.process() is not None


def end(identity: Identity, *, with_signal: int = signal.SIGTERM, within_s: float = 10) -> None:
    """End a process that may not be our child: ask, wait ``within_s`` seconds, then kill it."""
    process = identity.process()
    if process is None:
        return
    try:
        process.send_signal(with_signal)
        _wait(identity, within_s)
        if identity.is_alive():
            process.kill()
            _wait(identity, within_s)
    except psutil.Error:
        return


def _wait(identity: Identity, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    pause = 0.005
    while identity.is_alive() and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 2, 0.1)


@dataclass(slots=True)
class Child:
    """A program that runs as our child, writes to a log file and ends when we do.

    ``user`` (uid, gid) is whom it runs as, if not as ourselves. It gets a process group of its
    own, so that ctrl-C in a terminal reaches only us and we stop it in our order.
    """

    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: tuple[int, int] | None = None
    stop_signal: int = signal.SIGTERM
    guard: bool = False
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _identity: Identity | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it. OSError when the log file or the program cannot be opened."""
        options = ["--guard"] if self.guard else []
        if self.user is not None:
            options += ["--user", f"{self.user[0]}:{self.user[1]}"]
        options += [str(os.getpid()), str(int(self.stop_signal))]
        command = [sys.executable, "-I", "-S", str(_TETHER), *options, "--", *self.argv]
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._popen = _starter.submit(
                subprocess.Popen,
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                start_new_session=True,
            ).result()
        self._identity = Identity.of(self._popen.pid)

    @property
    def identity(self) -> Identity | None:
        """Which process it is; None before ``start`` or when it ended at once."""
        return self._identity

    @property
    def pid(self) -> int | None:
        return None if self._popen is None else self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return None if self._popen is None else self._popen.poll()

    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(self.stop_signal)

    def stop(self, within_s: float = 20) -> int | None:
        """Ask it to stop, wait ``within_s`` seconds, then kill it. Returns its exit code."""
        self.ask_to_stop()
        return self.wait_or_kill(within_s)

    def wait_or_kill(self, within_s: float) -> int | None:
        """Wait ``within_s`` seconds for it to end, then kill its process group."""
        if self._popen is None:
            return None
        try:
            return self._popen.wait(max(within_s, 0))
        except subprocess.TimeoutExpired:
            self.kill()
            return self._popen.returncode

    def kill(self) -> None:
        """End it at once, with whatever it started in its process group."""
        if self._popen is None:
            return
        try:
            os.killpg(self._popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        except PermissionError:
            self._popen.kill()
        self._popen.wait()

    def ending(self) -> str:
        """How it ended, as the end of a sentence that begins with its name."""
        code = self.exit_code()
        if code is None:
            return "did not answer in time"
        if code < 0:
            return f"was ended from outside, by signal {-code}, before it answered"
        return f"ended with exit code {code} before it answered"

    def last_words(self, lines: int = 15) -> str:
        """The end of its log file, for a person."""
        try:
            text = self.log_path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])
