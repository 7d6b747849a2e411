"""What a payer gets wrong is set aside with its reason, once; nothing else waits for it."""

import asyncio

import pytest

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimTransmitted, RemittanceReceived
from services.chassis.effects import Refused
from services.payer_gateway.decisions.quarantine import RejectQuarantined, ReleaseQuarantined
from services.payer_gateway.verification import transmission_findings
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

LONG_ENOUGH = 16


async def _two_members(gateway: Gateway, asking: str) -> None:
    """Claim CLM1 of a member who asks for something, CLM2 of one who asks for nothing."""
    await gateway.hear(
        practice(),
        provider(),
        patient("PT1"),
        patient("PT2"),
        coverage(policy("BLUERIVER", asking), patient_id="PT1"),
        coverage(policy("BLUERIVER", "M200"), patient_id="PT2"),
        claim("CLM1"),
        claim("CLM2", patient_id="PT2"),
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)


async def _findings(gateway: Gateway) -> list[str]:
    async with gateway.pool.acquire() as connection:
        return [each.rule for each in await transmission_findings(connection)]


async def _item(gateway: Gateway) -> ReleaseQuarantined:
    (row,) = await gateway.rows("select * from quarantine where state = 'open'")
    return ReleaseQuarantined(
        practice_id=row["practice_id"],
        actor="someone",
        role="supervisor",
        reason="agreed with the payer",
        item_id=row["item_id"],
    )


async def test_a_999_that_rejects_gives_every_claim_of_the_set_back(gateway: Gateway) -> None:
    await _two_members(gateway, "REJECT-999-1")
    await gateway.exchange(LONG_ENOUGH)
    answers = await gateway.said(ClaimAcknowledged)
    assert {(a.claim_id, a.stage, a.outcome) for a in answers} == {
        ("CLM1", "999", "rejected"),
        ("CLM2", "999", "rejected"),
    }
    assert all(a.reasons for a in answers)
    assert await gateway.said(ClaimAdjudicated) == []


async def test_a_277ca_rejects_one_claim_and_its_neighbour_goes_on(gateway: Gateway) -> None:
    await _two_members(gateway, "REJECT-277-A7164-1")
    await gateway.exchange(LONG_ENOUGH)
    rejected = [a for a in await gateway.said(ClaimAcknowledged) if a.outcome == "rejected"]
    assert [(a.claim_id, a.stage, a.reasons[0].code) for a in rejected] == [
        ("CLM1", "277CA", "A7:164:IL")
    ]
    assert [a.claim_id for a in await gateway.said(ClaimAdjudicated)] == ["CLM2"]


async def test_a_277ca_for_a_claim_nobody_sent_is_set_aside(gateway: Gateway) -> None:
    await _two_members(gateway, "STRANGER-277-1")
    await gateway.exchange(3)
    assert await gateway.quarantined() == [("277CA", "STRANGERCLM1", "gateway.claim-unknown")]
    accepted = [a for a in await gateway.said(ClaimAcknowledged) if a.stage == "277CA"]
    assert {a.claim_id for a in accepted} == {"CLM1", "CLM2"}


async def test_a_forwarded_claim_is_said_to_be_forwarded_before_it_is_accepted(
    gateway: Gateway,
) -> None:
    await _two_members(gateway, "FORWARD-277-1")
    await gateway.exchange(4)
    answers = [a for a in await gateway.said(ClaimAcknowledged) if a.claim_id == "CLM1"]
    assert [(a.stage, a.outcome) for a in answers] == [
        ("277CA", "forwarded"),
        ("277CA", "accepted"),
    ]


async def test_a_claim_that_does_not_balance_is_set_aside_alone(gateway: Gateway) -> None:
    await _two_members(gateway, "UNBALANCED-1")
    await gateway.exchange(LONG_ENOUGH)
    assert await gateway.quarantined() == [
        ("adjudication", "CLM1", "remittance.line-balance"),
    ]
    assert [a.claim_id for a in await gateway.said(ClaimAdjudicated)] == ["CLM2"]
    assert await _findings(gateway) == []


async def test_a_remittance_whose_total_is_wrong_publishes_nothing_until_it_is_released(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(member_id="UNBALANCED-TOTAL-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(LONG_ENOUGH)
    assert await gateway.said(ClaimAdjudicated) == []
    assert await gateway.said(RemittanceReceived) == []
    ((kind, _, reason),) = await gateway.quarantined()
    assert (kind, reason) == ("remittance", "remittance.transaction-balance")
    await gateway.act(await _item(gateway))
    assert [a.claim_id for a in await gateway.said(ClaimAdjudicated)] == ["CLM1"]
    assert len(await gateway.said(RemittanceReceived)) == 1
    assert await gateway.quarantined() == []
    assert await _findings(gateway) == ["remittance_unbalanced"]


async def test_a_clerk_may_not_release_and_a_settled_item_stays_settled(gateway: Gateway) -> None:
    await gateway.hear(*references(member_id="UNBALANCED-TOTAL-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(LONG_ENOUGH)
    command = await _item(gateway)
    with pytest.raises(Refused) as refused:
        await gateway.act(command.model_copy(update={"role": "clerk"}))
    assert refused.value.reason == "role_not_allowed"
    await gateway.act(RejectQuarantined.model_validate(command.model_dump()))
    with pytest.raises(Refused) as refused:
        await gateway.act(command)
    assert refused.value.reason == "item_settled"
    assert await gateway.said(ClaimAdjudicated) == []


async def test_a_stranger_in_a_remittance_is_set_aside_and_the_rest_is_posted(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(member_id="STRANGER-835-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(LONG_ENOUGH)
    assert await gateway.quarantined() == [
        ("adjudication", "STRANGERCLM1", "remittance.claim-unknown")
    ]
    assert [a.claim_id for a in await gateway.said(ClaimAdjudicated)] == ["CLM1"]
    with pytest.raises(Refused) as refused:
        await gateway.act(await _item(gateway))
    assert refused.value.reason == "claim_unknown"


async def test_an_835_that_comes_twice_is_loaded_once(gateway: Gateway) -> None:
    await gateway.hear(*references(member_id="TWICE-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(LONG_ENOUGH)
    (row,) = await gateway.rows("select deliveries from inbound_file where kinds = '835'")
    assert row["deliveries"] == 2
    assert len(await gateway.said(RemittanceReceived)) == 1


async def test_the_same_payment_in_another_file_is_a_duplicate(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(LONG_ENOUGH)
    (row,) = await gateway.rows("select name, content from inbound_file where kinds = '835'")
    again = row["content"].replace(b"~GE*", b"~\nGE*")
    (gateway.wire.outgoing("BLUERIVER") / "again.835").write_bytes(again)
    await gateway.receive()
    (state,) = await gateway.rows("select state from inbound_file where name = 'again.835'")
    assert state["state"] == "duplicate"
    assert len(await gateway.said(RemittanceReceived)) == 1


async def test_a_truncated_file_is_kept_whole_and_the_good_one_after_it_is_loaded(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(member_id="TRUNCATED-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(LONG_ENOUGH)
    ((kind, subject, reason),) = await gateway.quarantined()
    assert (kind, reason.startswith("envelope.")) == ("file", True)
    assert subject.endswith(".partial.835")
    assert len(await gateway.said(ClaimAdjudicated)) == 1


async def test_bytes_that_are_not_x12_are_kept_and_stop_nothing(gateway: Gateway) -> None:
    folder = gateway.wire.outgoing("SUMMIT")
    (folder / "a.835").write_bytes(bytes(range(256)) * 20)
    (folder / "b.835").write_bytes(b"")
    (folder / "unfinished.835.part").write_bytes(b"ISA")
    await gateway.receive()
    assert [(kind, subject) for kind, subject, _ in await gateway.quarantined()] == [
        ("file", "a.835"),
        ("file", "b.835"),
    ]
    assert [path.name for path in folder.iterdir()] == ["unfinished.835.part"]


async def test_a_999_for_a_file_nobody_sent_can_be_read_again_when_it_is_known(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    await asyncio.to_thread(gateway.wire.payer.step)
    async with gateway.pool.acquire() as connection:
        await connection.execute("update outbound_file set interchange_control_number = 7")
    await gateway.receive()
    assert [reason for _, _, reason in await gateway.quarantined()] == ["gateway.file-unknown"]
    async with gateway.pool.acquire() as connection:
        await connection.execute("update outbound_file set interchange_control_number = 1")
    await gateway.act(await _item(gateway))
    await gateway.receive()
    assert await gateway.quarantined() == []
    (file,) = await gateway.rows("select state, answer from outbound_file")
    assert tuple(file) == ("accepted", "999 A")


async def test_no_answer_at_all_leaves_the_claim_sent(gateway: Gateway) -> None:
    await gateway.hear(*references(member_id="SILENT-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(30)
    (file,) = await gateway.rows("select state, answer from outbound_file")
    assert tuple(file) == ("accepted", "999 A")
    assert len(await gateway.said(ClaimTransmitted)) == 1
    assert await gateway.said(ClaimAcknowledged) == []
    assert await gateway.said(ClaimAdjudicated) == []
