"""What a profile refuses becomes a hold in billing, with the reason; nothing of it is sent."""

from typing import Any

import pytest

from schemas.claim import ClaimStateChanged, ClaimTransmitted
from services.chassis import outbox
from services.payer_gateway.domain.payer_rule import PayerRule
from tests.integration.payer_simulator.conftest import Office

RULE = PayerRule(id="referral", message="get a referral", references=("9F",))


async def _moves(office: Office) -> list[ClaimStateChanged]:
    async with office.pool.acquire() as connection:
        return [
            ClaimStateChanged.from_json(each.value)
            for each in await outbox.unpublished(connection)
            if each.topic == ClaimStateChanged.TOPIC
        ]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"filing_days": 10}, "gateway:past_filing_limit"),
        ({"rules": (RULE,)}, "partner.referral"),
    ],
)
async def test_a_claim_that_the_profile_refuses_is_held_in_billing_with_its_code(
    office: Office, terms: dict[str, Any], code: str
) -> None:
    office.gateway.agree("BLUERIVER", **terms)
    await office.days(14)
    await office.visit(("BLUERIVER", "M100"))
    await office.days(2)
    (held,) = [each for each in await _moves(office) if each.to_state == "held"]
    assert code in held.reason
    assert await office.gateway.said(ClaimTransmitted) == []
    (item,) = await office.rows("select kind, reason from billing.work_item")
    assert code in item["reason"]
