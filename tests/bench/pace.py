"""How fast records came out, from the times at which the topics hold them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from claimstream.lineage.history import Fact

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """One leg: how many encounters came through, and how long 95% of them took.

    ``milliseconds`` runs from the beginning to the 95th percentile of arrivals.
    """

    arrived: int
    counted: int
    milliseconds: int

    @property
    def per_second(self) -> float:
        """Encounters a second; 0 where none came through."""
        return self.counted * 1000 / self.milliseconds if self.milliseconds else 0.0


def sightings(
    facts: Iterable[Fact], topic: str, keys: Collection[str]
) -> dict[str, list[datetime]]:
    """When each encounter of ``keys`` appears on ``topic``, by the broker's timestamps, in order.

    A record whose value no contract reads counts for the encounter that its key names.
    """
    seen: dict[str, list[datetime]] = {}
    for fact in facts:
        if fact.record.topic != topic:
            continue
        event = fact.event
        key = (
            (fact.record.key or b"").decode()
            if event is None
            else f"{event.practice_id}:{getattr(event, 'encounter_id', '')}"
        )
        if key in keys:
            seen.setdefault(key, []).append(fact.record.recorded_at)
    return {key: sorted(times) for key, times in seen.items()}


def pace(began: datetime, arrived: Mapping[str, Sequence[datetime]]) -> Pace:
    """The leg from ``began`` to the 95th percentile of the first arrivals."""
    if not arrived:
        return Pace(0, 0, 0)
    times = sorted(each[0] for each in arrived.values())
    counted = max(len(times) * 95 // 100, 1)
    return Pace(len(times), counted, (times[counted - 1] - began) // _MILLISECOND)


def percentile(values: Sequence[int], per_mille: int) -> int:
    """The least of ``values`` that so many a thousand do not exceed; 0 where there is none."""
    ordered = sorted(values)
    rank = -(-len(ordered) * per_mille // 1000)
    return ordered[max(rank - 1, 0)] if ordered else 0


def took(
    start: Mapping[str, Sequence[datetime]], end: Mapping[str, Sequence[datetime]]
) -> list[int]:
    """Milliseconds to each encounter's first arrival at ``end`` from the last ``start`` before it.

    So an encounter that had to wait for its addendum is counted from the addendum.
    """
    found: list[int] = []
    for key, (at, *_) in end.items():
        earlier = [each for each in start.get(key, ()) if each <= at]
        if earlier:
            found.append((at - earlier[-1]) // _MILLISECOND)
    return found
