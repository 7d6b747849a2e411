"""What coding's database says beside what coding told: an event more or less is found."""

from datetime import timedelta

import pytest

from claimstream.verify.publication import FOUNDED, PUBLISHED
from schemas.coding import DocumentationQueryOpened, EncounterCoded, EncounterStateChanged
from schemas.event import Event
from services.coding.resolve_encounter import ResolveEncounter
from tests.builders import make
from tests.integration.coding.conftest import REFERENCES, Running
from tests.told_events import Books, books
from tests.unit.coding.examples import MODERATE, encounter, problems

UNSURE = problems("Feels somewhat off since the moon rose")


async def story(running: Running) -> Books:
    """E1 coded twice and once more the same, E2 escalated, E3 queued, E4 closed from the queue."""
    await running.hear(*REFERENCES)
    await running.hear(
        encounter(),
        encounter(encounter_id="E2", signature=None),
        encounter(encounter_id="E3", problems=UNSURE),
        encounter(encounter_id="E4", problems=UNSURE),
    )
    await running.hear(encounter(revision=2, revision_reason="addendum", decision_making=MODERATE))
    await running.hear(
        encounter(
            revision=3,
            revision_reason="addendum",
            decision_making=MODERATE,
            chief_complaint="cough",
        )
    )
    running.clock.advance(timedelta(days=8))
    await running.processor.run_deadlines()
    await running.act(
        ResolveEncounter(
            practice_id="P1",
            actor="kim",
            role="coder",
            reason="no service",
            encounter_id="E4",
            action="not_billable",
        )
    )
    async with running.pool.acquire() as connection, connection.transaction():
        return await books(connection, "coding")


async def test_what_was_told_is_what_the_database_says(running: Running) -> None:
    told = await story(running)
    assert told.findings() == []
    states = sorted(getattr(each.event, "to_state", "") for each in told.of(EncounterStateChanged))
    assert states == ["coded", "coder_queue", "coder_queue", "escalated", "not_billable"]


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        (EncounterCoded, ["P1:E1 1", "P1:E1 2"]),
        (EncounterStateChanged, ["P1:E2 escalated", "P1:E3 coder_queue", "P1:E4 not_billable"]),
    ],
)
async def test_each_event_without_which_something_was_not_told_is_missed(
    running: Running, kind: type[Event], lost: list[str]
) -> None:
    told = await story(running)
    found = [each for fact in told.of(kind) for each in told.findings(without=fact)]
    assert sorted(found) == [(PUBLISHED, subject) for subject in lost]


async def test_a_query_that_never_came_to_its_topic_is_missed(running: Running) -> None:
    told = await story(running)
    (query,) = told.of(DocumentationQueryOpened)
    assert [check for check, _ in told.findings(without=query)] == [PUBLISHED]


@pytest.mark.parametrize(
    "lie",
    [
        make(EncounterCoded, practice_id="P1", encounter_id="E1", version=3),
        make(DocumentationQueryOpened, practice_id="P1", encounter_id="E2", query_id="Q0"),
        make(EncounterStateChanged, practice_id="P1", encounter_id="E9", to_state="coder_queue"),
        make(EncounterStateChanged, practice_id="P1", encounter_id="E3", to_state="not_billable"),
        make(EncounterStateChanged, practice_id="P1", encounter_id="E3", to_state="coded"),
        make(EncounterStateChanged, practice_id="P1", encounter_id="E3", to_state="escalated"),
    ],
    ids=lambda event: f"{event.TOPIC} {getattr(event, 'to_state', '')}",
)
async def test_an_event_that_coding_never_decided_is_found(running: Running, lie: Event) -> None:
    told = await story(running)
    assert [check for check, _ in told.findings(besides=lie)] == [FOUNDED]
