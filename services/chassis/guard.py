"""The guard of a consumer: stops it by the breaker, and lets it go on when that is over.

While the breaker is open, each batch is decided in a transaction that is rolled back, at the pace
at which batches that were put back come again. Nothing is set aside meanwhile. Once most of a
batch would be accepted, reading goes on, and batches are still tried first until a window's worth
of inputs has passed. A person may let it go on as it is.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.chassis.breaker import (
    Breaker,
    OpenBreaker,
    commonest,
    keep_closed,
    keep_open,
    open_breakers,
    outcomes_of,
)
from services.chassis.health import Progress
from services.chassis.logs import Logger
from services.chassis.metrics import Metrics
from services.chassis.processor import Batch, Processor
from services.chassis.record import Record


class BreakerOpenError(RuntimeError):
    """Most of what comes would be set aside; the batch is put back."""


class Guard:
    """Watches what comes of an instance's batches."""

    def __init__(
        self,
        processor: Processor,
        breaker: Breaker,
        instance: str,
        *,
        progress: Progress,
        metrics: Metrics,
        log: Logger,
    ) -> None:
        self._processor = processor
        self._breaker = breaker
        self._instance = instance
        self._progress = progress
        self._metrics = metrics
        self._log = log
        self._tried_first = 0
        self._unwritten: OpenBreaker | None = None

    async def recall(self) -> None:
        """Begin as this instance ended: stopped, if its breaker was open then."""
        for opened in await open_breakers(self._processor.pool, self._instance):
            self._stop(opened)

    async def let_through(self, records: Sequence[Record]) -> None:
        """Return when a batch may be taken in.

        Raises ``BreakerOpenError`` while most of it would be set aside.
        """
        if not self._progress.tripped and not self._tried_first:
            return
        if self._progress.tripped:
            await self.look()
        if not self._progress.tripped and not self._tried_first:
            return
        tried = await self._processor.rehearse(records)
        outcomes = outcomes_of(tried.decided, tried.letters)
        if self._breaker.stays_open(outcomes):
            if not self._progress.tripped:
                self._open(commonest(tried.letters))
                await self._write()
            raise BreakerOpenError
        self._tried_first = max(self._tried_first - len(outcomes), 0)
        if self._progress.tripped and outcomes:
            await self._close("most of the next batch would be accepted")
            self._tried_first = self._breaker.window

    async def watch(self, batch: Batch) -> None:
        """Look at what came of a batch that was taken in."""
        if self._breaker.trips(outcomes_of(batch.decided, batch.letters)):
            self._open(commonest(batch.letters))
            await self._write()

    async def look(self) -> None:
        """See whether a person lets a stopped instance go on."""
        if not self._progress.tripped:
            return
        await self._write()
        for opened in await open_breakers(self._processor.pool, self._instance):
            if opened.resumed_at is not None:
                await self._close("a person let it go on")
                self._breaker.reset(opened.allowance)
                self._tried_first = 0

    def _open(self, cause: str) -> None:
        inputs, dead, keys = self._breaker.figures()
        opened_at: datetime = self._processor.clock.now()
        self._unwritten = OpenBreaker(self._instance, opened_at, inputs, dead, keys, cause)
        self._stop(self._unwritten)

    def _stop(self, opened: OpenBreaker) -> None:
        self._progress.tripped = True
        self._metrics.breaker_open.set(1)
        self._breaker.reset()
        self._log.critical(
            "breaker open: most inputs are set aside; reading stops",
            reason=opened.cause.partition(":")[0],
            records=opened.inputs,
            failed=opened.dead,
        )

    async def _close(self, why: str) -> None:
        await keep_closed(self._processor.pool, self._instance)
        self._unwritten = None
        self._progress.tripped = False
        self._metrics.breaker_open.set(0)
        self._log.warning("breaker closed; reading goes on", reason=why)

    async def _write(self) -> None:
        """Write that the breaker is open; tried again at the next look where that fails."""
        if self._unwritten is None:
            return
        try:
            await keep_open(self._processor.pool, self._unwritten)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            return
        self._unwritten = None
