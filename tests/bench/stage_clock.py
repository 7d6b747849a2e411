"""Processor time of one process by stage, exclusive: time in a nested stage counts there alone."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

REST = "rest"
"""Whatever no stage claims: transaction, commit, counting, the event loop."""


class StageClock:
    """Accumulates processor nanoseconds by stage while it runs. For one task at a time."""

    def __init__(self) -> None:
        self.nanoseconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._open = [REST]
        self._since = time.process_time_ns()
        self._running = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens in the block; outside of it nothing counts."""
        self._since = time.process_time_ns()
        self._running = True
        try:
            yield
        finally:
            self._mark()
            self._running = False

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block as ``name``."""
        self.calls[name] += 1
        self._mark()
        self._open.append(name)
        try:
            yield
        finally:
            self._mark()
            self._open.pop()

    def of_function(self, name: str, function: Callable[P, R]) -> Callable[P, R]:
        """``function``, counted as ``name``."""

        def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.stage(name):
                return function(*args, **kwargs)

        return counted

    def of_coroutine(
        self, name: str, function: Callable[P, Awaitable[R]]
    ) -> Callable[P, Awaitable[R]]:
        """``function``, counted as ``name`` from its call to its end."""

        async def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.stage(name):
                return await function(*args, **kwargs)

        return counted

    def _mark(self) -> None:
        now = time.process_time_ns()
        if self._running:
            self.nanoseconds[self._open[-1]] += now - self._since
        self._since = now
