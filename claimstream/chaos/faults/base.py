"""What a fault is: something that strikes a running stack once, and what undoes it."""

import asyncio
import random
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import ClassVar

from claimstream.chaos.arena import Arena
from claimstream.stack.state import SERVICES


class Lane(StrEnum):
    """Beside which others a fault may strike: one of each lane at a time, those of ``ALONE`` only
    while no other is about."""

    KILLS = "kills"
    INSTANCES = "instances"
    OTHERS = "others"
    ALONE = "alone"


_SHARE_OF_ALL = 0.25


def one_or_all(rng: random.Random) -> tuple[str, ...]:
    """A service, or every one of them, as drawn."""
    return tuple(SERVICES) if rng.random() < _SHARE_OF_ALL else (rng.choice(SERVICES),)


class Fault(ABC):
    """One fault, drawn: ``rng`` decides all that is to be chosen about it.

    ``weight``: how often it is drawn beside the others, up to ``most`` times in a run. ``detail``
    says, once it has struck, what exactly was done; ids of processes and counts, nothing else.
    ``missed``: what it waits for did not come, and nothing was done.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    weight: ClassVar[int] = 2
    lane: ClassVar[Lane] = Lane.OTHERS
    most: ClassVar[int] = 1_000_000

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.detail = ""
        self.missed = False

    @abstractmethod
    async def strike(self, arena: Arena) -> None:
        """Do it. Raises ``NeverCameError`` when the stack does not come to where it can be done."""

    async def heal(self, arena: Arena) -> None:
        """Undo it, and return when the stack has recovered from it."""
        await arena.all_ready()

    async def wait(self, least_milliseconds: int, most_milliseconds: int) -> None:
        """Let a drawn time pass."""
        await asyncio.sleep(self.rng.randint(least_milliseconds, most_milliseconds) / 1000)
