"""The watermark of the outbox: decisions stop while too many events wait to be published.

A broker that takes nothing would otherwise let the database grow until its disk is full, and with
it everything that shares that disk.
"""

import asyncio
from collections.abc import Awaitable, Callable

from services.chassis.health import Progress
from services.chassis.logs import Logger
from services.chassis.metrics import Metrics

_LOOK_EVERY_SECONDS = 0.25

Depth = Callable[[], Awaitable[int]]


def holds_back(depth: int, most_events: int, *, already: bool) -> bool:
    """Whether nothing more is decided: above ``most_events``, and then until half are out."""
    return depth > (most_events // 2 if already else most_events)


class OutboxFullError(RuntimeError):
    """Too many events wait to be published; the batch is put back."""


class Watermark:
    """Holds a service back above ``most_events``, until half of them are published.

    ``depth`` asks the database how many events wait; ``noted`` takes what is known of it anyhow, so
    that a batch asks only where it matters.
    """

    def __init__(
        self,
        most_events: int,
        patience_seconds: int,
        depth: Depth,
        *,
        progress: Progress,
        metrics: Metrics,
        log: Logger,
    ) -> None:
        self._most = most_events
        self._patience = patience_seconds
        self._depth = depth
        self._progress = progress
        self._metrics = metrics
        self._log = log
        self._noted = 0

    def noted(self, depth: int) -> None:
        """So many events wait; from now on nothing is decided, or everything again."""
        self._noted = depth
        already = self._progress.held_back
        held_back = holds_back(depth, self._most, already=already)
        if already and not held_back:
            self._say(held_back=False)
            self._log.warning("outbox has room again", count=depth)
        elif held_back and not already:
            self._say(held_back=True)
            self._log.warning("outbox full: nothing is decided until half of it is out")

    async def room(self) -> None:
        """Return when a batch may be decided. Raises ``OutboxFullError`` when that takes long.

        A database that is slow to say how many events wait is no longer waited for than the outbox.
        """
        if not self._progress.held_back and self._noted <= self._most // 2:
            return
        try:
            async with asyncio.timeout(self._patience) as patience:
                self.noted(await self._depth())
                while self._progress.held_back:
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)
                    self.noted(await self._depth())
        except TimeoutError:
            if patience.expired():
                raise OutboxFullError from None
            raise

    def _say(self, *, held_back: bool) -> None:
        self._progress.held_back = held_back
        self._metrics.outbox_full.set(int(held_back))
