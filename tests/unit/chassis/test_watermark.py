"""Above the watermark nothing is decided until half of the outbox is out."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog

from services.chassis.health import Progress
from services.chassis.metrics import Metrics
from services.chassis.watermark import OutboxFullError, Watermark
from tests.support import LONG_ENOUGH_S

MOST = 1_000


class Outbox:
    """Answers with the next depth each time it is asked, and says how often it was."""

    def __init__(self, *depths: int) -> None:
        self._depths: Iterator[int] = iter(depths)
        self.asked = 0

    async def depth(self) -> int:
        self.asked += 1
        return next(self._depths)


def watermark(outbox: Outbox, progress: Progress, patience_seconds: int = 60) -> Watermark:
    return Watermark(
        MOST,
        patience_seconds,
        outbox.depth,
        progress=progress,
        metrics=Metrics("till"),
        log=structlog.get_logger(),
    )


async def test_an_outbox_that_stays_full_puts_the_batch_back_and_says_so() -> None:
    progress = Progress(60, assignment_held=True, database_answers=True)
    held = watermark(Outbox(MOST + 1, MOST + 1), progress, patience_seconds=-1)
    held.noted(MOST + 1)
    with pytest.raises(OutboxFullError):
        await held.room()
    assert progress.state == "held back: its outbox is full"
    assert (progress.ready, progress.alive) == (False, True)


class Silent(Outbox):
    """Never says how many events wait; or that it took too long, as a statement's time-out does."""

    def __init__(self, fault: Exception | None = None) -> None:
        super().__init__()
        self._fault = fault

    async def depth(self) -> int:
        if self._fault is not None:
            raise self._fault
        await asyncio.Event().wait()
        return 0


async def test_a_database_that_does_not_say_what_waits_puts_the_batch_back_in_time() -> None:
    held = watermark(Silent(), Progress(60), patience_seconds=-1)
    held.noted(MOST)
    async with asyncio.timeout(LONG_ENOUGH_S):
        with pytest.raises(OutboxFullError):
            await held.room()


async def test_a_statement_that_took_too_long_is_not_told_as_a_full_outbox() -> None:
    held = watermark(Silent(TimeoutError()), Progress(60))
    held.noted(MOST)
    with pytest.raises(TimeoutError):
        await held.room()


async def test_room_is_given_again_only_once_half_of_it_is_out() -> None:
    progress = Progress(60, assignment_held=True, database_answers=True)
    outbox = Outbox(MOST + 1, MOST, MOST // 2 + 1, MOST // 2)
    held = watermark(outbox, progress)
    held.noted(MOST)
    async with asyncio.timeout(LONG_ENOUGH_S):
        await held.room()
    assert outbox.asked == 4
    assert (progress.held_back, progress.state) == (False, "running")


async def test_a_depth_below_the_mark_is_not_held_back() -> None:
    progress = Progress(60, assignment_held=True, database_answers=True)
    held = watermark(Outbox(MOST), progress)
    held.noted(MOST)
    await held.room()
    assert not progress.held_back


async def test_the_database_is_not_asked_while_little_waits() -> None:
    outbox = Outbox()
    held = watermark(outbox, Progress(60))
    held.noted(MOST // 2)
    await held.room()
    assert outbox.asked == 0
