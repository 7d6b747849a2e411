"""Claims that come too late for their payer are held here, with the proof that it had them once."""

from datetime import date, datetime, timedelta

import pytest

from schemas.claim import ClaimAcknowledged, ClaimTransmitted
from tests.bench.statements import CountedService
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.integration.payer_gateway.test_commands import desk

SERVED = date(2026, 2, 24)


async def _held(gateway: Gateway) -> list[tuple[str, ...]]:
    """The codes with which claims were given back, claim by claim."""
    said = await gateway.said(ClaimAcknowledged)
    return [
        (each.claim_id, *(reason.code for reason in each.reasons))
        for each in said
        if each.stage == "gateway"
    ]


async def test_a_claim_past_the_limit_is_held_with_the_limit_and_what_to_do(
    gateway: Gateway,
) -> None:
    gateway.agree("BLUERIVER", filing_days=30)
    gateway.clock.advance(timedelta(days=40))
    await gateway.hear(*references(), claim())
    assert await _held(gateway) == [("CLM1", "gateway:past_filing_limit")]
    ((reason,),) = [each.reasons for each in await gateway.said(ClaimAcknowledged)]
    assert str(SERVED + timedelta(days=30)) in reason.message
    assert "send proof of timely filing" in reason.message
    gateway.clock.advance(timedelta(days=1))
    await gateway.send()
    assert await gateway.said(ClaimTransmitted) == []
    (row,) = await gateway.rows("select state from claim")
    assert row["state"] == "refused"


async def test_a_version_that_was_sent_in_time_is_the_proof_that_stands_with_the_hold(
    gateway: Gateway,
) -> None:
    gateway.agree("BLUERIVER", filing_days=30)
    await gateway.hear(*references(member_id="REJECT-277-A7164-1"), claim("CLM1"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(3)
    gateway.clock.advance(timedelta(days=60))
    later = claim("CLM1V2", version=2, encounter_id="E-CLM1", submitted_at=gateway.clock.now())
    stranger = claim("CLM9", version=2, submitted_at=gateway.clock.now())
    await gateway.hear(later, stranger)
    assert await _held(gateway) == [
        ("CLM1V2", "gateway:past_filing_limit", "gateway:filed_before"),
        ("CLM9", "gateway:past_filing_limit"),
    ]
    (file,) = await gateway.rows("select name, sha256 from outbound_file")
    proof = next(
        each.reasons[1].message
        for each in await gateway.said(ClaimAcknowledged)
        if each.claim_id == "CLM1V2"
    )
    assert file["name"] in proof
    assert file["sha256"] in proof


async def test_the_proof_of_an_earlier_version_is_shown_for_the_one_that_is_held(
    gateway: Gateway,
) -> None:
    gateway.agree("BLUERIVER", filing_days=30)
    await gateway.hear(*references(member_id="REJECT-277-A7164-1"), claim("CLM1"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(3)
    gateway.clock.advance(timedelta(days=60))
    await gateway.hear(
        claim("CLM1V2", version=2, encounter_id="E-CLM1", submitted_at=gateway.clock.now())
    )
    shown = (await desk(gateway, "proof", "CLM1V2")).output.splitlines()
    assert shown[0] == "another version of it, CLM1:"
    assert "sent, ISA13 000000001" in shown[1]
    assert any("277CA" in each for each in shown[2:])


@pytest.mark.parametrize("checks", [False, True])
async def test_a_claim_on_its_last_day_waits_neither_for_company_nor_for_coverage(
    gateway: Gateway, checks: bool
) -> None:
    gateway.agree("BLUERIVER", filing_days=30, checks_eligibility=checks)
    at = datetime(2026, 3, 26, 9, tzinfo=gateway.clock.now().tzinfo)
    gateway.clock.advance(at - timedelta(days=1) - gateway.clock.now())
    await gateway.hear(*references(), claim("CLM1"))
    assert await gateway.send() == 0
    gateway.clock.advance(timedelta(days=1))
    await gateway.hear(claim("CLM2", submitted_at=gateway.clock.now()))
    await gateway.send()
    sent = [each.claim_id for each in await gateway.said(ClaimTransmitted)]
    assert sent == (["CLM2"] if checks else ["CLM1", "CLM2"])


async def test_a_version_that_was_sent_late_itself_proves_nothing(gateway: Gateway) -> None:
    await gateway.hear(*references(member_id="REJECT-277-A7164-1"), claim("CLM1"))
    gateway.clock.advance(timedelta(days=40))
    await gateway.send()
    gateway.agree("BLUERIVER", filing_days=30)
    await gateway.hear(
        claim("CLM1V2", version=2, encounter_id="E-CLM1", submitted_at=gateway.clock.now())
    )
    assert await _held(gateway) == [("CLM1V2", "gateway:past_filing_limit")]


@pytest.mark.parametrize(("hours", "is_held"), [(23, False), (35, True)])
async def test_the_last_day_ends_when_it_has_ended_everywhere(
    gateway: Gateway, hours: int, is_held: bool
) -> None:
    gateway.agree("BLUERIVER", filing_days=30)
    midnight = datetime(2026, 3, 26, tzinfo=gateway.clock.now().tzinfo)
    gateway.clock.advance(midnight + timedelta(hours=hours) - gateway.clock.now())
    await gateway.hear(*references(), claim(submitted_at=gateway.clock.now()))
    assert bool(await _held(gateway)) is is_held


async def test_claims_in_time_cost_no_further_statement(gateway: Gateway) -> None:
    gateway.agree("BLUERIVER", filing_days=365)
    counted = CountedService(gateway.processor.service, gateway.url)
    await counted.start()
    try:
        await counted.hear(list(references()))
        first = await counted.hear([claim("CLM1")])
        again = await counted.hear([claim("CLM2", version=2)])
        assert not any("c.encounter_id = any" in each for each in (*first, *again))
        late = claim("CLM3", version=2, service_date=date(2025, 1, 2))
        assert any("c.encounter_id = any" in each for each in await counted.hear([late]))
    finally:
        await counted.stop()
