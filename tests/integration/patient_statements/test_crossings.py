"""What two processes decide at once about an account that neither of them found."""

from services.patient_statements.app import service
from services.patient_statements.verification_store import statement_findings
from tests.delivery.protocol.crossing import Work, crossing, hearing
from tests.fixtures.postgres import DatabaseServer
from tests.integration.patient_statements.conftest import Running
from tests.unit.patient_statements.examples import (
    balance_due,
    patient_registered,
    practice_registered,
)


async def test_the_balances_of_two_encounters_that_open_one_account_are_both_due(
    running: Running, postgres_server: DatabaseServer
) -> None:
    statements = service(running.settings)
    await running.hear(practice_registered(), patient_registered())

    async def scene(number: int) -> tuple[Work, Work]:
        one, two = (
            balance_due(cents, account_id=f"A{number}", encounter_id=f"E{cents}")
            for cents in (5_000, 700)
        )
        return hearing(statements, running.clock, one), hearing(statements, running.clock, two)

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows("select due_cents, revision from account")
    assert [tuple(row) for row in rows] == [(5_700, 2)] * scenes
    async with running.pool.acquire() as connection:
        assert await statement_findings(connection) == []
