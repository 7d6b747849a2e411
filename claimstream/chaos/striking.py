"""Letting faults strike when they are due, some beside each other."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from aiokafka.errors import KafkaError

from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault, Lane
from claimstream.chaos.journal import Journal
from claimstream.chaos.waiting import NeverCameError

STRUCK, MISSED, STUCK = "fault", "missed", "stuck"
"""What the journal says of a fault: done, nothing to do it to, or it did not end."""

_FAULTS_OF_OURS = (
    NeverCameError,
    OSError,
    KafkaError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)


@dataclass(slots=True)
class _Turns:
    """Any number of lanes at a time, or one fault alone; who wants to be alone comes first."""

    _about: int = 0
    _alone: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def of(self, lane: Lane) -> AsyncIterator[None]:
        """Hold a turn for the length of a block."""
        async with self._changed:
            if lane is Lane.ALONE:
                self._alone += 1
                await self._changed.wait_for(lambda: not self._about)
            else:
                await self._changed.wait_for(lambda: not self._alone)
            self._about += 1
        try:
            yield
        finally:
            async with self._changed:
                self._about -= 1
                self._alone -= lane is Lane.ALONE
                self._changed.notify_all()


@dataclass(slots=True)
class Striking:
    """``faults`` in the order of their numbers, one every ``every_s`` seconds or as fast as they
    go, until ``stopping``. ``done`` hears after each how many there were."""

    arena: Arena
    faults: Sequence[Fault]
    every_s: float
    journal: Journal
    stopping: asyncio.Event
    done: Callable[[int], None]
    _turns: _Turns = field(default_factory=_Turns)
    _begun: float = 0
    _ended: int = 0

    async def run(self) -> None:
        """Return when all have struck and are over. Raises ``NeverCameError`` where one is not."""
        self._begun = time.monotonic()
        lanes = [asyncio.create_task(self._lane(lane)) for lane in Lane]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def _lane(self, lane: Lane) -> None:
        for number, fault in enumerate(self.faults, start=1):
            if fault.lane is not lane:
                continue
            early = self._begun + (number - 1) * self.every_s - time.monotonic()
            if early > 0:
                await self._pause(early)
            if self.stopping.is_set():
                return
            async with self._turns.of(lane):
                await self._strike(fault, number)
            self._ended += 1
            self.done(self._ended)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return

    async def _strike(self, fault: Fault, number: int) -> None:
        begun = time.monotonic()
        try:
            await fault.strike(self.arena)
            await fault.heal(self.arena)
        except _FAULTS_OF_OURS as error:
            self.journal.note(STUCK, number=number, fault=fault.name, detail=fault.detail)
            raise NeverCameError(
                f"fault {number}, {fault.name} ({fault.detail}): {error}"
            ) from error
        self.journal.note(
            MISSED if fault.missed else STRUCK,
            number=number,
            fault=fault.name,
            detail=fault.detail,
            took_s=time.monotonic() - begun,
        )
