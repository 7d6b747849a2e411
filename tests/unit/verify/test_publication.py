"""What a service decided is on its topic, and what is on its topic the service decided."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.publication import (
    FOUNDED,
    PUBLISHED,
    SOURCES,
    Name,
    Publication,
    Since,
    check_founded,
    check_published,
    named,
    read_publication,
)
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.catalogue import topics as topics_of_the_catalogue
from schemas.claim import ClaimStateChanged
from schemas.coding import EncounterCoded
from services.chassis.told import Told
from services.coding import verification
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import fact, told

TOPIC = EncounterCoded.TOPIC


def coded(*versions: int) -> list[Fact]:
    return told(
        make(EncounterCoded, practice_id="P1", encounter_id="E1", version=version)
        for version in versions
    )


def decided(*versions: int) -> dict[Name, Since]:
    return {named("P1", ("E1", version)): NOON for version in versions}


def publication(
    said: Mapping[Name, Since], kept: Iterable[Name] = (), possible: Iterable[Name] = ()
) -> Publication:
    return Publication("coding", {TOPIC: said}, {TOPIC: set(possible)}, {TOPIC: set(kept)})


def lost(facts: list[Fact], said: Publication, horizon: Horizon | None = None) -> list[str]:
    report = Report()
    check_published(report, History(tuple(facts), (), {}), said, horizon or Horizon())
    assert {each.check for each in report.findings} <= {PUBLISHED}
    return [each.subject for each in report.findings]


def unfounded(facts: list[Fact], said: Publication, end: int) -> list[str]:
    report = Report()
    check_founded(report, History(tuple(facts), (), {}), said, {(TOPIC, 0): end})
    assert {each.check for each in report.findings} <= {FOUNDED}
    assert all(each.at for each in report.findings)
    return [each.subject for each in report.findings]


def test_a_decision_whose_event_never_came_to_its_topic_is_found() -> None:
    assert lost(coded(1), publication(decided(1, 2))) == ["P1:E1 2"]


def test_a_decision_that_waits_in_the_outbox_is_not_lost() -> None:
    assert lost(coded(1), publication(decided(1, 2), decided(2))) == []


def test_a_decision_of_another_practice_does_not_stand_for_ours() -> None:
    elsewhere = fact(make(EncounterCoded, practice_id="P2", encounter_id="E1", version=1))
    assert lost([elsewhere], publication(decided(1))) == ["P1:E1 1"]


@given(st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)))
def test_exactly_what_is_neither_told_nor_kept_is_lost(
    all_of_them: set[int], there: set[int], kept: set[int]
) -> None:
    found = lost(coded(*sorted(there)), publication(decided(*all_of_them), decided(*kept)))
    assert set(found) == {f"P1:E1 {version}" for version in all_of_them - there - kept}


def test_what_retention_may_have_removed_is_not_called_lost() -> None:
    cut = Horizon({TOPIC: NOON + timedelta(hours=1)})
    assert lost([], publication(decided(1)), cut) == []


def test_what_is_younger_than_all_that_retention_removed_is_still_called_lost() -> None:
    cut = Horizon({TOPIC: NOON - timedelta(days=2)})
    assert lost([], publication(decided(1)), cut) == ["P1:E1 1"]


def test_a_decision_of_unknown_age_is_lost_only_where_nothing_was_removed() -> None:
    said = publication({named("P1", ("E1", 1)): None})
    assert lost([], said) == ["P1:E1 1"]
    assert lost([], said, Horizon({TOPIC: NOON - timedelta(days=900)})) == []


def test_an_event_that_its_service_knows_nothing_of_is_found() -> None:
    assert unfounded(coded(1, 2), publication(decided(1)), end=2) == [f"{TOPIC} 0:1"]


def test_what_may_have_been_told_is_neither_missed_nor_found() -> None:
    said = publication(decided(1), possible=decided(2, 3))
    assert lost(coded(1, 2), said) == []
    assert unfounded(coded(1, 2), said, end=2) == []


def test_an_event_younger_than_what_was_read_of_the_database_is_not_judged() -> None:
    assert unfounded(coded(1, 2), publication(decided(1)), end=1) == []


class Database:
    """A database of which only the outbox and what lies beside it are asked."""

    def __init__(self, packs: Sequence[Any], too_large: Sequence[Any]) -> None:
        self.packs = packs
        self.too_large = too_large

    async def fetch(self, query: str, *_values: object) -> Sequence[Any]:
        return self.packs if "delivery.outbox" in query else self.too_large


async def test_what_is_in_the_outbox_or_was_set_aside_from_it_is_kept_and_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def published(_: object) -> AsyncIterator[Told]:
        for version in (1, 2, 3):
            yield Told(TOPIC, "P1", ("E1", version), NOON + timedelta(minutes=version))

    monkeypatch.setattr(verification, "published", published)
    waiting, large = (
        make(EncounterCoded, practice_id="P1", encounter_id="E1", version=version)
        for version in (2, 3)
    )
    values = (waiting.model_dump_json().encode(), b"{")
    packs = [{"pack": msgpack.encode([(TOPIC, b"P1:E1", [], value) for value in values])}]
    too_large = [{"topic": TOPIC, "value": value} for value in (None, large.to_json())]
    database = cast(asyncpg.Connection, Database(packs, too_large))
    said = await read_publication(database, "coding")
    assert set(said.decided[TOPIC]) == set(decided(1, 2, 3))
    assert set(said.decided[TOPIC].values()) == {NOON}
    assert said.kept[TOPIC] == {named("P1", ("E1", 2)), named("P1", ("E1", 3))}
    assert lost([], said) == ["P1:E1 1"]


def test_every_topic_of_a_service_is_compared_with_its_database() -> None:
    compared = [topic for _, topics in SOURCES.values() for topic in topics]
    assert sorted([*compared, ClaimStateChanged.TOPIC]) == sorted(
        topic.name
        for topic in topics_of_the_catalogue()
        if topic.name in MODEL_OF_TOPIC and topic.owner != "ehr"
    )
    for service, (_, topics) in SOURCES.items():
        owners = {each.name: each.owner for each in topics_of_the_catalogue()}
        assert {owners[topic] for topic in topics} == {service}
