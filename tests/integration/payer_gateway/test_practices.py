"""One installation serves many practices: files, numbers and payments of each stay apart."""

from typing import Any

import pytest

from schemas.claim import ClaimAdjudicated, RemittanceReceived
from services.payer_gateway.domain.claim_file import write_file
from services.payer_gateway.domain.reference_data import Practice
from services.payer_gateway.files import outbound
from services.payer_gateway.verification import transmission_findings
from services.payer_gateway.x12.segments import WriteError
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


async def test_files_made_together_to_one_receiver_have_numbers_of_their_own_without_a_gap(
    gateway: Gateway,
) -> None:
    object.__setattr__(gateway.partners["SUMMIT"], "receiver_id", "BLUERIVER")
    await _two_practices(gateway)
    for practice_id in ("P1", "P2"):
        await gateway.hear(
            coverage(
                policy("BLUERIVER", f"M-{practice_id}"),
                policy("SUMMIT", f"S-{practice_id}", rank=2),
                practice_id=practice_id,
            )
        )
    await gateway.hear(
        *(
            claim(f"{payer_id[0]}{number}", payer_id, coverage_id=f"COV{rank}", practice_id=own)
            for rank, payer_id in ((1, "BLUERIVER"), (2, "SUMMIT"))
            for number, own in ((1, "P1"), (2, "P2"), (3, "P2"))
        )
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    files = await gateway.rows(
        "select practice_id, interchange_control_number as number, claim_ids from outbound_file"
    )
    assert sorted((f["practice_id"], f["number"]) for f in files) == [
        ("P1", 1),
        ("P1", 2),
        ("P2", 1),
        ("P2", 2),
    ]
    assert sorted(f["claim_ids"] for f in files) == [["B1"], ["B2", "B3"], ["S1"], ["S2", "S3"]]
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_a_file_that_cannot_be_made_holds_up_none_before_it(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _two_practices(gateway)
    await gateway.hear(claim("CA"), claim("CB", practice_id="P2"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)

    writes = write_file

    def refusing(claims: Any, about: Practice, *rest: Any) -> bytes:
        if about.npi == OTHER_NPI:
            raise WriteError("NM1", 3)
        return writes(claims, about, *rest)

    monkeypatch.setattr(outbound, "write_file", refusing)
    with pytest.raises(WriteError):
        await gateway.send()
    (file,) = await gateway.rows("select practice_id, claim_ids from outbound_file")
    assert tuple(file) == ("P1", ["CA"])
    (waiting,) = await gateway.rows("select claim_id from waiting_claim")
    assert waiting["claim_id"] == "CB"
