"""Claims that wait to hear whether their patient is covered, where a profile says so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.claim import ClaimAcknowledged, ClaimTransmitted
from schemas.reference import CoverageRegistered
from services.payer_gateway.questions import coverage_checks
from services.payer_gateway.questions.coverage_checks import CoverageChecks
from services.payer_gateway.verification import transmission_findings
from services.payer_gateway.x12 import Benefit
from services.payer_gateway.x12.inquiry_answers import Said
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
    references,
)
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


async def test_an_answer_that_came_while_the_gateway_stood_still_is_waited_for(
    gateway: Gateway,
) -> None:
    await _submitted(gateway, "CLM1")
    content = answered(await take(gateway), lambda _: Said((Benefit("6"),)))
    (gateway.wire.outgoing("BLUERIVER") / "answer.271").write_bytes(content)
    gateway.clock.advance(timedelta(days=3))
    begun = CoverageChecks(gateway.partners, quiet_seconds=0)
    assert await begun.step(gateway.runtime, are_answers_read=False) == 0
    await gateway.receive()
    assert await begun.step(gateway.runtime, are_answers_read=False) == 1
    assert await _sent(gateway) == []


async def test_claims_of_many_patients_are_asked_about_together_and_each_goes_its_own_way(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage_checks, "_MOST_CLAIMS", 2)
    gateway.agree("BLUERIVER", checks_eligibility=True)
    await gateway.hear(practice(), provider())
    people = [f"PT{number}" for number in range(5)]
    await gateway.hear(*(patient(each) for each in people))
    await gateway.hear(*(_covered(each, "BLUERIVER") for each in people))
    await gateway.hear(*(claim(f"CLM{each}", patient_id=each) for each in people))
    await gateway.hear(claim("AGAIN", patient_id="PT1"), _covered("PT3", "SUMMIT"))
    assert await _check(gateway) == 1, "nobody is asked about who is another payer's"
    rows = await gateway.rows(
        "select q.subject, f.interchange_control_number as number, f.name from question q "
        "join outbound_file f using (file_id) order by 2"
    )
    assert sorted(row["subject"] for row in rows) == ["PT0", "PT1", "PT2", "PT4"]
    assert [row["number"] for row in rows] == [1, 2, 3, 4]
    assert all(f"{row['number']:09d}" in row["name"] for row in rows)
    assert await _check(gateway) == 0
    assert len(await gateway.rows("select 1 from question")) == len(rows), "once"
    waiting = await gateway.rows("select claim_id from waiting_claim")
    assert [row["claim_id"] for row in waiting] == ["CLMPT3"]


def _covered(patient_id: str, payer_id: str) -> CoverageRegistered:
    return coverage(policy(payer_id, f"W-{patient_id}"), patient_id=patient_id)


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
