"""Abreast of its topics: a service knows what was said while it stood still.

Deadlines that passed meanwhile are decided on what is known, so they wait until what lay unread at
the start has been taken in: else a patient is billed on Monday for what was paid on Saturday. They
wait for every instance that is catching up, since a key's events may be another's to read, and no
longer than an hour: a service that never catches up still keeps its deadlines.
"""

from time import monotonic

import asyncpg

from services.chassis.health import Progress
from services.chassis.presence import present

CATCHING_UP = "catching up"
_PATIENCE_SECONDS = 3_600
_LATELY_SECONDS = 10
"""One that was killed while it caught up keeps the others no longer."""


class Abreast:
    """Whether an instance, and all others, have read what there was to read; once so, for good."""

    def __init__(self, pool: asyncpg.Pool, progress: Progress, instance: str) -> None:
        self._pool = pool
        self._progress = progress
        self._instance = instance
        self._patient_until = monotonic() + _PATIENCE_SECONDS
        self._is_so = False

    @property
    def state(self) -> str:
        """What the instance tells the others of itself."""
        return self._progress.state if self._progress.caught_up else CATCHING_UP

    async def is_so(self) -> bool:
        """Ask each time before deadlines are decided."""
        if not self._is_so:
            self._is_so = monotonic() > self._patient_until or (
                self._progress.caught_up and await self._are_others()
            )
        return self._is_so

    async def _are_others(self) -> bool:
        async with self._pool.acquire() as connection:
            states = await present(connection, lately_seconds=_LATELY_SECONDS)
        states.pop(self._instance, None)
        return CATCHING_UP not in states.values()
