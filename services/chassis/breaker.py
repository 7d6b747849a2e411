"""The breaker: when most of what comes is set aside, the fault is not in the records.

It looks at the last inputs and at how many different keys were set aside, so that one bad key,
however often it comes, does not trip it. Records, deadlines and what was parked are looked at each
for itself: many good ones of one kind do not hide that all of another are set aside. That it is
open is kept in a row, for people to see and to overrule, and for the next start.
"""

from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

import asyncpg

from services.chassis.dead_letters import ReferenceMissing
from services.chassis.record import Delivery, Refusal

Kind: TypeAlias = Literal["records", "deadlines", "parked"]
KINDS: tuple[Kind, ...] = ("records", "deadlines", "parked")
Outcomes: TypeAlias = list[tuple[bool, str]]

_OPENED = """
insert into delivery.breaker (instance, opened_at, inputs, dead, keys, cause, opened_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (instance) do update set opened_at = excluded.opened_at, inputs = excluded.inputs,
    dead = excluded.dead, keys = excluded.keys, cause = excluded.cause,
    opened_by = excluded.opened_by, resumed_at = null, allowance = 0
"""
_OPEN = """
select instance, opened_at, inputs, dead, keys, cause, resumed_at, allowance, opened_by
from delivery.breaker where $1::text is null or instance = $1 order by instance
"""
_RESUME = """
update delivery.breaker set resumed_at = $1, allowance = $2
where $3::text is null or instance = $3 returning instance
"""


@dataclass(slots=True)
class Breaker:
    """Trips when at least ``percent`` of the last ``window`` inputs are dead letters.

    ``least_keys`` different lanes must have been hit.
    """

    window: int
    least_keys: int
    percent: int
    _recent: deque[tuple[bool, str]] = field(default_factory=deque)
    _allowance: int = 0

    def trips(self, outcomes: Outcomes) -> bool:
        """Add (dead, lane) outcomes and say whether to stop."""
        counted = outcomes[self._allowance :]
        self._allowance = max(self._allowance - len(outcomes), 0)
        self._recent.extend(counted)
        while len(self._recent) > self.window:
            self._recent.popleft()
        return self._is_bad(self._recent)

    def would_trip(self, outcomes: Outcomes) -> bool:
        """Whether a batch that was only tried is reason enough to stop before it is taken in.

        Most of it would be dead; and, by itself or with what was taken in before it, of enough
        keys: a bad key that is all there is to read stops nobody.
        """
        return self.stays_open(outcomes) and (
            self._is_bad(outcomes) or self._is_bad(self._looked_back(outcomes))
        )

    def stays_open(self, outcomes: Outcomes) -> bool:
        """Whether what would come of the next batch is as bad as what tripped it.

        No number of keys is asked for: what waits may be less than a whole window.
        """
        dead = sum(is_dead for is_dead, _ in outcomes)
        return dead > 0 and self._is_most(dead, len(outcomes))

    def reset(self, allowance: int = 0) -> None:
        """Forget what was seen; the next ``allowance`` inputs will not count."""
        self._recent.clear()
        self._allowance = allowance

    def figures(self, tried: Outcomes) -> tuple[int, int, int]:
        """Inputs looked back on, how many of them are dead letters, and of how many keys.

        ``tried``: what would come of a batch that was not taken in.
        """
        return _figures(self._looked_back(tried))

    def _looked_back(self, tried: Outcomes) -> Outcomes:
        return [*self._recent, *tried][-self.window :]

    def _is_bad(self, outcomes: Collection[tuple[bool, str]]) -> bool:
        inputs, dead, keys = _figures(outcomes)
        return keys >= self.least_keys and self._is_most(dead, inputs)

    def _is_most(self, dead: int, inputs: int) -> bool:
        return dead * 100 >= self.percent * inputs


def _figures(outcomes: Collection[tuple[bool, str]]) -> tuple[int, int, int]:
    dead = [lane for is_dead, lane in outcomes if is_dead]
    return len(outcomes), len(dead), len(set(dead))


def outcomes_of(decided: int, letters: Sequence[tuple[Delivery, Refusal]]) -> Outcomes:
    """What came of a batch; a letter without a key counts as a key of its own.

    That a reference did not come in time says nothing of a release: it does not count. Which input
    came when is not known here: letters are spread evenly, so that a part of a batch, as a window
    may hold, is as bad as the whole.
    """
    dead = [
        (True, _key_of(delivery))
        for delivery, refusal in letters
        if not isinstance(refusal, ReferenceMissing)
    ]
    outcomes = [(False, "")] * (decided + len(dead))
    for number, each in enumerate(dead):
        outcomes[number * len(outcomes) // len(dead)] = each
    return outcomes


def _key_of(delivery: Delivery) -> str:
    """Its lane; a deadline blocks none, but it has a key."""
    key = delivery.record.key
    return delivery.lane or (key.hex() if key else str(delivery.identity))


def commonest(letters: Sequence[tuple[Delivery, Refusal]]) -> str:
    """The commonest reason of letters, with its message."""
    counted = Counter(f"{refusal.reason}: {refusal.message}" for _, refusal in letters)
    return counted.most_common(1)[0][0][:300] if counted else ""


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """An instance that its breaker stopped; figures are of when it opened.

    ``resumed_at``: when a person let it go on; ``allowance`` inputs then do not count.
    ``opened_by``: what was set aside.
    """

    instance: str
    opened_at: datetime
    inputs: int
    dead: int
    keys: int
    cause: str
    resumed_at: datetime | None = None
    allowance: int = 0
    opened_by: Kind = "records"


async def keep_open(pool: asyncpg.Pool, opened: OpenBreaker) -> None:
    """Write that an instance's breaker opened."""
    await pool.execute(
        _OPENED,
        opened.instance,
        opened.opened_at,
        opened.inputs,
        opened.dead,
        opened.keys,
        opened.cause,
        opened.opened_by,
    )


async def keep_closed(pool: asyncpg.Pool, instance: str) -> None:
    """Write that an instance's breaker is closed."""
    await pool.execute("delete from delivery.breaker where instance = $1", instance)


async def open_breakers(
    connection: "asyncpg.Connection | asyncpg.Pool", instance: str | None = None
) -> list[OpenBreaker]:
    """The instances of a service that their breakers stopped, or one of them."""
    rows = await connection.fetch(_OPEN, instance)
    return [OpenBreaker(**dict(row)) for row in rows]


async def resume(
    connection: asyncpg.Connection, instance: str | None, now: datetime, allowance: int
) -> list[str]:
    """Let an instance, or all that are stopped, go on; returns which."""
    rows = await connection.fetch(_RESUME, now, allowance, instance)
    return [row["instance"] for row in rows]
