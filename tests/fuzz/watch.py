"""One input under watch: what is a crash, and what is merely an answer.

A crash is any exception that is no classified refusal, more than a second of CPU for one input, or
more memory than an input of its size can need.
"""

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import FrameType

from services.chassis.logs import fault_of, place_of

MOST_SECONDS = 1
MOST_MEMORY_KIB = 256 * 1024

Check = Callable[[bytes], str]
"""Feeds one input to what is tested; answers in a word what became of it, or raises."""


class TooSlowError(BaseException):
    """An input took more CPU than any may; no ``except Exception`` catches it."""


@dataclass(frozen=True, slots=True)
class Crash:
    """An input that did what none may: how, where, and the input."""

    target: str
    fault: str
    where: str
    data: bytes

    def __str__(self) -> str:
        return f"{self.target}: {self.fault} at {self.where} ({len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an input, and the CPU that it took."""

    outcome: str
    cpu_microseconds: int


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError


@contextmanager
def on_watch() -> Iterator[None]:
    """Let ``watched`` interrupt what runs too long, in this thread, until the block ends."""
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _forget_peak() -> None:
    """Let the kernel count this process's peak anew; where it cannot, the former peak stays."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_kib() -> int:
    """The most memory resident at once so far, in KiB.

    The kernel's own mark can be set back; ``getrusage``'s cannot, and an earlier peak would hide
    what an input takes.
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        if "VmHWM:" in status:
            return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def watched(target: str, check: Check, data: bytes) -> Answer | Crash:
    """Feed one input; needs ``on_watch`` around it."""
    _forget_peak()
    memory = _peak_kib()
    started = process_time()
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        outcome = check(data)
    except TooSlowError as error:
        return Crash(target, "TooSlow", place_of(error), data)
    except Exception as error:
        return Crash(target, fault_of(error), place_of(error), data)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    grown = _peak_kib() - memory
    if grown > MOST_MEMORY_KIB:
        return Crash(target, "TooMuchMemory", f"{grown} KiB", data)
    return Answer(outcome, int((process_time() - started) * 1_000_000))
