"""How fast encounters came through, from the times at which the topics hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_MILLISECOND = timedelta(milliseconds=1)

Sightings = Mapping[str, Sequence[datetime]]
"""When each encounter was on a topic, in order, by its key."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One leg: how many encounters came through, and how long 95% of them took.

    ``milliseconds`` runs from the beginning to the 95th percentile of arrivals. ``steady`` of them
    came after the first tenth and up to nine tenths, between ``steady_from`` and ``steady_until``
    milliseconds from the beginning: neither the start nor the last files are in it.
    """

    arrived: int
    counted: int
    milliseconds: int
    steady: int = 0
    steady_from: int = 0
    steady_until: int = 0

    @property
    def per_second(self) -> float:
        """Encounters a second; 0 where none came through."""
        return _rate(self.counted, self.milliseconds)

    @property
    def steady_per_second(self) -> float:
        """Encounters a second between the first tenth and nine tenths; 0 where none came then."""
        return _rate(self.steady, self.steady_until - self.steady_from)

    def sent_per_second(self, sent: int) -> float:
        """Encounters sent through a second: the same share of all that were sent, whether they end
        here or elsewhere by a rule, over the same time."""
        return self.per_second * sent / self.arrived if self.arrived else 0.0

    def steady_sent_per_second(self, sent: int) -> float:
        """The same between the first tenth and nine tenths."""
        return self.steady_per_second * sent / self.arrived if self.arrived else 0.0


def _rate(count: int, milliseconds: int) -> float:
    return count * 1000 / milliseconds if milliseconds > 0 else 0.0


def pace(began: datetime, arrived: Sightings) -> Pace:
    """The leg from ``began``, by the first arrival of each encounter."""
    if not arrived:
        return Pace(0, 0, 0)
    times = sorted((each[0] - began) // _MILLISECOND for each in arrived.values())
    counted, first, last = (max(len(times) * share // 100, 1) for share in (95, 10, 90))
    return Pace(
        arrived=len(times),
        counted=counted,
        milliseconds=times[counted - 1],
        steady=last - first,
        steady_from=times[first - 1],
        steady_until=times[last - 1],
    )


def percentile(values: Sequence[int], per_mille: int) -> int:
    """The least of ``values`` that so many a thousand do not exceed; 0 where there is none."""
    ordered = sorted(values)
    rank = -(-len(ordered) * per_mille // 1000)
    return ordered[max(rank - 1, 0)] if ordered else 0


def took(start: Sightings, end: Sightings) -> list[int]:
    """Milliseconds to each encounter's first arrival at ``end`` from the last ``start`` before it.

    So an encounter that had to wait for its addendum is counted from the addendum.
    """
    found: list[int] = []
    for key, (at, *_) in end.items():
        earlier = [each for each in start.get(key, ()) if each <= at]
        if earlier:
            found.append((at - earlier[-1]) // _MILLISECOND)
    return found
