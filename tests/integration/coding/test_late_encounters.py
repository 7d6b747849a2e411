"""An encounter that comes in after later ones of the patient were coded has them judged again."""

from datetime import timedelta
from typing import Any

from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.encounter import EncounterDocumented, Procedure
from services.coding.resolve_encounter import ResolveEncounter
from tests.integration.coding.conftest import REFERENCES, Running
from tests.unit.coding.examples import DAY, encounter, problems

UNSURE = problems("Acute bronchitis", "Feels somewhat off since the moon rose")
ABSCESS = problems("Cutaneous abscess of abdominal wall")


def seen(encounter_id: str, days_before: int = 0, **fields: Any) -> EncounterDocumented:
    day = DAY - timedelta(days=days_before)
    return encounter(encounter_id=encounter_id, service_date=day, **fields)


def drained(encounter_id: str, days_before: int) -> EncounterDocumented:
    return seen(
        encounter_id,
        days_before,
        problems=ABSCESS,
        visit_kind="procedure",
        decision_making=None,
        procedures=(Procedure(item_id="x1", description="incision and drainage of abscess"),),
    )


async def settled(running: Running) -> None:
    running.clock.advance(timedelta(seconds=1))
    await running.processor.run_deadlines()


async def codes(running: Running) -> list[tuple[str, int, str]]:
    """Encounter, version and first code of all that was coded."""
    return sorted(
        (each.encounter_id, each.version, each.lines[0].code)
        for each in await running.said(EncounterCoded)
    )


async def test_who_turns_out_to_be_known_is_no_new_patient(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(seen("LATER", new_patient=True))
    await running.hear(seen("EARLIER", 40))
    await settled(running)
    assert await codes(running) == [
        ("EARLIER", 1, "99213"),
        ("LATER", 1, "99203"),
        ("LATER", 2, "99213"),
    ]


async def test_a_visit_turns_out_to_lie_in_a_global_period(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(seen("LATER", problems=ABSCESS))
    await running.hear(drained("EARLIER", 5))
    await settled(running)
    assert await running.state("LATER") == "coder_queue"
    (moved,) = await running.said(EncounterStateChanged)
    assert (moved.encounter_id, moved.from_state) == ("LATER", "coded")


async def test_what_a_coder_decided_is_not_undone_and_a_person_looks(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(seen("LATER", new_patient=True, problems=UNSURE))
    assert await running.state("LATER") == "coder_queue"
    await running.act(
        ResolveEncounter(
            practice_id="P1",
            encounter_id="LATER",
            actor="ann",
            role="coder",
            reason="as the note says",
            action="accept",
        )
    )
    await running.hear(seen("EARLIER", 40))
    await settled(running)
    assert await running.state("LATER") == "coder_queue"
    moved = (await running.said(EncounterStateChanged))[-1]
    assert moved.reason.startswith("earlier_encounter_came_late:EARLIER")
    assert [each for each in await codes(running) if each[0] == "LATER"] == [("LATER", 1, "99203")]


async def test_in_their_order_nothing_is_looked_at_again(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(seen("EARLIER", 40))
    await running.hear(seen("LATER", new_patient=True))
    assert await running.rows("select * from delivery.deadline") == []


async def test_what_the_earlier_one_does_not_bear_on_is_left_alone(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(seen("LATER"))
    await running.hear(seen("EARLIER", 40))
    await settled(running)
    assert len(await codes(running)) == 2
