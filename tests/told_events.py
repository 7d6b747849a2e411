"""What a service decided beside what it told, with no broker: its outbox stands for the topics."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import asyncpg

from claimstream.lineage.history import Fact
from claimstream.verify.claim_moves import ClaimMoves, StandingClaims, read_standing
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.publication import Publication, Published, read_publication
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event
from services.chassis import outbox
from services.chassis.record import Record, deliver
from tests.support import NOON
from tests.unit.lineage.facts import fact


@dataclass(frozen=True, slots=True)
class Books:
    """What a service's database says, and every event that it has told so far."""

    publication: Publication
    standing: StandingClaims
    facts: Sequence[Fact]

    def of(self, kind: type[Event]) -> list[Fact]:
        """The events of one topic."""
        return [fact for fact in self.facts if isinstance(fact.event, kind)]

    def findings(
        self, *, without: Fact | None = None, besides: Event | None = None
    ) -> list[tuple[str, str]]:
        """Check and subject of what verify finds once ``without`` is gone, ``besides`` is there."""
        facts = [fact for fact in self.facts if fact is not without]
        if besides is not None:
            facts.append(_as_told(besides, len(self.facts)))
        report = Report()
        ends = {(fact.record.topic, 0): len(self.facts) + 1 for fact in facts}
        checks = (
            Published(report, self.publication, ends),
            ClaimMoves(report, self.standing, ends),
        )
        for check in checks:
            check.take(facts)
            check.close(Horizon())
        return [(each.check, each.subject) for each in report.findings]


async def books(connection: asyncpg.Connection, service: str) -> Books:
    """The books of a service whose outbox nobody publishes."""
    publication = await read_publication(connection, service)
    told = [
        Record(each.topic, 0, offset, NOON, each.key, each.headers, each.value)
        for offset, each in enumerate(await outbox.unpublished(connection))
    ]
    standing = await read_standing(connection) if service == "billing" else StandingClaims()
    return Books(
        replace(publication, kept={topic: set() for topic in publication.decided}),
        replace(standing, unsent={}),
        [Fact(deliver(each, MODEL_OF_TOPIC)) for each in told],
    )


def _as_told(event: Event, offset: int) -> Fact:
    return fact(event, at=NOON + timedelta(minutes=1), offset=offset, event_id=UUID(int=1))
