"""What a service's background tasks may use: the database, the clock, the outbox, and the end."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.chassis import outbox
from services.chassis.clock import Clock
from services.chassis.effects import Effects
from services.chassis.logs import Logger


@dataclass(frozen=True)
class Runtime:
    """What a background task of a service may use."""

    service: str
    pool: asyncpg.Pool
    clock: Clock
    stopping: asyncio.Event
    log: Logger
    wake_relay: Callable[[], None]
    held_back: Callable[[], bool] = lambda: False

    async def deliver(
        self, connection: asyncpg.Connection, caused: Iterable[tuple[UUID, Effects]]
    ) -> None:
        """Write what effects emit to the outbox, in their order, in the caller's transaction.

        Ids are derived from the id of each one's cause: the same cause delivered twice makes the
        same events. Call ``wake_relay`` once the transaction is committed.
        """
        now = self.clock.now()
        await outbox.append(
            connection,
            [
                outbox.outgoing(emission, service=self.service, cause_id=cause_id, now=now)
                for cause_id, effects in caused
                for emission in effects.emissions
            ],
        )

    async def room(self) -> None:
        """Wait while the outbox is full, or until the process is to stop.

        Ask it before each step that may publish.
        """
        while self.held_back() and not self.stopping.is_set():
            await self.pause(1)

    async def pause(self, seconds: int) -> None:
        """Wait some real seconds, or less when the process is to stop."""
        try:
            await asyncio.wait_for(self.stopping.wait(), timeout=seconds)
        except TimeoutError:
            return
