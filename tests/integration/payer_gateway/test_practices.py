"""One installation serves many practices: files, numbers and payments of each stay apart."""

from schemas.claim import ClaimAdjudicated, RemittanceReceived
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
)

OTHER_NPI = "1245319599"


async def _two_practices(gateway: Gateway) -> None:
    for practice_id, npi in (("P1", "1234567893"), ("P2", OTHER_NPI)):
        await gateway.hear(
            practice(practice_id, npi),
            provider(practice_id),
            patient("PT1", practice_id),
            coverage(policy("BLUERIVER", f"M-{practice_id}"), practice_id=practice_id),
        )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)


async def test_each_practice_has_its_own_files_numbers_and_payments(gateway: Gateway) -> None:
    await _two_practices(gateway)
    await gateway.hear(claim("CA"), claim("CB", practice_id="P2"), claim("CC", practice_id="P2"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    files = await gateway.rows("select * from outbound_file order by sender_id")
    assert [
        (f["practice_id"], f["interchange_control_number"], f["claim_count"]) for f in files
    ] == [
        ("P1", 1, 1),
        ("P2", 1, 2),
    ]
    assert {(a.practice_id, a.claim_id) for a in await gateway.said(ClaimAdjudicated)} == {
        ("P1", "CA"),
        ("P2", "CB"),
        ("P2", "CC"),
    }
    assert {r.practice_id for r in await gateway.said(RemittanceReceived)} == {"P1", "P2"}
    assert await gateway.quarantined() == []


async def test_two_practices_may_use_the_same_claim_id(gateway: Gateway) -> None:
    await _two_practices(gateway)
    await gateway.hear(claim("SAME"), claim("SAME", practice_id="P2", encounter_id="E-OTHER"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    adjudicated = await gateway.said(ClaimAdjudicated)
    assert {(a.practice_id, a.encounter_id) for a in adjudicated} == {
        ("P1", "E-SAME"),
        ("P2", "E-OTHER"),
    }
    assert await gateway.quarantined() == []
