"""Facts that come after, or before, the batch that they concern: read back from the database."""

from schemas.patient_account import PatientBalanceDue
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
from tests.unit.billing.desk import decided, line, policy


async def test_coverage_of_a_later_payer_reaches_an_account_whose_claim_was_sent(
    running: Running,
) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"))
    await running.hear(*desk.handed())
    desk.adjudicate(decided(1, 25000, 18000, ("CO", "45", 5000), ("PR", "2", 2000)))
    await running.hear(desk.handed()[-1])
    assert (await running.said(PatientBalanceDue))[-1].insurance_final
    desk.cover(policy("BLUERIVER"), policy("SUMMIT", 2))
    batch = await running.hear(desk.handed()[-1])
    assert not batch.letters
    assert not (await running.said(PatientBalanceDue))[-1].insurance_final
    rows = await running.rows("select payer_id from billing.claim order by payer_level")
    assert [row["payer_id"] for row in rows] == ["BLUERIVER", "SUMMIT"]
    assert await running.findings() == []


async def test_money_that_came_before_the_codes_is_applied_in_a_later_batch(
    running: Running,
) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.pay(2000)
    await running.hear(*desk.handed())
    assert await running.findings() == []
    desk.code(line(1, "99213"))
    desk.adjudicate(decided(1, 25000, 18000, ("CO", "45", 5000), ("PR", "3", 2000)))
    for event in desk.handed()[-2:]:
        assert not (await running.hear(event)).letters
    told = (await running.said(PatientBalanceDue))[-1]
    assert (told.balance_cents, told.patient_paid_cents) == (0, 2000)
    assert await running.findings() == []


async def test_money_of_another_account_goes_back_to_it_in_a_later_batch(running: Running) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    payment = desk.payment(2500).model_copy(update={"account_id": "OTHER"})
    await running.hear(*desk.handed(), payment)
    desk.code(line(1, "99213"))
    assert not (await running.hear(desk.handed()[-1])).letters
    rows = await running.rows("select account_id, unapplied_cents from billing.patient_account")
    assert [tuple(row) for row in rows] == [("OTHER", 2500)]
    assert await running.findings() == []
