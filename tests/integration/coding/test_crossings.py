"""What two processes decide at once about an encounter that neither of them found."""

from services.coding.app import service
from services.coding.settings import CodingSettings
from tests.delivery.protocol.crossing import Work, crossing, hearing
from tests.fixtures.postgres import DatabaseServer
from tests.integration.coding.conftest import REFERENCES, Running
from tests.unit.coding.examples import encounter


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
