"""What two processes decide at once about an account that neither of them found."""

from schemas.patient_account import PatientPaymentReceived
from services.patient_statements.app import service
from services.patient_statements.decisions import RecordPayment
from services.patient_statements.verification_store import statement_findings
from tests.delivery.protocol.crossing import Work, acting, crossing, hearing
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


async def test_a_payment_that_two_people_record_at_once_is_recorded_once(
    running: Running, postgres_server: DatabaseServer
) -> None:
    statements = service(running.settings)
    await running.hear(practice_registered(), patient_registered())

    async def scene(number: int) -> tuple[Work, Work]:
        await running.hear(balance_due(5_000, account_id=f"A{number}"))
        payment = RecordPayment(
            practice_id="P1",
            account_id=f"A{number}",
            actor="ann",
            role="cashier",
            payment_id=f"R{number}",
            amount_cents=1_200,
            method="card",
        )
        one, two = (
            acting(statements, running.clock, payment.model_copy(update={"actor": actor}))
            for actor in ("ann", "bo")
        )
        return one, two

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows("select due_cents from account")
    assert [row["due_cents"] for row in rows] == [3_800] * scenes
    assert len(await running.said(PatientPaymentReceived)) == scenes
    async with running.pool.acquire() as connection:
        assert await statement_findings(connection) == []


async def test_the_end_of_a_hold_that_crosses_with_the_first_balance_frees_the_account(
    running: Running, postgres_server: DatabaseServer
) -> None:
    statements = service(running.settings)
    await running.hear(practice_registered())

    async def scene(number: int) -> tuple[Work, Work]:
        own = {"patient_id": f"PT{number}", "account_id": f"A{number}"}
        await running.hear(patient_registered(billing_hold="bankruptcy", **own))
        return (
            hearing(statements, running.clock, balance_due(5_000, **own)),
            hearing(statements, running.clock, patient_registered(**own)),
        )

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows("select state from account")
    assert [row["state"] for row in rows] == ["open"] * scenes
