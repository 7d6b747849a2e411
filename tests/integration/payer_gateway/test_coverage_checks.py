"""Claims that wait to hear whether their patient is covered, where a profile says so."""

from dataclasses import replace
from datetime import timedelta

from schemas.claim import ClaimAcknowledged, ClaimTransmitted
from services.payer_gateway.questions.coverage_checks import CoverageChecks
from services.payer_gateway.verification import transmission_findings
from services.payer_gateway.x12 import Benefit
from services.payer_gateway.x12.inquiry_answers import Said
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.integration.payer_gateway.test_commands import desk
from tests.integration.payer_gateway.test_coverage import answered, take


async def _submitted(gateway: Gateway, *claim_ids: str) -> None:
    """Claims of a partner that is asked first; their batch window is over."""
    partner = gateway.agree("BLUERIVER", checks_eligibility=True)
    await gateway.hear(*references(), *(claim(each) for each in claim_ids))
    await _check(gateway)
    gateway.clock.advance(partner.batch_window)


async def _check(gateway: Gateway) -> int:
    return await CoverageChecks(gateway.partners, quiet_seconds=0).step(gateway.runtime)


async def _answer(gateway: Gateway, *benefits: Benefit) -> None:
    content = answered(await take(gateway), lambda _: Said(benefits))
    (gateway.wire.outgoing("BLUERIVER") / "answer.271").write_bytes(content)
    await gateway.receive()


async def _sent(gateway: Gateway) -> list[str]:
    await gateway.send()
    return [each.claim_id for each in await gateway.said(ClaimTransmitted)]


async def test_a_claim_whose_coverage_is_not_in_force_is_given_back_with_the_reason(
    gateway: Gateway,
) -> None:
    await _submitted(gateway, "CLM1")
    await _answer(gateway, Benefit("6"))
    assert await _check(gateway) == 1
    assert await _sent(gateway) == []
    (given_back,) = await gateway.said(ClaimAcknowledged)
    assert (given_back.stage, given_back.outcome) == ("gateway", "rejected")
    (reason,) = given_back.reasons
    assert reason.code == "gateway:coverage_not_in_force"
    assert "not in force on 2026-02-24" in reason.message
    (row,) = await gateway.rows("select state from claim")
    assert row["state"] == "refused"
    assert await _check(gateway) == 0


async def test_a_payer_that_does_not_answer_holds_no_claim_up_beyond_the_limit(
    gateway: Gateway,
) -> None:
    await _submitted(gateway, "CLM1")
    assert await _sent(gateway) == []
    gateway.clock.advance(timedelta(hours=2))
    assert await _check(gateway) == 0
    gateway.clock.advance(timedelta(hours=1))
    assert await _check(gateway) == 1
    assert await _sent(gateway) == ["CLM1"]
    assert "no answer in time" in (await desk(gateway, "status", "CLM1")).output


async def test_a_covered_patients_claims_of_a_day_go_out_after_one_question(
    gateway: Gateway,
) -> None:
    await _submitted(gateway, "CLM1", "CLM2")
    assert len(await gateway.rows("select 1 from question")) == 1
    assert await _sent(gateway) == []
    await _answer(gateway, Benefit("1"))
    assert await _check(gateway) == 2
    assert await _sent(gateway) == ["CLM1", "CLM2"]
    assert await gateway.rows("select 1 from coverage_check where content <> ''") == []
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_claims_that_wait_go_on_where_the_partner_is_asked_no_more(
    gateway: Gateway,
) -> None:
    await _submitted(gateway, "CLM1")
    partner = replace(gateway.partners["BLUERIVER"], checks_eligibility=False)
    gateway.partners["BLUERIVER"] = partner
    assert await _check(gateway) == 1
    assert await _sent(gateway) == ["CLM1"]


async def test_where_no_profile_says_so_nobody_is_asked(gateway: Gateway) -> None:
    assert not CoverageChecks(gateway.partners).is_needed
    await gateway.hear(*references(), claim())
    assert await gateway.rows("select 1 from coverage_check") == []
