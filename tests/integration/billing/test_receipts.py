"""A receipt of a file (TA1, 999) says nothing of a claim: it is checked, and touches no account."""

import asyncio

import asyncpg
import pytest

from schemas.claim import ClaimAcknowledged, ClaimStateChanged
from tests.builders import make
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
from tests.support import LONG_ENOUGH_S
from tests.unit.billing.desk import line, policy


def receipt(encounter_id: str, claim_id: str, stage: str = "999") -> ClaimAcknowledged:
    return make(
        ClaimAcknowledged,
        practice_id="P1",
        encounter_id=encounter_id,
        claim_id=claim_id,
        stage=stage,
        outcome="accepted",
    )


def submitted() -> Script:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"))
    return desk


@pytest.mark.parametrize("stage", ["999", "TA1"])
async def test_a_receipt_for_an_encounter_that_nobody_coded_is_refused(
    running: Running, stage: str
) -> None:
    batch = await running.hear(receipt("E9", "C9", stage))
    assert [refusal.reason for _, refusal in batch.letters] == ["encounter_unknown"]


async def test_a_receipt_for_another_encounters_claim_is_refused(running: Running) -> None:
    desk = submitted()
    desk.code(line(1, "99214"), encounter_id="E2")
    await running.hear(*desk.handed())
    (other,) = [each for each in desk.claims if each.encounter_id == "E2"]
    batch = await running.hear(receipt("E1", other.claim_id))
    assert [refusal.reason for _, refusal in batch.letters] == ["claim_unknown"]


async def test_a_receipt_in_the_batch_that_makes_its_claim_is_taken(running: Running) -> None:
    desk = submitted()
    batch = await running.hear(*desk.handed(), receipt("E1", desk.claims[0].claim_id))
    assert batch.letters == []


async def test_a_receipt_waits_for_nobody_who_holds_the_account(
    running: Running, billing_url: str
) -> None:
    desk = submitted()
    await running.hear(*desk.handed())
    holder = await asyncpg.connect(billing_url)
    try:
        async with holder.transaction():
            await holder.fetch("select 1 from billing.encounter_account for update")
            named = receipt("E1", desk.claims[0].claim_id)
            batch = await asyncio.wait_for(running.hear(named), LONG_ENOUGH_S)
    finally:
        await holder.close()
    assert (batch.decided, batch.letters) == (1, [])
    assert await running.said(ClaimStateChanged) == []
