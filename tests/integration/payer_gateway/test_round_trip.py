"""Claims go out and answers come in, over real SFTP and a real database."""

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimTransmitted,
    RemittanceReceived,
)
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


async def test_a_claim_is_sent_acknowledged_and_paid(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    assert await gateway.quarantined() == []
    sent = await gateway.said(ClaimTransmitted)
    assert [each.claim_id for each in sent] == ["CLM1"]
    stages = [(a.stage, a.outcome) for a in await gateway.said(ClaimAcknowledged)]
    assert stages == [("277CA", "accepted")]
    (adjudicated,) = await gateway.said(ClaimAdjudicated)
    assert adjudicated.charge_cents == 25000
    assert adjudicated.encounter_id == "E-CLM1"
    assert [each.line for each in adjudicated.lines] == [1]
    (received,) = await gateway.said(RemittanceReceived)
    assert received.payment_cents == adjudicated.paid_cents
