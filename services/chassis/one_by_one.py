"""Several inputs in one transaction, and one at a time after it failed, to set one aside."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg

from services.chassis.dead_letters import refusal_by
from services.chassis.record import Delivery, Refusal

_TRIES = 2

R = TypeVar("R")


class Attempt:
    """Knows which input is under way, and refuses the one that failed too often.

    Another instance may settle an input between two tries: what is tried then is another one, and
    starts afresh.
    """

    def __init__(self) -> None:
        self._under_way: UUID | None = None
        self._failures: Counter[UUID] = Counter()
        self._refusals: dict[UUID, Refusal] = {}

    def on(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """The deliveries of a try, of which there is one at most, as they are to be decided."""
        self._under_way = deliveries[0].identity if deliveries else None
        return [
            delivery
            if (refusal := self._refusals.get(delivery.identity)) is None
            else delivery.refused(refusal)
            for delivery in deliveries
        ]

    def failed(self, refusal: Refusal) -> bool:
        """Whether to try again after what would be its ``refusal``."""
        identity = self._under_way
        if identity is None or identity in self._refusals:
            return False
        self._failures[identity] += 1
        if self._failures[identity] >= _TRIES:
            self._refusals[identity] = refusal
        return True


async def uncrossed(step: Callable[[], Awaitable[R]]) -> R:
    """Do a step, once more where another transaction crossed it.

    It made the same row meanwhile, or each waited for what the other held and the database ended
    this one: nothing of it has happened.
    """
    try:
        return await step()
    except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
        return await step()


async def together(step: Callable[[], Awaitable[R]], apart: Callable[[], Awaitable[R]]) -> R:
    """Do a step as one; ``apart`` instead where it fails, unless that is an outage."""
    try:
        return await uncrossed(step)
    except Exception as error:
        if refusal_by(error) is None:
            raise
    return await apart()


async def one_by_one(step: Callable[[Attempt], Awaitable[R]]) -> R:
    """Do a step that takes one input; one at which it fails twice is set aside.

    Raises what is an outage.
    """
    attempt = Attempt()
    while True:
        try:
            return await step(attempt)
        except Exception as error:
            refusal = refusal_by(error)
            if refusal is None or not attempt.failed(refusal):
                raise
