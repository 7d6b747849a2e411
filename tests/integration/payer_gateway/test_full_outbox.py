"""A gateway whose events nobody takes sends no more files than their events have room for."""

from dataclasses import replace

from schemas.claim import ClaimTransmitted
from services.payer_gateway.files.outbound import Sender
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


async def test_no_file_is_sent_while_the_outbox_is_full(gateway: Gateway) -> None:
    object.__setattr__(gateway.partners["BLUERIVER"], "claims_per_file", 1)
    await gateway.hear(*references(), claim("CLM1"), claim("CLM2"))
    sent: list[str] = []

    def full() -> bool:
        if sent:
            gateway.runtime.stopping.set()
        return bool(sent)

    runtime = replace(gateway.runtime, wake_relay=lambda: sent.append("file"), held_back=full)
    sender = Sender(gateway.partners, gateway.transports)
    while not runtime.stopping.is_set() and await sender.step(runtime):
        continue
    assert len(await gateway.said(ClaimTransmitted)) == 1
    states = await gateway.rows("select state from outbound_file order by state")
    assert [row["state"] for row in states] in (["created", "sent"], ["sent"])
