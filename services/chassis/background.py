"""Background tasks: what they may use (database, clock, outbox, the end), and that they go on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import asyncpg

from services.chassis import outbox
from services.chassis.clock import Clock
from services.chassis.effects import Effects
from services.chassis.logs import Logger, fault_of, place_of
from services.chassis.metrics import Metrics
from services.chassis.settings import LARGEST_BACKOFF_SECONDS

_STEADY_SECONDS = 60


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


async def keep_running(
    runtime: Runtime, task: Callable[[Runtime], Awaitable[None]], metrics: Metrics
) -> None:
    """Run a task until the process is to stop; where it fails, again after a pause that doubles.

    What a task remembers of others, such as a partner that rests, is gone with it: one that fails
    again and again must not ask them anew each second. One that ran for a minute starts afresh.
    """
    failures = 0
    while not runtime.stopping.is_set():
        begun = monotonic()
        try:
            await task(runtime)
            return
        except Exception as error:
            metrics.fault(fault_of(error))
            runtime.log.error(  # noqa: TRY400 - an exception's text is never logged
                "background task starts again", fault=fault_of(error), where=place_of(error)
            )
        failures = 1 if monotonic() - begun >= _STEADY_SECONDS else failures + 1
        await runtime.pause(min(2 ** min(failures - 1, 10), LARGEST_BACKOFF_SECONDS))
