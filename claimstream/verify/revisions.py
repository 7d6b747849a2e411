"""Documentation of an encounter only goes on: each revision it is given is newer than the last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from claimstream.lineage.history import Fact
from claimstream.lineage.standing import words_of
from claimstream.verify.delivery import ServiceState
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.lineage import ORDER, Place
from schemas.encounter import EncounterDocumented

_Said: TypeAlias = tuple[int, bytes]


@dataclass(slots=True)
class Revised:
    """Revisions of one encounter only grow, but for what repeats an earlier one word for word.

    What none of the ``readers`` took in is not held against the EHR: it is on its way, refused with
    a dead letter that says so, or waits behind one. Partitions have no order among them, so that
    each is looked at for itself.
    """

    report: Report
    readers: Sequence[ServiceState]
    _newest: dict[tuple[Place, int], int] = field(default_factory=dict)
    _said: dict[Place, set[_Said]] = field(default_factory=dict)
    _behind: list[tuple[EncounterDocumented, datetime, _Said, int]] = field(default_factory=list)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, each partition's in its order."""
        for fact in facts:
            event = fact.event
            if not isinstance(event, EncounterDocumented) or not self._is_taken(
                fact.delivery.identity
            ):
                continue
            self.report.looked_at(ORDER, 1)
            place = (event.practice_id, event.encounter_id)
            lane = (place, fact.record.partition)
            said = (event.revision, words_of(event))
            newest = self._newest.get(lane, 0)
            if event.revision > newest:
                self._newest[lane] = event.revision
                self._said.setdefault(place, set()).add(said)
            else:
                self._behind.append((event, fact.record.recorded_at, said, newest))

    def _is_taken(self, identity: UUID) -> bool:
        return any(identity in each.inbox and not each.keeps(identity) for each in self.readers)

    def close(self, horizon: Horizon) -> None:
        """Say what is behind and repeats nothing; what it repeats, retention may have removed."""
        for event, recorded_at, said, newest in self._behind:
            if said in self._said[event.practice_id, event.encounter_id]:
                continue
            if horizon.covers(event.TOPIC, event.service_date):
                self.report.found(
                    ORDER,
                    event.key,
                    f"{event.TOPIC}: revision {event.revision} follows revision {newest}",
                    recorded_at,
                )
