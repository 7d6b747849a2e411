"""A process under faults: started, and again at once whenever it ends, until it is told to stop.

    python -m claimstream.chaos.process FOLDER MEMBER NAME [ARGUMENT ...]

NAME is a service, ``payer`` or ``ehr``; the payer takes arguments, the EHR its schedule's file.
What it runs is imported once, in this process, and each life of it is a fork: hundreds of kills
then cost little. FOLDER holds fuses, holds and lives, under the name MEMBER. The environment is
that of the program itself.
"""

import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from claimstream.chaos.fuse import Fuse
from claimstream.chaos.lives import Life, LifeFile
from claimstream.chaos.written_schedule import WrittenSchedule
from claimstream.stack.state import SERVICES, database_variable

_PR_SET_PDEATHSIG = 1
_LOOK_S = 0.02
_AFTER_A_FAILED_START_S = 0.3
_PASSED_ON = (signal.SIGTERM, signal.SIGINT)

Run = Callable[[], None]


def program(name: str, arguments: Sequence[str], fuse: Fuse) -> tuple[Run, Run]:
    """What ``name`` runs, imported; and what is done before, in each life."""
    if name in SERVICES:
        install = import_module("claimstream.chaos.wrapping").install
        compose = import_module(f"services.{name}.app").service
        run_main = import_module("services.chassis.runtime").main
        dsn = os.environ[database_variable(name)]
        return lambda: run_main(compose(), dsn), lambda: install(fuse, name)
    if name == "ehr":
        schedule = WrittenSchedule(Path(arguments[0]))
        read_instead = import_module("claimstream.chaos.wrapped_ehr").install
        return import_module("simulators.ehr.__main__").main, lambda: read_instead(schedule)
    payer = import_module("simulators.payer.__main__").app
    return lambda: payer(list(arguments)), lambda: None


@dataclass(slots=True)
class Keeper:
    """Starts ``run`` in a fork as often as it ends. ``announced`` is removed before each start."""

    run: Run
    prepare: Run
    lives: LifeFile
    announced: Path | None = None
    asked_to_stop: bool = False
    _pid: int = 0
    _number: int = field(default=0)

    def keep(self) -> int:
        """Until told to stop; the exit code of the last life."""
        for number in _PASSED_ON:
            signal.signal(number, self._pass_on)
        code = 0
        while not self.asked_to_stop:
            if self.lives.is_held():
                time.sleep(_LOOK_S)
                continue
            code = self._one_life()
            if code > 0 and not self.asked_to_stop:
                time.sleep(_AFTER_A_FAILED_START_S)
        self.lives.forget()
        return max(code, 0)

    def _one_life(self) -> int:
        if self.announced is not None:
            self.announced.unlink(missing_ok=True)
        self._number += 1
        # A signal between the two would be passed on to nobody.
        signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
        keeper, pid = os.getpid(), os.fork()
        if pid == 0:
            self._live(keeper)
        self._pid = pid
        self.lives.write(Life.of(pid, self._number))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
        _, status = os.waitpid(pid, 0)
        self._pid = 0
        code = os.waitstatus_to_exitcode(status)
        self.lives.write(Life(None, self._number, code))
        return code

    def _live(self, keeper: int) -> NoReturn:
        code = 1
        try:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != keeper:
                os._exit(1)
            for number in _PASSED_ON:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
            self.prepare()
            self.run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _pass_on(self, number: int, _frame: object) -> None:
        self.asked_to_stop = True
        if self._pid:
            os.kill(self._pid, number)


def main(arguments: Sequence[str]) -> int:
    """Keep the process that the arguments name."""
    folder, member, name, *rest = arguments
    run, prepare = program(name, rest, Fuse(Path(folder), member))
    port_file = os.environ.get("CLAIMSTREAM_PORT_FILE")
    lives = LifeFile(Path(folder), member)
    return Keeper(run, prepare, lives, Path(port_file) if port_file else None).keep()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
