"""Room in the outbox for what letters add: work waits above the watermark, as the service does."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from services.chassis.watermark import Depth, holds_back

LOOK_EVERY_SECONDS = 1.0
STUCK_AFTER_SECONDS = 300
"""So long an outbox may stay as full as it is before waiting for it makes no sense."""


class OutboxStuckError(RuntimeError):
    """Too many events wait to be published, and they do not become fewer."""

    def __init__(self, events: int) -> None:
        super().__init__(f"{events} events wait to be published")
        self.events = events


class OutboxRoom:
    """Holds work back above ``most_events``, until half of them are published."""

    def __init__(self, most_events: int, depth: Depth) -> None:
        self._most = most_events
        self._depth = depth

    async def wait(self, stop: asyncio.Event, on_wait: Callable[[int], None]) -> None:
        """Return when there is room, or ``stop`` is set; tell ``on_wait`` how many events wait.

        Raises ``OutboxStuckError`` when they do not become fewer for long.
        """
        held_back = False
        fewest: int | None = None
        since = monotonic()
        while not stop.is_set():
            depth = await self._depth()
            held_back = holds_back(depth, self._most, already=held_back)
            if not held_back:
                return
            if fewest is None or depth < fewest:
                fewest, since = depth, monotonic()
            elif monotonic() - since > STUCK_AFTER_SECONDS:
                raise OutboxStuckError(depth)
            on_wait(depth)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_SECONDS)
