"""One input at a time, after a transaction of several failed, to set aside the one at fault."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from services.chassis.dead_letters import STORAGE_FAULTS
from services.chassis.logs import fault_of
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

    def failed(self, error: BaseException) -> bool:
        """Whether to try again after ``error``."""
        identity = self._under_way
        if identity is None or identity in self._refusals:
            return False
        self._failures[identity] += 1
        if self._failures[identity] >= _TRIES:
            said = f"the database answers {fault_of(error)}"
            self._refusals[identity] = Refusal("storage_refused", said)
        return True


async def one_by_one(step: Callable[[Attempt], Awaitable[R]]) -> R:
    """Do a step that takes one input; one that cannot be stored twice is set aside.

    Raises what is not the input's fault.
    """
    attempt = Attempt()
    while True:
        try:
            return await step(attempt)
        except STORAGE_FAULTS as error:
            if not attempt.failed(error):
                raise
