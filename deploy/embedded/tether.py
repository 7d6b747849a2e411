"""Runs a program that must not outlive the process that started it.

Executed by file, with the standard library alone:

    python -I -S tether.py [--user UID:GID] [--guard] PARENT_PID SIGNAL -- PROGRAM ARG...

On Linux the kernel delivers SIGNAL to the program when its parent dies
(``prctl(PR_SET_PDEATHSIG)``, kept across ``execve``), and this process becomes the program.
Elsewhere, or with ``--guard``, it stays as the program's parent: it passes signals on and watches
its own parent.

On Linux the program is batch work to the scheduler: a dozen processes on a few cores are not to
take the core from each other each time one of them has something to read.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_WATCH_SECONDS = 0.5
_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def main(arguments: list[str]) -> int:
    """Parse ``arguments`` and become, or guard, the program."""
    split = arguments.index("--")
    options, program = arguments[:split], arguments[split + 1 :]
    guard = "--guard" in options or not sys.platform.startswith("linux")
    user = options[options.index("--user") + 1] if "--user" in options else None
    parent, death_signal = int(options[-2]), int(options[-1])
    if user is not None:
        uid, gid = (int(part) for part in user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    _be_batch_work()
    if guard:
        return _guard(program, parent, death_signal)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        return _guard(program, parent, death_signal)
    if os.getppid() != parent:
        return 1
    return _become(program)


def _be_batch_work() -> None:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _become(program: list[str]) -> NoReturn:
    os.execv(program[0], program)  # noqa: S606


def _guard(program: list[str], parent: int, death_signal: int) -> int:
    child = subprocess.Popen(program)

    def pass_on(number: int, _frame: object) -> None:
        child.send_signal(number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    told = False
    while True:
        try:
            code = child.wait(_WATCH_SECONDS)
            break
        except subprocess.TimeoutExpired:
            if not told and os.getppid() != parent:
                child.send_signal(death_signal)
                told = True
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
