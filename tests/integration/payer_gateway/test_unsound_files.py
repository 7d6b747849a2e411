"""No file leaves with an error in it: its claims go back, and the others go out."""

from datetime import date

from schemas.claim import ClaimAcknowledged, ClaimTransmitted
from services.payer_gateway.domain.sending_check import errors_in
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references

AHEAD = date(2026, 11, 24)
"""Long after the file is made: no edit of a claim by itself knows when its file will be made."""


async def _window(gateway: Gateway) -> None:
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)


async def test_a_claim_that_would_spoil_its_file_goes_back_and_its_neighbours_go_out(
    gateway: Gateway,
) -> None:
    ahead = claim("CLM2", service_date=AHEAD)
    await gateway.hear(*references(), claim("CLM1"), ahead, claim("CLM3"))
    await _window(gateway)
    await gateway.send()
    (given_back,) = await gateway.said(ClaimAcknowledged)
    assert (given_back.claim_id, given_back.stage, given_back.outcome) == (
        "CLM2",
        "gateway",
        "rejected",
    )
    assert [reason.code for reason in given_back.reasons] == ["date.future"]
    assert "after the file was made" in given_back.reasons[0].message
    assert {each.claim_id for each in await gateway.said(ClaimTransmitted)} == {"CLM1", "CLM3"}
    (file,) = await gateway.rows(
        "select content, claim_ids, interchange_control_number as n from outbound_file"
    )
    assert errors_in(file["content"]) == []
    assert (sorted(file["claim_ids"]), file["n"]) == (["CLM1", "CLM3"], 1)
    states = {row["claim_id"]: row["state"] for row in await gateway.rows("select * from claim")}
    assert states["CLM2"] == "refused"
    assert await gateway.rows("select from waiting_claim") == []


async def test_a_file_of_which_nothing_is_left_is_not_made_and_spends_no_number(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(), claim("CLM1", service_date=AHEAD))
    await _window(gateway)
    await gateway.send()
    assert await gateway.rows("select from outbound_file") == []
    assert await gateway.rows("select from control_number") == []
    await gateway.hear(claim("CLM2"))
    await _window(gateway)
    await gateway.send()
    (file,) = await gateway.rows(
        "select claim_ids, interchange_control_number as n from outbound_file"
    )
    assert (file["claim_ids"], file["n"]) == (["CLM2"], 1)
    assert [each.claim_id for each in await gateway.said(ClaimAcknowledged)] == ["CLM1"]


async def test_nobody_gets_a_claim_back_twice(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim("CLM1", service_date=AHEAD), claim("CLM2"))
    await _window(gateway)
    for _ in range(3):
        await gateway.send()
        await _window(gateway)
    assert len(await gateway.said(ClaimAcknowledged)) == 1
    assert len(await gateway.said(ClaimTransmitted)) == 1
