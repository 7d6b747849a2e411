"""What two processes decide at once about accounts that neither of them found."""

from schemas.event import Event
from services.billing.app import service_under
from services.billing.stored import ENCOUNTER_ACCOUNT
from tests.delivery.protocol.crossing import Work, crossing, hearing
from tests.fixtures.postgres import DatabaseServer
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
from tests.unit.billing.desk import policy


def _work(running: Running, *events: Event) -> Work:
    return hearing(service_under(running.rules), running.clock, *events)


def _of(number: int, event: Event) -> Event:
    """The event as it is of another practice, about which no other scene is."""
    return event.model_copy(update={"practice_id": f"P{number}"})


async def test_two_payments_that_open_one_account_are_both_on_it(
    running: Running, postgres_server: DatabaseServer
) -> None:
    async def scene(number: int) -> tuple[Work, Work]:
        first = Script().payment(300, "PAY1", {})
        second = Script().payment(50, "PAY2", {})
        return _work(running, _of(number, first)), _work(running, _of(number, second))

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows("select unapplied_cents from billing.patient_account")
    assert [row["unapplied_cents"] for row in rows] == [350] * scenes
    assert await running.findings() == []


async def test_codes_and_a_payment_that_open_one_encounter_are_both_in_its_ledger(
    running: Running, postgres_server: DatabaseServer
) -> None:
    async def scene(number: int) -> tuple[Work, Work]:
        desk = Script()
        desk.register(policy("BLUERIVER"))
        await running.hear(*(_of(number, each) for each in desk.handed()))
        coded, paid = _of(number, desk.coding()), _of(number, desk.payment(300, "PAY1"))
        return _work(running, coded), _work(running, paid)

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    rows = await running.rows(
        "select charge_cents, patient_applied_cents + unapplied_cents as paid_cents "
        "from billing.encounter_account"
    )
    assert [tuple(row) for row in rows] == [(31_000, 300)] * scenes
    assert await running.findings() == []


_DUPLICATES = "select practice_id from billing.work_item where reason like '%duplicate_claim%'"


async def test_a_second_payer_that_is_registered_while_codes_come_reaches_the_account(
    running: Running, postgres_server: DatabaseServer
) -> None:
    async def scene(number: int) -> tuple[Work, Work]:
        desk = Script()
        desk.register(policy("BLUERIVER"))
        await running.hear(*(_of(number, each) for each in desk.handed()))
        desk.cover(policy("BLUERIVER"), policy("SUMMIT", rank=2))
        coded, covered = _of(number, desk.coding()), _of(number, desk.handed()[-1])
        return _work(running, coded), _work(running, covered)

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    payers = [
        [each.payer_id for each in ENCOUNTER_ACCOUNT.decode(row["state"]).coverage.payers]
        for row in await running.rows("select state from billing.encounter_account")
    ]
    assert payers == [["BLUERIVER", "SUMMIT"]] * scenes


async def test_of_two_encounters_with_the_same_services_coded_at_once_one_is_held_as_a_duplicate(
    running: Running, postgres_server: DatabaseServer
) -> None:
    async def scene(number: int) -> tuple[Work, Work]:
        desk = Script()
        desk.register(policy("BLUERIVER"))
        await running.hear(*(_of(number, each) for each in desk.handed()))
        first, second = (_of(number, desk.coding(encounter_id=each)) for each in ("E1", "E2"))
        return _work(running, first), _work(running, second)

    async with crossing(postgres_server, running.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    held = sorted(row["practice_id"] for row in await running.rows(_DUPLICATES))
    assert held == sorted(f"P{number}" for number in range(scenes))
