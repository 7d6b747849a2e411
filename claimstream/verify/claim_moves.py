"""What billing told of its claims' moves leads to where each claim stands.

Each ``ClaimStateChanged`` is a step from one state to another. The steps of one claim, in whatever
order they are read, come to its first state taken away and its last one added: all others cancel
out. So a number for each state does, and one sum for each claim: a step that was lost, or told and
never taken, leaves a sum that leads nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from hashlib import blake2b
from uuid import UUID

import asyncpg

from claimstream.lineage.history import Fact
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.publication import FOUNDED, Name, named
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.claim import ClaimStateChanged
from services.chassis.outbox import unpublished
from services.chassis.record import Record, deliver

MOVES = "what was told of a claim's moves leads to where it stands"

_TOPIC = ClaimStateChanged.TOPIC


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands; ``begun``: where what was told of it may have begun."""

    state: str
    begun: tuple[str, ...]
    since: date | None


@dataclass(frozen=True, slots=True)
class StandingClaims:
    """What billing's database says, in one state; ``unsent``: steps that are in its outbox."""

    claims: Mapping[Name, Standing] = field(default_factory=dict)
    unsent: Mapping[UUID, ClaimStateChanged] = field(default_factory=dict)


async def read_standing(connection: asyncpg.Connection) -> StandingClaims:
    """Every claim of billing's, and what it has not published yet of their moves."""
    from services.billing.verification import standing_claims

    alike: dict[Standing, Standing] = {}
    claims: dict[Name, Standing] = {}
    async for each in standing_claims(connection):
        standing = Standing(each.state, each.begun, each.since)
        claims[named(each.practice_id, (each.claim_id,))] = alike.setdefault(standing, standing)
    return StandingClaims(claims, await _unsent(connection))


async def _unsent(connection: asyncpg.Connection) -> dict[UUID, ClaimStateChanged]:
    now = datetime.now(UTC)
    facts = (
        Fact(
            deliver(
                Record(each.topic, 0, 0, now, each.key, each.headers, each.value), MODEL_OF_TOPIC
            )
        )
        for each in await unpublished(connection)
        if each.topic == _TOPIC
    )
    return {
        fact.delivery.identity: fact.event
        for fact in facts
        if isinstance(fact.event, ClaimStateChanged)
    }


@cache
def _number(state: str) -> int:
    """A number by which sums of a few states are told apart."""
    return int.from_bytes(blake2b(state.encode(), digest_size=7).digest(), "big")


def _name(event: ClaimStateChanged) -> Name:
    return named(event.practice_id, (event.claim_id,))


@dataclass(slots=True)
class ClaimMoves:
    """The sum of what was told of each claim, on topic or in outbox, beside where it stands.

    ``ends``: where the topics ended before the database was read. A claim of which something came
    later is not judged, unless the outbox had it: nobody knows whether the database did.
    """

    report: Report
    standing: StandingClaims
    ends: Mapping[tuple[str, int], int]
    _sums: dict[Name, int] = field(default_factory=dict)
    _moving: set[Name] = field(default_factory=set)
    _unsent: dict[UUID, ClaimStateChanged] = field(init=False)

    def __post_init__(self) -> None:
        self._unsent = dict(self.standing.unsent)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, in any order."""
        for fact in facts:
            event, record = fact.event, fact.record
            if not isinstance(event, ClaimStateChanged):
                continue
            name = _name(event)
            self._add(event)
            was_unsent = self._unsent.pop(fact.delivery.identity, None) is not None
            if record.offset >= self.ends.get((record.topic, record.partition), 0):
                if not was_unsent:
                    self._moving.add(name)
                continue
            self.report.looked_at(FOUNDED, 1)
            if name not in self.standing.claims:
                self.report.found(
                    FOUNDED,
                    f"{record.topic} {record.partition}:{record.offset}",
                    f"billing knows nothing of {event.key} {event.claim_id}",
                    record.recorded_at,
                )

    def _add(self, event: ClaimStateChanged) -> None:
        name = _name(event)
        step = _number(event.to_state) - _number(event.from_state)
        self._sums[name] = self._sums.get(name, 0) + step

    def close(self, horizon: Horizon) -> None:
        """Say whose steps lead elsewhere; of a claim as old as what is gone, some may be gone."""
        for event in self._unsent.values():
            self._add(event)
        for name, claim in self.standing.claims.items():
            if name in self._moving or not horizon.covers(_TOPIC, claim.since):
                continue
            self.report.looked_at(MOVES, 1)
            told, stands = self._sums.get(name, 0), _number(claim.state)
            if all(told != stands - _number(begun) for begun in claim.begun):
                self.report.found(
                    MOVES,
                    name.decode().replace("\x1f", ":"),
                    f"it is {claim.state}, and {_TOPIC} does not lead there from "
                    f"{' or '.join(claim.begun)}",
                )
