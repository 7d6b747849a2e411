"""The clock that a stack runs on: the machine's, or a scaled one kept in its state folder.

Kept there, a stack that was stopped goes on in its own time, and every command of the command line
reads the same clock as the services.
"""

import os
import time
from pathlib import Path

from claimstream.stack.errors import StackError
from claimstream.stack.state import StateFolder, state_folder
from services.chassis.clock import (
    ENVIRONMENT_VARIABLE,
    Clock,
    ScaledClock,
    clock_from_environment,
)

_ALL_HAVE_LOOKED_S = 2


def clock_file(folder: StateFolder) -> Path:
    """Where a stack's own clock is written."""
    return folder.path / "clock"


def keep_clock(folder: StateFolder, clock: ScaledClock) -> None:
    """Make ``clock`` the clock of the stack on ``folder``; one that runs follows at once."""
    folder.make()
    partial = clock_file(folder).with_suffix(".partial")
    partial.write_text(f"{clock}\n", encoding="utf-8")
    partial.replace(clock_file(folder))


def change_pace(folder: StateFolder, rate: int) -> None:
    """Let time pass ``rate`` times as fast as on the machine from about now on.

    Time never goes back for anybody, though each process looks at its clock's file only now and
    then: a faster clock starts where the old one stands, a slower one where the old one will have
    come to when all have looked.
    """
    old = ScaledClock.parse(clock_file(folder).read_text(encoding="utf-8").strip())
    seconds = int(time.time())
    if rate < old.rate:
        seconds += _ALL_HAVE_LOOKED_S
    keep_clock(folder, ScaledClock(seconds, old.at(seconds), rate))


def clock_setting(folder: StateFolder) -> str | None:
    """The stack's own clock as its processes are told it; None for the machine's."""
    file = clock_file(folder)
    return f"file:{file.resolve()}" if file.exists() else None


def stack_clock(given: Path | None = None) -> Clock:
    """The clock of the stack that commands talk to. What the environment says comes first.

    Raises ``StackError`` when what is said names no clock.
    """
    try:
        if ENVIRONMENT_VARIABLE in os.environ:
            return clock_from_environment()
        setting = clock_setting(state_folder(given))
        return clock_from_environment({ENVIRONMENT_VARIABLE: setting} if setting else {})
    except (OSError, ValueError) as error:
        raise StackError(f"The clock cannot be read: {error}") from None
