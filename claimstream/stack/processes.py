"""One process of the stack: started, watched, started again after a crash, stopped in time."""

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from claimstream.stack.health import answers
from claimstream.stack.state import ProcessRecord
from deploy.embedded.child import Child

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0
_STEADY_AFTER_S = 60.0
_LOG_LIMIT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run and how to know that it is ready.

    ``make`` prepares what the process needs and returns it unstarted; it is called again for every
    restart. ``ready`` is asked with the running child. ``explain`` gives the sentence for a process
    that does not come up. After more than ``restarts`` failures in a row it is shown as failed, and
    tried again after ``longest_pause_s`` each time.
    """

    name: str
    make: Callable[[], Child]
    ready: Callable[[Child], bool]
    explain: Callable[[Child], str] | None = None
    after_ready: Callable[[Child], None] | None = None
    alive_url: Callable[[], str | None] = lambda: None
    port: Callable[[], int | None] = lambda: None
    start_within_s: float = 60
    stop_within_s: float = 30
    restarts: int = 5
    longest_pause_s: float = _LONGEST_PAUSE_S


@dataclass(slots=True)
class ManagedProcess:
    """A spec and what has become of it. ``tick`` moves it on; nothing here blocks for long."""

    spec: ProcessSpec
    state: str = "stopped"
    restarts: int = 0
    message: str = ""
    child: Child | None = None
    _started_at: float = 0
    _resume_at: float = 0
    _failures_in_a_row: int = field(default=0, init=False)
    _asked_to_stop: bool = field(default=False, init=False)

    def start(self) -> None:
        """Start it; EmbeddedError or OSError when it cannot even be prepared."""
        self._asked_to_stop = False
        self.child = self.spec.make()
        _rotate(self.child.log_path)
        self.child.start()
        self._started_at = time.monotonic()
        self.state, self.message = "starting", ""

    def tick(self) -> bool:
        """Look at it once; True when its state changed."""
        before = (self.state, self.restarts)
        if self.state in ("starting", "ready") and self.child is not None:
            self._look(self.child)
        elif self.state in ("restarting", "failed") and time.monotonic() >= self._resume_at:
            self._start_again()
        return (self.state, self.restarts) != before

    @property
    def failures_in_a_row(self) -> int:
        """Crashes since it last ran steadily for a minute."""
        return self._failures_in_a_row

    def ask_to_stop(self) -> None:
        """Ask it to end; it is not started again."""
        self._asked_to_stop = True
        if self.child is not None:
            self.child.ask_to_stop()

    def wait_stopped(self, within_s: float | None = None) -> None:
        """Wait for it to drain and end, at most its own limit or ``within_s``; then kill it."""
        if self.child is not None:
            limit = self.spec.stop_within_s
            self.child.wait_or_kill(limit if within_s is None else min(limit, within_s))
        if self.state != "failed":
            self.state = "stopped"

    def restart(self) -> None:
        """End it in order; it starts again at the next tick, at once."""
        if self.child is not None:
            self.child.stop(self.spec.stop_within_s)
        self.restarts += 1
        self.state, self._resume_at = "restarting", time.monotonic()

    def record(self) -> ProcessRecord:
        """How it stands, for the state folder."""
        identity = self.child.identity if self.child is not None else None
        return ProcessRecord(
            name=self.spec.name,
            state=self.state,
            identity=identity,
            port=self.spec.port(),
            restarts=self.restarts,
            message=self.message,
        )

    def _look(self, child: Child) -> None:
        code = child.exit_code()
        if code is not None:
            if not self._asked_to_stop:
                self._after_a_crash(child, f"ended with code {code}")
        elif self.state == "starting":
            if self.spec.ready(child):
                if self.spec.after_ready is not None:
                    self.spec.after_ready(child)
                self.state = "ready"
            elif time.monotonic() - self._started_at > self.spec.start_within_s:
                child.kill()
                self._after_a_crash(child, f"was not ready within {self.spec.start_within_s:.0f} s")
        elif time.monotonic() - self._started_at > _STEADY_AFTER_S:
            self._failures_in_a_row = 0

    def _after_a_crash(self, child: Child, what: str) -> None:
        self.message = (
            self.spec.explain(child)
            if self.spec.explain is not None
            else f"{self.spec.name} {what}: see {child.log_path}."
        )
        self._plan_restart()

    def _plan_restart(self) -> None:
        self._failures_in_a_row += 1
        longest = self.spec.longest_pause_s
        if self._failures_in_a_row > self.spec.restarts:
            self.state, self._resume_at = "failed", time.monotonic() + longest
            return
        pause = min(_FIRST_PAUSE_S * 2 ** (self._failures_in_a_row - 1), longest)
        self.state, self._resume_at = "restarting", time.monotonic() + pause

    def _start_again(self) -> None:
        message = self.message
        try:
            self.start()
        except Exception as error:
            self.message = str(error)
            self._plan_restart()
        else:
            self.restarts += 1
            self.message = message


def announcing_process(
    name: str,
    argv: Sequence[str],
    environment: Callable[[], Mapping[str, str]],
    *,
    log: Path,
    port_file: Path,
    http: bool = True,
    stop_within_s: float = 30,
    start_within_s: float = 60,
    restarts: int = 5,
) -> ProcessSpec:
    """A process that writes the port it chose to the file named by ``CLAIMSTREAM_PORT_FILE``.

    It is ready when ``/health/ready`` answers there, or, without ``http``, when the port accepts
    connections. A port file of an earlier run is removed first.
    """

    def make() -> Child:
        port_file.parent.mkdir(parents=True, exist_ok=True)
        port_file.unlink(missing_ok=True)
        env = {**environment(), "CLAIMSTREAM_PORT_FILE": str(port_file)}
        return Child(argv=argv, log_path=log, env=env)

    def port() -> int | None:
        return announced_port(port_file, name)

    def ready(_child: Child) -> bool:
        chosen = port()
        if chosen is None:
            return False
        return answers(f"http://127.0.0.1:{chosen}/health/ready") if http else listens(chosen)

    def alive_url() -> str | None:
        chosen = port()
        return None if chosen is None or not http else f"http://127.0.0.1:{chosen}/health/live"

    return ProcessSpec(
        name=name,
        make=make,
        ready=ready,
        alive_url=alive_url,
        port=port,
        start_within_s=start_within_s,
        stop_within_s=stop_within_s,
        restarts=restarts,
    )


def announcement(port_file: Path, name: str = "") -> dict[str, str]:
    """What a process wrote to its port file: a port number; or a JSON object with ``port`` and
    whatever else its clients must know; or an object that has such a one under ``name``.

    Empty until it is wholly written.
    """
    try:
        said = json.loads(port_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    if isinstance(said, int):
        return {"port": str(said)}
    if isinstance(said, dict) and isinstance(said.get(name), dict):
        said = said[name]
    if not isinstance(said, dict) or "port" not in said:
        return {}
    return {str(key): str(value) for key, value in said.items()}


def announced_port(port_file: Path, name: str = "") -> int | None:
    """The port in ``port_file``; None until it is wholly written."""
    said = announcement(port_file, name).get("port", "")
    return int(said) if said.isdigit() else None


def listens(port: int) -> bool:
    """Whether something on this machine accepts connections at ``port``."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _rotate(log: Path) -> None:
    try:
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
    except FileNotFoundError:
        return
