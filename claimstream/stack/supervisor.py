"""The process that owns a stack: starts everything in order, watches it, and ends it in order.

    python -m claimstream.stack.supervisor STATE_DIR RUN

Exit codes: 0 stopped when asked; 1 could not start; 3 another supervisor has the state folder.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TypeAlias

from claimstream.stack.control import FOLDER_TAKEN
from claimstream.stack.errors import StackError
from claimstream.stack.health import answers
from claimstream.stack.plan import Command, Plan
from claimstream.stack.processes import ManagedProcess
from claimstream.stack.progress import ProgressFile, Step, StepState
from claimstream.stack.state import StackRecord, StateFolder
from deploy.embedded.child import Identity, end
from deploy.embedded.errors import EmbeddedError, explain
from deploy.embedded.jars import Progress

_TICK_S = 0.1
_TRIES_AT_START = 3
_COMMAND_WITHIN_S = 120
_LIVENESS_EVERY_S = 10.0
_LIVENESS_TIMEOUT_S = 5.0
_LIVENESS_FAILURES = 6
_PAUSE_AFTER_A_FAULT_S = 5.0
_log = logging.getLogger("claimstream.supervisor")

_TITLES = {"kafka": "Kafka", "postgres": "PostgreSQL"}


MakePlan: TypeAlias = Callable[[StateFolder, Progress], Plan]


class _StopAskedError(Exception):
    """Somebody asked the stack to stop while it was starting."""


@dataclass(slots=True)
class Supervisor:
    """A stack's life from start to stop, in one thread but for the start of the servers."""

    plan: Plan
    run_id: str
    progress: ProgressFile
    stop_asked: threading.Event = field(default_factory=threading.Event)
    servers: list[ManagedProcess] = field(default_factory=list)
    companions: list[ManagedProcess] = field(default_factory=list)
    services: list[ManagedProcess] = field(default_factory=list)
    _phase: str = "starting"
    _addressed: bool = False
    _liveness: dict[str, int] = field(default_factory=dict)
    _next_liveness: float = 0

    @property
    def folder(self) -> StateFolder:
        return self.plan.folder

    def run(self) -> int:
        """Start, watch until asked to stop, stop. Returns the exit code."""
        try:
            self._start()
        except _StopAskedError:
            self.stop()
            self._tell("stack", "Stopped before it was up", "stopped")
            return 0
        except Exception as error:
            _log.exception("start failed")
            self.stop_asked.set()
            self.stop()
            self._tell("stack", self._sentence(error), "failed")
            return 1
        self._phase = "ready"
        self._write()
        self._tell("stack", "Up", "up")
        pause = _TICK_S
        while not self.stop_asked.wait(pause):
            pause = _TICK_S if self.look() else _PAUSE_AFTER_A_FAULT_S
        self.stop()
        return 0

    def look(self) -> bool:
        """Watch once; a fault of ours, such as a full disk, is logged and ends nothing."""
        try:
            return self._watch()
        except Exception:
            _log.exception("watching failed; it goes on")
            return False

    def stop(self) -> None:
        """Stop services, then companions, then servers; each group drains side by side."""
        self._phase = "stopping"
        self._write_if_possible()
        for group in (self.services, self.companions, self.servers):
            for process in group:
                process.ask_to_stop()
            deadline = time.monotonic() + max((p.spec.stop_within_s for p in group), default=0)
            for process in group:
                process.wait_stopped(deadline - time.monotonic())
            self._write_if_possible()
        self.folder.record_file.unlink(missing_ok=True)

    def _start(self) -> None:
        self._write()
        self._end_leftovers()
        self._start_servers()
        for command in self.plan.commands:
            self._run(command)
        self.companions = [ManagedProcess(spec) for spec in self.plan.companion_specs()]
        self.services = [ManagedProcess(spec) for spec in self.plan.service_specs()]
        self._start_group((*self.companions, *self.services), "services", "Starting services")

    def _end_leftovers(self) -> None:
        """End what a killed supervisor left running; the servers find their own."""
        old = self.folder.read()
        for process in old.processes if old is not None else ():
            alive = process.identity is not None and process.identity.is_alive()
            if alive and process.identity is not None and process.name not in _TITLES:
                _log.warning("ending %s, left by an earlier run", process.name)
                end(process.identity, within_s=15)

    def _start_servers(self) -> None:
        self.servers = [ManagedProcess(spec) for spec in self.plan.server_specs()]
        errors: dict[str, Exception] = {}

        def start(process: ManagedProcess) -> None:
            title = _TITLES[process.spec.name]
            self._tell(process.spec.name, f"Starting {title}", "running")
            try:
                process.start()
                self._until_ready([process])
                self._tell(process.spec.name, f"{title} is up", "done")
            except Exception as error:
                _log.exception("%s did not start", title)
                errors[process.spec.name] = error

        threads = [threading.Thread(target=start, args=(p,), daemon=True) for p in self.servers]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            if errors:
                break
            self._check_stop()
            time.sleep(_TICK_S / 2)
        for error in errors.values():
            raise error
        self._addressed = True
        self._write()

    def _run(self, command: Command) -> None:
        self._tell(command.name, command.text, "running")
        log = self.folder.log(command.name)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.plan.environment(),
            )
        deadline = time.monotonic() + _COMMAND_WITHIN_S
        try:
            while process.poll() is None:
                self._check_stop()
                if time.monotonic() > deadline:
                    raise StackError(f"{command.text} took too long: see {log}.")
                time.sleep(_TICK_S / 2)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != 0:
            raise StackError(f"{command.text} failed: {_last_line(log)} (see {log})")
        self._tell(command.name, command.text, "done")

    def _start_group(self, group: Sequence[ManagedProcess], name: str, text: str) -> None:
        if not group:
            return
        self._tell(name, text, "running", 0, len(group))
        for process in group:
            process.start()
        self._write()
        self._until_ready(group, (name, text))
        self._tell(name, text, "done", len(group), len(group))

    def _until_ready(
        self, group: Sequence[ManagedProcess], step: tuple[str, str] | None = None
    ) -> None:
        ready = 0
        while ready < len(group):
            self._check_stop()
            for process in group:
                process.tick()
                hopeless = process.failures_in_a_row >= _TRIES_AT_START
                if process.state == "failed" or hopeless:
                    raise StackError(process.message)
            now_ready = sum(process.state == "ready" for process in group)
            if now_ready != ready and step is not None:
                self._tell(*step, "running", now_ready, len(group))
            ready = now_ready
            time.sleep(_TICK_S / 2)

    def _watch(self) -> bool:
        """Move everything on; False when something could not be looked at."""
        bootstrap = self.plan.kafka_bootstrap()
        changed, whole = False, True
        for process in (*self.servers, *self.companions, *self.services):
            before = process.state
            try:
                moved = process.tick()
            except Exception as error:
                _log.exception("%s cannot be looked after; it is tried again", process.spec.name)
                process.message = self._sentence(error)
                moved, whole = True, False
            if moved:
                changed = True
                _log.info(
                    "%s: %s -> %s %s", process.spec.name, before, process.state, process.message
                )
        if self.plan.kafka_bootstrap() != bootstrap:
            for process in (*self.companions, *self.services):
                process.restart()
        if time.monotonic() >= self._next_liveness:
            self._next_liveness = time.monotonic() + _LIVENESS_EVERY_S
            changed = self._restart_the_stuck() or changed
        if changed:
            self._write()
        return whole

    def _restart_the_stuck(self) -> bool:
        restarted = False
        for process in self.services:
            url = process.spec.alive_url()
            name = process.spec.name
            if process.state != "ready" or url is None:
                self._liveness[name] = 0
                continue
            if answers(url, timeout_s=_LIVENESS_TIMEOUT_S):
                self._liveness[name] = 0
                continue
            self._liveness[name] = self._liveness.get(name, 0) + 1
            if self._liveness[name] >= _LIVENESS_FAILURES:
                process.message = f"{name} made no progress and was started again."
                process.restart()
                self._liveness[name] = 0
                restarted = True
        return restarted

    def _write(self) -> None:
        myself = Identity.of(os.getpid())
        if myself is None:
            return
        processes = (*self.servers, *self.companions, *self.services)
        self.folder.write(
            StackRecord(
                supervisor=myself,
                run=self.run_id,
                phase=self._phase,
                kafka_bootstrap=self.plan.kafka_bootstrap() if self._addressed else "",
                database_urls=self.plan.database_urls() if self._addressed else {},
                extra=self.plan.extra(),
                processes=tuple(process.record() for process in processes),
            )
        )

    def _write_if_possible(self) -> None:
        try:
            self._write()
        except OSError:
            _log.exception("what runs could not be written")

    def _check_stop(self) -> None:
        if self.stop_asked.is_set():
            raise _StopAskedError

    def _tell(self, name: str, text: str, state: StepState, done: int = 0, total: int = 0) -> None:
        step = Step(name, text, state, done, total)
        _log.info("%s: %s (%s)", name, text, state)
        self.progress.tell(step)

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, StackError | EmbeddedError):
            return str(error)
        if isinstance(error, OSError):
            return str(explain(error, self.folder.path))
        return f"The stack could not start: see {self.folder.log('supervisor')}."


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def serve(arguments: Sequence[str], make_plan: MakePlan) -> NoReturn:
    """Run a supervisor on the state folder named first, and end this process with its code."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    code = _serve(StateFolder(Path(arguments[0])), arguments[1], make_plan)
    logging.shutdown()
    sys.stderr.flush()
    # A server's start may still be under way in its thread; what it started dies with us.
    os._exit(code)


def _serve(folder: StateFolder, run_id: str, make_plan: MakePlan) -> int:
    with folder.lock() as mine:
        if not mine:
            return FOLDER_TAKEN
        for old in folder.run.glob("progress-*.jsonl"):
            old.unlink(missing_ok=True)
        progress = ProgressFile(folder.run / f"progress-{run_id}.jsonl")

        def told_of_jars(done: int, total: int) -> None:
            if done < total:
                progress.tell(Step("kafka", "Downloading Kafka", "running", done, total))

        supervisor = Supervisor(make_plan(folder, told_of_jars), run_id, progress)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: supervisor.stop_asked.set())
        return supervisor.run()


if __name__ == "__main__":
    serve(sys.argv[1:], lambda folder, told: Plan(folder, jars_progress=told))
