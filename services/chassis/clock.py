"""Time as a dependency: the real clock, or a scaled one for demonstrations and replays."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Protocol, Self

ENVIRONMENT_VARIABLE = "CLAIMSTREAM_CLOCK"


class Clock(Protocol):
    """Says what time it is and waits until it is later."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return when ``now()`` has reached ``instant``."""
        ...


async def _sleep_until(clock: Clock, instant: datetime, *, rate: int) -> None:
    remaining = (instant - clock.now()).total_seconds()
    while remaining > 0:
        await asyncio.sleep(remaining / rate)
        remaining = (instant - clock.now()).total_seconds()


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, instant: datetime) -> None:
        await _sleep_until(self, instant, rate=1)


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """A clock that every process of one run agrees on, running ``rate`` times as fast.

    ``wall_epoch`` is the Unix time, in seconds, at which this clock showed ``start``.
    """

    wall_epoch: int
    start: datetime
    rate: int

    def now(self) -> datetime:
        elapsed = time.time() - self.wall_epoch
        return self.start + timedelta(seconds=elapsed * self.rate)

    def at(self, unix_seconds: int) -> datetime:
        """What this clock shows, or showed, at a Unix time in seconds."""
        return self.start + timedelta(seconds=(unix_seconds - self.wall_epoch) * self.rate)

    async def sleep_until(self, instant: datetime) -> None:
        await _sleep_until(self, instant, rate=self.rate)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``scaled:<unix seconds>:<rate>:<RFC 3339 start>``.

        Raises ``ValueError`` that says what the form is.
        """
        parts = text.split(":", 3)
        try:
            _, epoch, rate, start = parts
            clock = cls(int(epoch), datetime.fromisoformat(start), int(rate))
        except ValueError:
            raise ValueError(
                f"{ENVIRONMENT_VARIABLE} must be 'real', 'file:PATH' or "
                f"'scaled:UNIX_SECONDS:RATE:START', not {text!r}"
            ) from None
        if clock.rate < 1 or clock.start.tzinfo is None:
            raise ValueError(
                f"{ENVIRONMENT_VARIABLE}: RATE is at least 1 and START carries an offset"
            )
        return clock

    def __str__(self) -> str:
        return f"scaled:{self.wall_epoch}:{self.rate}:{self.start.isoformat()}"


class FileClock:
    """A scaled clock whose setting is a file, so that a run can be slowed down while it goes on.

    The file holds what ``ScaledClock.parse`` reads; it is looked at again every ``look_seconds``.
    """

    def __init__(self, path: Path, look_seconds: float = 0.25) -> None:
        self._path = path
        self._look_seconds = look_seconds
        self._looked_at = monotonic()
        self._clock = self._read()

    def _read(self) -> ScaledClock:
        return ScaledClock.parse(self._path.read_text(encoding="utf-8").strip())

    def now(self) -> datetime:
        if monotonic() - self._looked_at > self._look_seconds:
            self._looked_at = monotonic()
            self._clock = self._read()
        return self._clock.now()

    async def sleep_until(self, instant: datetime) -> None:
        remaining = (instant - self.now()).total_seconds()
        while remaining > 0:
            await asyncio.sleep(min(remaining / self._clock.rate, self._look_seconds))
            remaining = (instant - self.now()).total_seconds()


class SteadyClock:
    """Another clock, whose leaps ahead are believed once they have lasted for ``doubted``.

    For what cannot be undone, where a clock that is wrong for a day must do no harm. A process that
    begins after the leap knows of none.
    """

    def __init__(self, clock: Clock, doubted: timedelta = timedelta(days=2)) -> None:
        self._clock = clock
        self._doubted = doubted.total_seconds()
        self._least: deque[tuple[float, datetime]] = deque()
        self.now()

    def now(self) -> datetime:
        """The least that the clock would show now had it gone on as it ever did lately."""
        passed = monotonic()
        began = self._clock.now() - timedelta(seconds=passed)
        began = began.replace(second=0, microsecond=0)
        while self._least and self._least[-1][1] >= began:
            self._least.pop()
        self._least.append((passed, began))
        while self._least[0][0] < passed - self._doubted:
            self._least.popleft()
        return self._least[0][1] + timedelta(seconds=passed)


def clock_from_environment(environment: Mapping[str, str] | None = None) -> Clock:
    """The clock that this process is told to use; the machine's own unless told otherwise."""
    text = (os.environ if environment is None else environment).get(ENVIRONMENT_VARIABLE, "real")
    if text == "real":
        return RealClock()
    if text.startswith("file:"):
        return FileClock(Path(text.removeprefix("file:")))
    return ScaledClock.parse(text)
