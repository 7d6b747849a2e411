"""How fast records came out, from the times at which the topics hold them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from claimstream.lineage.history import Fact

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """One leg: how many encounters came through, and how long 95% of them took.

    ``milliseconds`` runs from the first documented encounter to the 95th percentile of arrivals.
    """

    arrived: int
    counted: int
    milliseconds: int

    @property
    def per_second(self) -> float:
        """Encounters a second; 0 where none came through."""
        return self.counted * 1000 / self.milliseconds if self.milliseconds else 0.0


def first_seen(facts: Iterable[Fact], topic: str, keys: Collection[str]) -> dict[str, datetime]:
    """When each encounter of ``keys`` first appears on ``topic``, by the broker's timestamp."""
    seen: dict[str, datetime] = {}
    for fact in facts:
        event = fact.event
        if fact.record.topic != topic or event is None:
            continue
        encounter_id = getattr(event, "encounter_id", None)
        key = f"{event.practice_id}:{encounter_id}"
        if encounter_id is None or key not in keys:
            continue
        at = fact.record.recorded_at
        seen[key] = min(at, seen.get(key, at))
    return seen


def pace(documented: Mapping[str, datetime], arrived: Mapping[str, datetime]) -> Pace:
    """The leg from the first of ``documented`` to the 95th percentile of ``arrived``."""
    if not documented or not arrived:
        return Pace(len(arrived), 0, 0)
    times = sorted(arrived.values())
    counted = max(len(times) * 95 // 100, 1)
    return Pace(
        len(times), counted, (times[counted - 1] - min(documented.values())) // _MILLISECOND
    )
