"""Everything again: positions put back, topics made anew, and a clock that jumps."""

from datetime import timedelta

from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault
from claimstream.chaos.topics import offsets_to_start, restore_topics
from claimstream.stack.state import SERVICES

_LONGEST_JUMP_HOURS = 36


class Replay(Fault):
    """A service reads everything again that its topics hold."""

    name = "replay"
    about = "a service's offsets reset to the start while it is stopped"
    weight = 1

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        self.detail = self._service
        await arena.hold([self._service], gently=self.rng.random() < 0.5)
        await offsets_to_start(arena.addresses.kafka_bootstrap, self._service)

    async def heal(self, arena: Arena) -> None:
        arena.release([self._service])
        await arena.ready(self._service)


class TopicsRestored(Fault):
    """All topics are lost and made again from a backup; everybody reads them from the start."""

    name = "topics-restored"
    about = "topics deleted and re-created from a copy, every offset reset"
    weight = 1

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

    async def strike(self, arena: Arena) -> None:
        hours = self.rng.randint(1, _LONGEST_JUMP_HOURS)
        arena.jump(timedelta(hours=hours))
        self.detail = f"{hours} h"

    async def heal(self, arena: Arena) -> None:
        """There is nothing to undo; time does not go back."""
