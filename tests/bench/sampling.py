"""Where a process spends its processor time: its stack looked at by the kernel's timers.

Each look counts for the processor time since the look before, so that waiting counts for nothing.
A look that falls into a C function counts for the Python line that called it.
"""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

_INTERVAL_SECONDS = 0.001
_CHECKOUT = Path(__file__).resolve().parents[2]
_DEEPEST = 120

Stack = tuple[str, ...]


class Sampler:
    """Processor microseconds by stack, outermost function first. One a process.

    ``fine`` looks by the wall clock, often, and wakes a process that waits; else the processor's
    own timer looks with the kernel's ticks and leaves an idle process alone.
    """

    def __init__(self, *, fine: bool = False) -> None:
        self.stacks: Counter[Stack] = Counter()
        self._names: dict[CodeType, str] = {}
        self._timer = signal.ITIMER_REAL if fine else signal.ITIMER_PROF
        self._signal = signal.SIGALRM if fine else signal.SIGPROF
        self._since = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look at what happens in the block. For the main thread."""
        former = signal.signal(self._signal, self._look)
        self._since = time.process_time_ns()
        signal.setitimer(self._timer, _INTERVAL_SECONDS, _INTERVAL_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(self._timer, 0)
            signal.signal(self._signal, former)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        now = time.process_time_ns()
        found: list[str] = []
        while frame is not None and len(found) < _DEEPEST:
            found.append(self._name(frame.f_code))
            frame = frame.f_back
        self.stacks[tuple(reversed(found))] += (now - self._since) // 1_000
        self._since = now

    def _name(self, code: CodeType) -> str:
        name = self._names.get(code)
        if name is None:
            name = self._names[code] = f"{module_of(code.co_filename)}:{code.co_qualname}"
        return name


def module_of(file: str) -> str:
    """A source file as a module: below the checkout, below site-packages, or by its own name."""
    path = Path(file)
    if "site-packages" in path.parts:
        path = Path(*path.parts[path.parts.index("site-packages") + 1 :])
    elif path.is_relative_to(_CHECKOUT):
        path = path.relative_to(_CHECKOUT)
    else:
        path = Path(path.name)
    return ".".join(path.with_suffix("").parts)


def folded(stacks: Counter[Stack]) -> str:
    """One line a stack, as flame graph tools read it: functions, then microseconds."""
    return "".join(f"{';'.join(stack)} {count}\n" for stack, count in sorted(stacks.items()))


def heaviest(stacks: Counter[Stack], most: int = 40) -> str:
    """Functions by their own time and with what they call, in percent: a text for a person."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, count in stacks.items():
        if stack:
            own[stack[-1]] += count
        for name in set(stack):
            total[name] += count
    every = max(sum(stacks.values()), 1)
    lines = [f"{every // 1000} ms of processor time", "", f"{'own':>7}{'total':>8}  function"]
    ranked = [("by its own time", own), ("with what it calls", total)]
    for title, ranking in ranked:
        lines += ["", f"-- {title}"]
        for name, _ in ranking.most_common(most):
            lines.append(
                f"{own[name] * 100 / every:6.1f}%{total[name] * 100 / every:7.1f}%  {name}"
            )
    return "\n".join(lines) + "\n"


def unfolded(text: str) -> Counter[Stack]:
    """What ``folded`` wrote."""
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        stacks[tuple(stack.split(";"))] += int(count)
    return stacks
