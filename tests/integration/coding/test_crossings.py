"""What two processes decide at once about an encounter that neither of them found."""

from schemas.encounter import Procedure
from services.coding.app import service
from services.coding.settings import CodingSettings
from tests.delivery.protocol.crossing import Work, crossing, hearing
from tests.fixtures.postgres import DatabaseServer
from tests.integration.coding.conftest import REFERENCES, Running, coverage, patient
from tests.unit.coding.examples import encounter, problems


async def test_a_cancellation_that_crosses_with_the_first_revision_holds(
    running: Running, postgres_server: DatabaseServer
) -> None:
    coding = service(CodingSettings())
    await running.hear(*REFERENCES)

    async def scene(number: int) -> tuple[Work, Work]:
        first = encounter(encounter_id=f"E{number}")
        cancelled = first.model_copy(update={"revision": 2, "revision_reason": "cancellation"})
        return hearing(coding, running.clock, first), hearing(coding, running.clock, cancelled)

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows("select state, revision from coding.encounter")
    assert [tuple(row) for row in rows] == [("not_billable", 2)] * scenes


async def test_two_encounters_of_a_patient_decided_at_once_see_each_other(
    running: Running, postgres_server: DatabaseServer
) -> None:
    coding = service(CodingSettings())
    await running.hear(*REFERENCES)
    abscess = problems("Cutaneous abscess of abdominal wall")
    drained = Procedure(item_id="x1", description="incision and drainage of abscess")

    async def scene(number: int) -> tuple[Work, Work]:
        whose = {"patient_id": f"PT-{number}"}
        await running.hear(patient().model_copy(update=whose), coverage().model_copy(update=whose))
        visit = encounter(encounter_id=f"V{number}", problems=abscess, **whose)
        procedure = encounter(
            encounter_id=f"P{number}",
            problems=abscess,
            visit_kind="procedure",
            procedures=(drained,),
            decision_making=None,
            **whose,
        )
        clock = running.clock
        return hearing(coding, clock, visit), hearing(coding, clock, procedure)

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows(
        "select array_agg(state order by state) as states from coding.encounter group by patient_id"
    )
    assert [row["states"] for row in rows] == [["coded", "coder_queue"]] * scenes
