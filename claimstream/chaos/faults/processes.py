"""Processes that end without a word, stand still, or are there twice."""

import signal
from typing import ClassVar

from claimstream.chaos import moments
from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault, Lane
from claimstream.chaos.fuse import Lit
from claimstream.chaos.waiting import NeverCameError, until
from claimstream.stack.state import SERVICES

SESSION_SECONDS = 6
"""The session time-out of services under faults: the least that Kafka takes."""

_MOST_SURVIVED = 4
_FOR_A_MOMENT_S = 4
_BUSY = ("coding", "billing", "payer_gateway")


class KillService(Fault):
    """``kill -9`` of a service, relay and all, wherever it is."""

    name = "kill-service"
    about = "kill -9 of a service at random"
    weight = 24
    lane = Lane.KILLS

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        self._life = await arena.kill(self._service)
        self.detail = self._service

    async def heal(self, arena: Arena) -> None:
        """Mostly wait until it is back; else the next fault finds it starting."""
        if self.rng.randrange(10) < 7:
            await arena.next_life(self._service, self._life)


class KillPayer(Fault):
    """``kill -9`` of the payer, in the middle of taking in or answering."""

    name = "kill-payer"
    about = "kill -9 of the payer"
    weight = 6
    lane = Lane.KILLS
    member: ClassVar[str] = "payer"

    async def strike(self, arena: Arena) -> None:
        self._life = await arena.kill(self.member)

    async def heal(self, arena: Arena) -> None:
        await arena.next_life(self.member, self._life)


class KillEhr(KillPayer):
    """``kill -9`` of the EHR, with records handed over and not acknowledged."""

    name = "kill-ehr"
    about = "kill -9 of the EHR"
    member = "ehr"


class KillAtMoment(Fault):
    """``kill -9`` of a service exactly where it hurts."""

    name = "kill-at-moment"
    about = "kill -9 between the transaction and the offsets, or publication and outbox"
    weight = 24
    lane = Lane.KILLS
    moments: ClassVar[tuple[str, ...]] = (moments.COMMITTED, moments.PUBLISHED)
    services: ClassVar[tuple[str, ...]] = (*_BUSY, *_BUSY, *SERVICES)
    survived: ClassVar[int] = _MOST_SURVIVED

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(self.services)
        self._moment = self.rng.choice(self.moments)
        fuse = arena.fuse(self._service)
        async with arena.fuses:
            self._life = arena.number(self._service)
            fuse.light(Lit(self._moment, self.rng.randint(0, self.survived)))
            await self.provoke(arena)
            try:
                await until(fuse.has_burnt, f"{self._service} {self._moment}", _FOR_A_MOMENT_S)
            except NeverCameError:
                # Nothing went through it in all this time, as at the end of a run.
                fuse.put_out()
            self.missed = not fuse.has_burnt()
        self.detail = f"{self._service} {self._moment}"

    async def provoke(self, arena: Arena) -> None:
        """Bring the moment about, where it does not come by itself."""

    async def heal(self, arena: Arena) -> None:
        if self.missed:
            await arena.ready(self._service)
        else:
            await arena.next_life(self._service, self._life)


class KillInMigration(KillAtMoment):
    """Ends a service while it looks whether its tables are up to date."""

    name = "kill-in-migration"
    about = "kill -9 of a service during migration"
    weight = 3
    moments = (moments.MIGRATION,)
    survived = 2

    async def provoke(self, arena: Arena) -> None:
        self._life = await arena.kill(self._service)


class KillInDrain(KillAtMoment):
    """Ends a service that was asked to stop, before it is done."""

    name = "kill-in-drain"
    about = "kill -9 of a service while it drains"
    weight = 4
    moments = (moments.DRAIN, moments.DRAIN_RELAY)
    survived = 0

    async def provoke(self, arena: Arena) -> None:
        await arena.ready(self._service)
        self._life = arena.number(self._service)
        arena.send(self._service, signal.SIGTERM)


class KillInUpload(KillAtMoment):
    """Ends the gateway with half a file at the payer, or with one that it has not noted."""

    name = "kill-in-upload"
    about = "kill -9 of the gateway during or right after an upload"
    weight = 8
    moments = (moments.UPLOAD_HALF, moments.STAGED, moments.UPLOADED)
    services = ("payer_gateway",)


class KillInLoad(KillAtMoment):
    """Ends the gateway between storing, removing, reading and committing a payer's file."""

    name = "kill-in-load"
    about = "kill -9 of the gateway while it loads a file"
    weight = 8
    moments = (moments.STORED, moments.LOADED)
    services = ("payer_gateway",)


class KillInRebalance(KillAtMoment):
    """Ends a service while a second instance takes half of its partitions over."""

    name = "kill-in-rebalance"
    about = "kill -9 of a service during a rebalance"
    weight = 3
    lane = Lane.INSTANCES
    moments = (moments.REVOKED, moments.ASSIGNED)
    survived = 0

    async def provoke(self, arena: Arena) -> None:
        arena.start_extra(self._service, "2", arena.second(self._service))

    async def heal(self, arena: Arena) -> None:
        await super().heal(arena)
        await arena.ready(arena.second(self._service))
        await arena.hold([arena.second(self._service)], gently=self.rng.random() < 0.5)


class Zombie(Fault):
    """A process stands still until the group has given its partitions away, then goes on.

    Half of the time its database connections end meanwhile, so that another also takes over what
    its locks kept, and it wakes up in the middle of a transaction that is gone.
    """

    name = "zombie"
    about = "SIGSTOP of a service for longer than the session time-out, a second one beside it"
    weight = 2
    lane = Lane.INSTANCES

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        unlocked = self.rng.random() < 0.5
        self.detail = f"{self._service}, its locks {'taken' if unlocked else 'kept'}"
        second = arena.second(self._service)
        arena.start_extra(self._service, "2", second)
        await arena.ready(second)
        arena.send(self._service, signal.SIGSTOP)
        await self.wait(500, 2000)
        if unlocked:
            await arena.end_connections(self._service)
        await self.wait(SESSION_SECONDS * 1000, SESSION_SECONDS * 1000 + 2000)

    async def heal(self, arena: Arena) -> None:
        arena.send(self._service, signal.SIGCONT)
        await arena.ready(self._service)
        await self.wait(0, 1000)
        await arena.hold([arena.second(self._service)], gently=self.rng.random() < 0.5)


class SecondInstance(Fault):
    """A second instance takes a share of the partitions, and leaves or dies."""

    name = "second-instance"
    about = "a second instance of a service joins, works, and leaves or is killed"
    weight = 3
    lane = Lane.INSTANCES

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        self.detail = self._service
        second = arena.second(self._service)
        arena.start_extra(self._service, "2", second)
        await arena.ready(second)
        await self.wait(500, 3000)

    async def heal(self, arena: Arena) -> None:
        await arena.hold([arena.second(self._service)], gently=self.rng.random() < 0.5)
        await arena.ready(self._service)


class SameInstanceTwice(Fault):
    """Two processes under one instance name push each other out, until one is gone."""

    name = "same-instance-twice"
    about = "a second process of a service under the same instance name"
    weight = 2
    lane = Lane.INSTANCES

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        self.detail = self._service
        self._twin = f"{self._service}-twin"
        arena.start_extra(self._service, "1", self._twin)
        await until(lambda: arena.number(self._twin) > 0, f"{self._twin} starting")
        await self.wait(3000, 6000)

    async def heal(self, arena: Arena) -> None:
        await arena.hold([self._twin], gently=False)
        await arena.ready(self._service)
