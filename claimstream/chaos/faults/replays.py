"""Everything again: positions put back, topics made anew, and a clock that jumps."""

from datetime import timedelta

from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault, Lane, one_or_all
from claimstream.chaos.topics import offsets_to_start, restore_topics
from claimstream.stack.state import SERVICES

_LONGEST_JUMP_HOURS = 36
_A_DAY_S = 86_400
_ALL_HAVE_LOOKED_S = 1


class Replay(Fault):
    """A service, now and then all of them, reads everything again that its topics hold."""

    name = "replay"
    about = "offsets of a service, or of all, reset to the start while it is stopped"
    weight = 1
    lane = Lane.ALONE
    most = 8

    async def strike(self, arena: Arena) -> None:
        self._services = one_or_all(self.rng)
        self.detail = ", ".join(self._services)
        await arena.hold(self._services, gently=self.rng.random() < 0.5)
        for service in self._services:
            await offsets_to_start(arena.addresses.kafka_bootstrap, service)

    async def heal(self, arena: Arena) -> None:
        arena.release(self._services)
        for service in self._services:
            await arena.ready(service)


class TopicsRestored(Fault):
    """All topics are lost and made again from a backup; everybody reads them from the start."""

    name = "topics-restored"
    about = "topics deleted and re-created from a copy, every offset reset"
    weight = 1
    lane = Lane.ALONE
    most = 3

    async def strike(self, arena: Arena) -> None:
        await arena.hold([*SERVICES, "ehr"], gently=self.rng.random() < 0.5)
        bootstrap = arena.addresses.kafka_bootstrap
        count = await restore_topics(bootstrap)
        for service in SERVICES:
            await offsets_to_start(bootstrap, service)
        self.detail = f"{count} records"

    async def heal(self, arena: Arena) -> None:
        arena.release([*SERVICES, "ehr"])
        await arena.all_ready()


class ClockJump(Fault):
    """The clock goes ahead by hours: deadlines fall due all at once."""

    name = "clock-jump"
    about = "the clock jumps ahead by up to a day and a half"
    weight = 2
    most = 16

    async def strike(self, arena: Arena) -> None:
        hours = self.rng.randint(1, _LONGEST_JUMP_HOURS)
        arena.jump(timedelta(hours=hours))
        self.detail = f"{hours} h"

    async def heal(self, arena: Arena) -> None:
        """There is nothing to undo; the clock goes on from there."""


class ClockBack(Fault):
    """The clock goes back within its day, as one that was set wrong is put right.

    What was decided before seems to lie ahead then, and deadlines wait longer. Before the day no
    clock goes: billing holds what was done on a day that has not come yet, and rightly so.
    """

    name = "clock-back"
    about = "the clock goes back by hours, not beyond the day's beginning"
    most = 16

    async def strike(self, arena: Arena) -> None:
        now, rate = arena.clock()
        gone = int((now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds())
        back = gone * self.rng.randint(10, 95) // 100
        self.missed = _A_DAY_S - gone < rate * _ALL_HAVE_LOOKED_S or not back
        if not self.missed:
            arena.jump(-timedelta(seconds=back))
            arena.went_back += timedelta(seconds=back)
        self.detail = f"{back // 60} min"

    async def heal(self, arena: Arena) -> None:
        """There is nothing to undo; the clock goes on from there."""
