"""What a person enters of a check reaches billing's ledger as an 835's money does, and once."""

from services.billing.verification import insurance_cash, ledger_findings
from services.payer_gateway.decisions.remittance import EnterRemittance
from tests.integration.payer_simulator.conftest import Office

FORM = """
payer = "BLUERIVER"
check = "{check}"
on = {day}
amount = "{amount}"
{claims}
"""
CLAIM = """
[[claims]]
claim = "{claim}"
status = "{status}"
charge = "{sign}{charge}"
paid = "{sign}100.00"
payer_control_number = "ICN1"
adjustments = ["CO 45 {sign}{off}", "PR 2 {sign}20.00"]
"""


async def _cash(office: Office) -> dict[str, int]:
    async with office.pool.acquire() as connection:
        assert await ledger_findings(connection) == []
        return {claim: cents for (_, claim), cents in (await insurance_cash(connection)).items()}


async def test_a_check_is_posted_and_a_slip_is_taken_back_by_a_form_of_its_own(
    office: Office,
) -> None:
    await office.visit(("BLUERIVER", "SILENT-1"))
    await office.days(3)
    (billed,) = await office.rows("select claim_id, charge_cents from billing.claim")
    charge = billed["charge_cents"]

    async def enter(check: str, amount: str, *statuses: str) -> None:
        claims = [
            CLAIM.format(
                claim=billed["claim_id"],
                status=status,
                sign="-" if status == "22" else "",
                charge=f"{charge // 100}.{charge % 100:02d}",
                off=f"{(charge - 12_000) // 100}.{charge % 100:02d}",
            )
            for status in statuses
        ]
        day = office.gateway.clock.now().date()
        form = FORM.format(check=check, day=day, amount=amount, claims="".join(claims))
        await office.gateway.act(
            EnterRemittance(
                practice_id="P1", actor="jo", role="biller", form=form, subject=f"BLUERIVER:{check}"
            )
        )
        await office.days(1)

    await enter("77", "100.00", "1")
    assert await _cash(office) == {billed["claim_id"]: 10_000}
    (deposit,) = await office.rows("select payment_cents, trace_number from billing.remittance")
    assert tuple(deposit) == (10_000, "77")
    await enter("77-FIX", "0", "22", "1")
    assert await _cash(office) == {billed["claim_id"]: 10_000}
    assert await office.rows("select from billing.work_item where closed_at is null") == []
