"""Every check is asked: a run over topics that break a promise names it."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest

from claimstream.lineage.history import Fact
from claimstream.topics.reader import TopicReader
from claimstream.verify import run
from claimstream.verify.claim_moves import MOVES, Standing, StandingClaims
from claimstream.verify.delivery import ServiceState
from claimstream.verify.finding import Report
from claimstream.verify.lineage import ORDER
from claimstream.verify.publication import FOUNDED, PUBLISHED, Publication, named
from schemas.claim import ClaimAdjudicated, ClaimStateChanged
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from services.chassis.record import Record
from tests.builders import make
from tests.unit.lineage.facts import fact, told

HERE = {"practice_id": "P1", "encounter_id": "E1"}


class Topics:
    """What lies on the topics, none of them ever cut."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self.starts: dict[tuple[str, int], int] = {}

    async def batches(self) -> AsyncIterator[list[Record]]:
        for each in self.facts:
            yield [each.record]


async def found(facts: Sequence[Fact], databases: run._Databases) -> list[tuple[str, str]]:
    report = Report()
    databases.ends = {(each.record.topic, 0): 100 for each in facts}
    reader = cast(TopicReader, Topics(facts))
    await run._check_topics(report, reader, databases, (), timedelta())
    return [(each.check, each.message) for each in report.findings]


def documented(*revisions: int) -> list[Fact]:
    return [
        fact(
            make(EncounterDocumented, **HERE, revision=number, revision_reason="addendum"),
            event_id=UUID(int=number),
            offset=offset,
        )
        for offset, number in enumerate(revisions)
    ]


async def test_documentation_that_goes_back_is_named() -> None:
    facts = documented(2, 1)
    coding = ServiceState(
        "coding",
        frozenset({EncounterDocumented.TOPIC}),
        inbox=frozenset(each.delivery.identity for each in facts),
    )
    said = f"{EncounterDocumented.TOPIC}: revision 1 follows revision 2"
    assert (ORDER, said) in await found(facts, run._Databases(states=[coding]))
    assert (ORDER, said) not in await found(documented(1, 2), run._Databases(states=[coding]))


@pytest.mark.parametrize(("state", "is_found"), [("denied", False), ("held", True)])
async def test_a_claim_is_named_where_its_moves_lead_elsewhere(state: str, is_found: bool) -> None:
    claim = Standing(state, ("submitted",), None)
    standing = StandingClaims({named("P1", ("CLM1",)): claim})
    moved = make(
        ClaimStateChanged, **HERE, claim_id="CLM1", from_state="submitted", to_state="denied"
    )
    checks = {check for check, _ in await found(told([moved]), run._Databases(standing=standing))}
    assert (MOVES in checks) == is_found


async def test_what_is_told_and_not_decided_and_what_is_decided_and_not_told_are_named() -> None:
    topic = EncounterCoded.TOPIC
    decided = {topic: {named("P1", ("E1", 2)): None}}
    said = Publication("coding", decided, {topic: set()}, {topic: set()})
    facts = told([make(EncounterCoded, **HERE, version=1)])
    checks = {check for check, _ in await found(facts, run._Databases(publications=[said]))}
    assert {FOUNDED, PUBLISHED} <= checks


@pytest.mark.parametrize(
    ("aside", "is_found"), [(frozenset(), True), (frozenset({("R1", 1)}), False)]
)
async def test_a_payment_that_goes_back_is_named_unless_it_was_set_aside(
    aside: frozenset[tuple[str, int]], is_found: bool
) -> None:
    paid = told(
        make(ClaimAdjudicated, **HERE, claim_id="CLM1", remittance_id="R1", sequence=number)
        for number in (2, 1)
    )
    messages = [
        each for check, each in await found(paid, run._Databases(set_aside=aside)) if check == ORDER
    ]
    assert bool(messages) == is_found
