"""What a service decided is on its topic, and what is on its topic the service decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

import asyncpg
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.publication import (
    FOUNDED,
    PUBLISHED,
    Decision,
    Publication,
    check_founded,
    check_published,
    read_publication,
)
from schemas.coding import EncounterCoded
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import fact, told

TOPIC = EncounterCoded.TOPIC


def coded(*versions: int) -> list[Fact]:
    return told(
        make(EncounterCoded, practice_id="P1", encounter_id="E1", version=version)
        for version in versions
    )


def decided(*versions: int) -> dict[Decision, date | datetime | None]:
    return {(TOPIC, "P1", ("E1", version)): NOON for version in versions}


def publication(
    said: Mapping[Decision, date | datetime | None], kept: Iterable[Decision] = ()
) -> Publication:
    return Publication("coding", frozenset({TOPIC}), said, frozenset(kept))


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
    said = publication({(TOPIC, "P1", ("E1", 1)): None})
    assert lost([], said) == ["P1:E1 1"]
    assert lost([], said, Horizon({TOPIC: NOON - timedelta(days=900)})) == []


def test_an_event_that_its_service_knows_nothing_of_is_found() -> None:
    assert unfounded(coded(1, 2), publication(decided(1)), end=2) == [f"{TOPIC} 0:1"]


def test_an_event_younger_than_what_was_read_of_the_database_is_not_judged() -> None:
    assert unfounded(coded(1, 2), publication(decided(1)), end=1) == []


class Database:
    """Coding's database, as far as it is asked: encounters, the outbox, and what lies beside it."""

    def __init__(
        self, encounters: Sequence[Any], packs: Sequence[Any], too_large: Sequence[Any]
    ) -> None:
        self.encounters = encounters
        self.packs = packs
        self.too_large = too_large

    async def fetch(self, query: str, *_values: object) -> Sequence[Any]:
        if "delivery.outbox" in query:
            return self.packs
        return self.too_large if "delivery.dead_letter" in query else self.encounters


async def test_what_is_in_the_outbox_or_was_set_aside_from_it_is_kept_and_the_rest_is_not() -> None:
    waiting = make(EncounterCoded, practice_id="P1", encounter_id="E1", version=2)
    day = date(2026, 3, 1)
    rows = [
        {"practice_id": "P1", "encounter_id": "E1", "version": version, "service_date": day}
        for version in (1, 2)
    ]
    values = (waiting.model_dump_json().encode(), b"{")
    packs = [{"pack": msgpack.encode([(TOPIC, b"P1:E1", [], value) for value in values])}]
    too_large = [{"topic": TOPIC, "value": None}]
    database = cast(asyncpg.Connection, Database(rows, packs, too_large))
    said = await read_publication(database, "coding")
    assert said.decided == {(TOPIC, "P1", ("E1", 1)): day, (TOPIC, "P1", ("E1", 2)): day}
    assert said.kept == {(TOPIC, "P1", ("E1", 2))}
    assert lost([], said) == ["P1:E1 1"]
