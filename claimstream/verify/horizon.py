"""How far back the topics still reach, once retention has removed their oldest records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from claimstream.lineage.history import Fact, History

_MARGIN = timedelta(days=1)
"""Time zones, and instances that publish side by side, put records a little out of order."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """``since``: by topic, from when on it holds everything; absent: it holds all there ever was.

    ``datetime.max`` where a partition was emptied altogether.
    """

    since: Mapping[str, datetime] = field(default_factory=dict)

    def covers(self, topic: str, moment: date | datetime | None) -> bool:
        """Whether an event on ``topic`` not older than ``moment`` must still be there.

        None: nothing is known of its age, so only a topic that was never cut answers yes.
        """
        since = self.since.get(topic)
        if since is None:
            return True
        if moment is None:
            return False
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(), UTC)
        return moment - _MARGIN >= since


@dataclass(slots=True)
class Beginnings:
    """When the first record of each partition was, for those that retention has cut."""

    _first: dict[tuple[str, int], datetime] = field(default_factory=dict)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, each partition's in its order."""
        for fact in facts:
            place = (fact.record.topic, fact.record.partition)
            if place not in self._first:
                self._first[place] = max(fact.record.recorded_at, fact.occurred_at)

    def horizon(self, starts: Mapping[tuple[str, int], int]) -> Horizon:
        """What the beginnings of the partitions say: one above 0 was cut by retention.

        A topic reaches back to the youngest first record of its cut partitions, by the record's
        own time or its event's, whichever is later: sound however its producers chose partitions.
        """
        since: dict[str, datetime] = {}
        for place, start in starts.items():
            if start > 0:
                moment = self._first.get(place, datetime.max.replace(tzinfo=UTC))
                topic = place[0]
                since[topic] = max(since.get(topic, moment), moment)
        return Horizon(since)


def horizon_of(history: History) -> Horizon:
    """How far back all facts together reach."""
    beginnings = Beginnings()
    beginnings.take(history.facts)
    return beginnings.horizon(history.starts)
