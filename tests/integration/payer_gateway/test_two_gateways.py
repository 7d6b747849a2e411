"""Two gateways at one database and one payer: each claim goes once, each file is loaded once."""

import asyncio
from datetime import timedelta

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimTransmitted
from services.payer_gateway.inbound import Receiver
from services.payer_gateway.outbound import Sender
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references

CLAIMS = tuple(f"CLM{number}" for number in range(1, 13))
DAYS = 16


async def test_two_gateways_send_each_claim_once_and_load_each_file_once(gateway: Gateway) -> None:
    await gateway.hear(*references(), *(claim(each) for each in CLAIMS))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    object.__setattr__(gateway.partners["BLUERIVER"], "claims_per_file", 2)
    senders = [Sender(gateway.partners, gateway.transports) for _ in range(2)]
    receivers = [Receiver(gateway.partners, gateway.transports) for _ in range(2)]
    for _ in range(DAYS):
        for _ in range(3):
            await asyncio.gather(*(each.step(gateway.runtime) for each in senders))
        await asyncio.to_thread(gateway.wire.payer.step)
        for _ in range(4):
            await asyncio.gather(*(each.step(gateway.runtime) for each in receivers))
        gateway.clock.advance(timedelta(days=1))
    for said in (
        await gateway.said(ClaimTransmitted),
        await gateway.said(ClaimAdjudicated),
        [each for each in await gateway.said(ClaimAcknowledged) if each.stage == "999"],
        [each for each in await gateway.said(ClaimAcknowledged) if each.stage == "277CA"],
    ):
        assert sorted(each.claim_id for each in said) == sorted(CLAIMS)
    states = await gateway.rows("select distinct state from inbound_file")
    assert [row["state"] for row in states] == ["loaded"]
    assert await gateway.quarantined() == []
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []
