"""The guard of a service: stops it by the breaker, and lets it go on when that is over.

While the breaker is open, the next of what opened it, records, deadlines or parked ones, is decided
in a transaction that is rolled back, at the pace at which batches that were put back come again.
Nothing is set aside meanwhile. Once most of it would be accepted, or nothing of it is due any more,
the service goes on; what opened the breaker is still tried first until a window's worth of it has
passed, and is stopped again by what would trip the breaker. A person may let it go on as it is.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Literal

import asyncpg

from services.chassis.breaker import (
    KINDS,
    Breaker,
    Kind,
    OpenBreaker,
    Outcomes,
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
from services.chassis.rehearsal import rehearse_deadlines, rehearse_parked, rehearse_records

_TRY_EVERY_SECONDS = 2

Due = Literal["deadlines", "parked"]
_REHEARSE: Mapping[Kind, Callable[[Processor], Awaitable[Batch]]] = {
    "deadlines": rehearse_deadlines,
    "parked": rehearse_parked,
}


class BreakerOpenError(RuntimeError):
    """Most of what comes would be set aside; the batch is put back."""


class Guard:
    """Watches what comes of an instance's batches, and of what falls due."""

    def __init__(
        self,
        processor: Processor,
        breaker: Callable[[], Breaker],
        instance: str,
        *,
        progress: Progress,
        metrics: Metrics,
        log: Logger,
    ) -> None:
        self._processor = processor
        self._breakers: dict[Kind, Breaker] = {kind: breaker() for kind in KINDS}
        self._instance = instance
        self._progress = progress
        self._metrics = metrics
        self._log = log
        self._opened_by: Kind = "records"
        self._tried_first: Counter[Kind] = Counter()
        self._next_try = 0.0
        self._unwritten: OpenBreaker | None = None

    async def recall(self) -> None:
        """Begin as this instance ended: stopped, if its breaker was open then."""
        for opened in await open_breakers(self._processor.pool, self._instance):
            self._stop(opened)

    async def let_through(self, records: Sequence[Record]) -> None:
        """Return when a batch may be taken in.

        Raises ``BreakerOpenError`` while most of it would be set aside, and while the breaker is
        open for another reason.
        """
        if self._progress.tripped:
            await self.look()
        if self._progress.tripped and self._opened_by != "records":
            raise BreakerOpenError
        if not self._progress.tripped and not self._tried_first["records"]:
            return
        stopped = self._progress.tripped
        tried = await rehearse_records(self._processor, records)
        if self._let_go_on_since(stopped=stopped):
            return
        if not await self._passes("records", tried, close=bool(tried.decided or tried.letters)):
            raise BreakerOpenError

    async def may_run(self, kind: Due) -> bool:
        """Whether what is due may be decided."""
        if not self._progress.tripped and not self._tried_first[kind]:
            return True
        stopped = self._progress.tripped
        if stopped:
            if self._opened_by != kind or monotonic() < self._next_try:
                return False
            self._next_try = monotonic() + _TRY_EVERY_SECONDS
        tried = await _REHEARSE[kind](self._processor)
        if self._let_go_on_since(stopped=stopped):
            return True
        return await self._passes(kind, tried, close=True)

    def _let_go_on_since(self, *, stopped: bool) -> bool:
        """Whether a person let it go on while something was being tried: that word stands."""
        return stopped and not self._progress.tripped

    async def watch(self, batch: Batch, kind: Kind = "records") -> None:
        """Look at what came of a batch that was taken in."""
        if self._breakers[kind].trips(outcomes_of(batch.decided, batch.letters)):
            await self._open(kind, batch, [])

    async def _passes(self, kind: Kind, tried: Batch, *, close: bool) -> bool:
        """Whether what was tried may be done; opens the breaker, or closes it, by it."""
        outcomes = outcomes_of(tried.decided, tried.letters)
        breaker = self._breakers[kind]
        if not self._progress.tripped:
            if breaker.would_trip(outcomes):
                await self._open(kind, tried, outcomes)
                return False
            self._tried_first[kind] = max(self._tried_first[kind] - len(outcomes), 0)
            return True
        if self._opened_by != kind or breaker.stays_open(outcomes):
            return False
        if close:
            await self._close("most of what comes next would be accepted")
            self._tried_first[kind] = breaker.window
        return True

    async def look(self) -> None:
        """See whether a person lets a stopped instance go on."""
        if not self._progress.tripped:
            return
        await self._write()
        for opened in await open_breakers(self._processor.pool, self._instance):
            if opened.resumed_at is not None:
                await self._close("a person let it go on")
                self._breakers[self._opened_by].reset(opened.allowance)
                self._tried_first.clear()

    async def _open(self, kind: Kind, batch: Batch, tried: Outcomes) -> None:
        """Open the breaker by ``batch``; ``tried`` is what would come of it if it was not done."""
        if self._progress.tripped:
            return
        inputs, dead, keys = self._breakers[kind].figures(tried)
        opened_at: datetime = self._processor.clock.now()
        cause = commonest(batch.letters)
        self._unwritten = OpenBreaker(
            self._instance, opened_at, inputs, dead, keys, cause, opened_by=kind
        )
        self._stop(self._unwritten)
        await self._write()

    def _stop(self, opened: OpenBreaker) -> None:
        self._progress.tripped = True
        self._opened_by = opened.opened_by
        self._metrics.breaker_open.set(1)
        self._breakers[self._opened_by].reset()
        self._log.critical(
            "breaker open: most inputs are set aside; reading stops",
            kind=opened.opened_by,
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
