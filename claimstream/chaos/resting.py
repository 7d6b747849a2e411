"""Letting time pass until nothing is under way: as fast as the stack keeps up, and no faster."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from claimstream.chaos.arena import Arena
from claimstream.chaos.waiting import NeverCameError
from claimstream.demo.stages import StageCounter
from claimstream.stack.clock import change_pace
from simulators.ehr.clinic.schedule import FIRST_DAY

_SECONDS_A_DAY = 86_400
_FASTEST = 8 * _SECONDS_A_DAY
_SLOWEST = 3_600
_FEW = 300
"""Events and files under way beyond which time passes more slowly, and a quarter of it below which
faster; faster than a day a second only while there are none, or claims on their way would meet
payers' limits: each hop takes a second or two."""

_LOOK_S = 0.5
_STILL_LOOKS = 6
_LONGEST_STANDSTILL_S = 240
_MORE_DAYS = 40
"""What is still sent when the season ends is answered, passed on to the next payer and told."""


@dataclass(slots=True)
class Resting:
    """A stack whose load is over. ``files``: how many files are on their way."""

    arena: Arena
    counter: StageCounter
    files: Callable[[], Awaitable[int]]

    async def quiet_season(self, days: int) -> None:
        """Let time pass to the same day in every run, and on where something is still sent then."""
        await self.season(days)
        while await self.drained():
            days += _MORE_DAYS
            await self.season(days)

    async def drained(self, *, of_files: bool = True) -> bool:
        """Return when nothing is under way any more; whether time had to pass for that.

        Claims wait up to an hour on the clock for others to share a file with, so that an hour
        passes in a second while nothing but files is under way. Raises ``NeverCameError`` where
        nothing moves and something is under way.
        """
        before: tuple[object, ...] = ()
        still = 0
        pace = 1
        has_passed = False
        moved_at = time.monotonic()
        while still < _STILL_LOOKS:
            await asyncio.sleep(_LOOK_S)
            counts = await self.counter.counts()
            statuses = await asyncio.to_thread(self.arena.statuses)
            moving = sum((each.lag_events or 0) + (each.outbox_depth or 0) for each in statuses)
            files = await self.files() if of_files else 0
            quiet = all(each.ready for each in statuses) and not moving and not files
            now = (counts, moving, files)
            still = still + 1 if now == before and quiet else 0
            stands = now == before and not moving
            if now != before or quiet:
                moved_at = time.monotonic()
            before = now
            wanted = _SLOWEST if files and (stands or pace != 1) else 1
            if wanted != pace:
                pace, has_passed = wanted, True
                change_pace(self.arena.stack.folder, pace)
            if time.monotonic() - moved_at > _LONGEST_STANDSTILL_S:
                raise NeverCameError(
                    f"the stack did not come to rest after the last fault: {moving} events and "
                    f"{files} files stand still"
                )
        return has_passed

    async def season(self, days: int) -> None:
        """Let time pass to the same day in every run, more slowly while there is much to do.

        While events are behind it comes to a stand, or payers would be told of claims too late for
        their limits; what waits in files needs it to go on.
        """
        opening = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
        last = opening + timedelta(days=days)
        folder = self.arena.stack.folder
        pace = _SECONDS_A_DAY
        change_pace(folder, pace)
        while self.arena.clock()[0] < last:
            await asyncio.sleep(_LOOK_S)
            statuses = await asyncio.to_thread(self.arena.statuses)
            events = sum((each.lag_events or 0) + (each.outbox_depth or 0) for each in statuses)
            wanted = _paced(pace, events, await self.files())
            if wanted != pace:
                pace = wanted
                change_pace(folder, pace)
        change_pace(folder, 1)


def _paced(pace: int, events: int, files: int) -> int:
    """How many seconds are to pass in one, at so many of both under way."""
    moving = events + files
    wanted = pace
    if moving > _FEW:
        wanted = pace // 2
    elif moving < _FEW // 4:
        wanted = pace * 2
    most = _SECONDS_A_DAY if moving else _FASTEST
    return max(min(wanted, most), 1 if events > _FEW else _SLOWEST)
