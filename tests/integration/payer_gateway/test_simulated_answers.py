"""The simulated payer is asked, and answers, by files alone."""

from dataclasses import replace

from services.payer_gateway.files.watch import Watch
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.integration.payer_gateway.test_commands import desk

_WHO = ("--practice", "P1", "--patient", "PT1", "--payer", "BLUERIVER", "--on", "2026-03-02")


async def test_an_overdue_claim_is_asked_about_and_its_silence_has_a_reason(
    gateway: Gateway,
) -> None:
    gateway.partners["BLUERIVER"] = replace(gateway.partners["BLUERIVER"], inquires=True)
    await gateway.hear(*references(member_id="SILENT-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(3)
    watch = Watch(gateway.partners, gateway.transports, quiet_seconds=0)
    await watch.step(gateway.runtime)
    await gateway.exchange(2)
    await watch.step(gateway.runtime)
    answers = await gateway.rows("select outcome, codes from answer")
    assert len(answers) == 1
    (row,) = await gateway.rows("select action, reason from silence where ended_at is null")
    assert answers[0]["codes"] in row["reason"]
    assert await gateway.quarantined() == []
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_a_member_is_covered_as_the_payer_knows_them(gateway: Gateway) -> None:
    await gateway.hear(*references())
    await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    await gateway.exchange(2)
    shown = (await desk(gateway, "eligibility", *_WHO, "--answered")).output
    assert "coverage on 2026-03-02: in force" in shown, shown
    assert await gateway.quarantined() == []
