"""Whole stories between practice and payer: crossover, reversal, corrections, late payment."""

import io
from datetime import date
from typing import Any

import pytest
from pyx12.params import ParamsBase
from pyx12.x12n_document import x12n_document

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimSubmitted,
    PriorPayer,
    PriorPayerLine,
    RemittanceReceived,
)
from schemas.values import Adjustment
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    PRACTICE_NPI,
    claim,
    coverage,
    line,
    patient,
    policy,
    practice,
    provider,
    references,
)


async def _sound(gateway: Gateway) -> None:
    """Nothing is wrong with files and payments, and both sides have the same books."""
    assert await gateway.quarantined() == []
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []
    believed = {
        paid["trace_number"]: paid["payment_cents"] for paid in gateway.wire.payer.books.paid()
    }
    received = {r.trace_number: r.payment_cents for r in await gateway.said(RemittanceReceived)}
    assert received == believed


async def test_medicare_passes_the_claim_on_and_the_supplement_pays_its_part(
    gateway: Gateway,
) -> None:
    await gateway.hear(
        practice(),
        provider(),
        patient(),
        coverage(
            policy("MEDICARE_B", "1EG4TE5MK73"),
            policy("MEDIGAP_PLUS", "MG100", rank=2),
        ),
        claim(payer_id="MEDICARE_B", lines=(line(1, "99213", 60000), line(2, "93000", 50000))),
    )
    gateway.clock.advance(gateway.partners["MEDICARE_B"].batch_window)
    await gateway.exchange(32)
    first, second = await gateway.said(ClaimAdjudicated)
    assert (first.payer_id, first.claim_status_code) == ("MEDICARE_B", "19")
    assert first.crossover_payer_id == "MEDIGAP_PLUS"
    assert (second.payer_id, second.claim_status_code) == ("MEDIGAP_PLUS", "2")
    assert second.claim_id == first.claim_id == "CLM1"
    groups = {(a.group, a.reason) for each in first.lines for a in each.adjustments}
    assert {("CO", "45"), ("CO", "253"), ("PR", "1"), ("PR", "2")} <= groups
    deductible = sum(
        a.amount_cents for each in first.lines for a in each.adjustments if a.reason == "1"
    )
    assert second.patient_responsibility_cents == deductible == 28300
    await _sound(gateway)


async def test_a_reversal_comes_before_its_correction_and_negates_the_first_payment(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(member_id="REVERSE-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(40)
    first, taken_back, again = await gateway.said(ClaimAdjudicated)
    assert [first.claim_status_code, taken_back.claim_status_code] == ["1", "22"]
    assert taken_back.paid_cents == -first.paid_cents
    assert taken_back.remittance_id == again.remittance_id
    assert taken_back.sequence < again.sequence
    assert again.paid_cents < first.paid_cents
    assert len({each.payer_control_number for each in (first, taken_back, again)}) == 1
    await _sound(gateway)


async def test_a_replacement_reverses_the_claim_it_names_and_is_paid_instead(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    (first,) = await gateway.said(ClaimAdjudicated)
    await gateway.hear(
        claim(
            "CLM2",
            encounter_id="E-CLM1",
            version=2,
            frequency_code="7",
            payer_control_number=first.payer_control_number,
            lines=(line(1, "99214", 32000),),
        )
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    _, taken_back, again = await gateway.said(ClaimAdjudicated)
    assert (taken_back.claim_id, taken_back.claim_status_code) == ("CLM1", "22")
    assert (again.claim_id, again.charge_cents) == ("CLM2", 32000)
    await _sound(gateway)


async def test_a_void_is_answered_by_a_reversal_alone(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    (first,) = await gateway.said(ClaimAdjudicated)
    await gateway.hear(
        claim(
            "CLM2",
            version=2,
            frequency_code="8",
            payer_control_number=first.payer_control_number,
        )
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    _, taken_back = await gateway.said(ClaimAdjudicated)
    assert taken_back.charge_cents == -first.charge_cents
    await _sound(gateway)


async def test_a_replacement_of_a_claim_the_payer_never_had_is_rejected(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim(frequency_code="7", payer_control_number="NOSUCHCLAIM"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(4)
    rejected = [a for a in await gateway.said(ClaimAcknowledged) if a.outcome == "rejected"]
    assert [a.reasons[0].code for a in rejected] == ["A7:464:IL"]


async def test_a_late_payment_carries_interest_at_provider_level(gateway: Gateway) -> None:
    await gateway.hear(*references(member_id="LATE-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(48)
    (received,) = await gateway.said(RemittanceReceived)
    ((reason, cents),) = [(a.reason, a.amount_cents) for a in received.provider_adjustments]
    assert reason == "L6"
    assert cents < 0
    assert received.payment_cents == received.claims_paid_cents - cents
    await _sound(gateway)


async def test_a_downcoded_line_says_what_was_billed(gateway: Gateway) -> None:
    await gateway.hear(*references(member_id="DOWNCODE-1"), claim(lines=(line(1, "99214", 32000),)))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    (adjudicated,) = await gateway.said(ClaimAdjudicated)
    (paid,) = adjudicated.lines
    assert (paid.line, paid.code, paid.submitted_code) == (1, "99213", "99214")


@pytest.mark.parametrize(
    ("member_id", "status", "reason"),
    [
        ("DENY-CO197-7", "1", ("CO", "197")),
        ("DENY-PR204-7", "1", ("PR", "204")),
        ("UNKNOWN-7", "4", ("CO", "31")),
        ("EXPIRED-7", "1", ("CO", "27")),
    ],
)
async def test_a_member_id_asks_for_a_denial(
    gateway: Gateway, member_id: str, status: str, reason: tuple[str, str]
) -> None:
    await gateway.hear(*references(member_id=member_id), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    (adjudicated,) = await gateway.said(ClaimAdjudicated)
    assert (adjudicated.claim_status_code, adjudicated.paid_cents) == (status, 0)
    (denied,) = adjudicated.lines
    assert [(a.group, a.reason) for a in denied.adjustments] == [reason]
    await _sound(gateway)


def _secondary() -> ClaimSubmitted:
    prior = PriorPayer(
        payer_id="MEDICARE_B",
        coverage_id="COV1",
        level=1,
        paid_cents=7840,
        payer_control_number="ME1",
        adjudicated_on=date(2026, 2, 27),
        lines=(
            PriorPayerLine(
                line=1,
                paid_cents=7840,
                adjustments=(
                    Adjustment(group="CO", reason="45", amount_cents=10000),
                    Adjustment(group="PR", reason="1", amount_cents=5000),
                    Adjustment(group="PR", reason="2", amount_cents=2000),
                    Adjustment(group="CO", reason="253", amount_cents=160),
                ),
            ),
        ),
    )
    return claim(
        "CLM2",
        "MEDIGAP_PLUS",
        payer_level=2,
        coverage_id="COV2",
        prior_payers=(prior,),
    )


async def test_a_secondary_claim_carries_what_the_primary_did_and_is_coordinated(
    gateway: Gateway,
) -> None:
    await gateway.hear(
        practice(),
        provider(),
        patient(),
        coverage(policy("MEDICARE_B", "1EG4TE5MK73"), policy("MEDIGAP_PLUS", "MG100", rank=2)),
        _secondary(),
    )
    gateway.clock.advance(gateway.partners["MEDIGAP_PLUS"].batch_window)
    await gateway.exchange(16)
    (adjudicated,) = await gateway.said(ClaimAdjudicated)
    assert (adjudicated.claim_status_code, adjudicated.paid_cents) == ("2", 2000)
    assert [(a.group, a.reason, a.amount_cents) for a in adjudicated.lines[0].adjustments] == [
        ("OA", "23", 18000),
        ("PR", "1", 5000),
    ]
    await _sound(gateway)


def _accepted_by_pyx12(content: bytes) -> bool:
    return x12n_document(ParamsBase(), io.StringIO(content.decode()), None, None) is True


async def test_files_as_sent_are_accepted_by_an_independent_reader(gateway: Gateway) -> None:
    family = policy(
        "BLUERIVER",
        "FAM1",
        relationship="child",
        subscriber={
            "family_name": "Quillfeather-O'Day",
            "given_name": "Søren",
            "birth_date": date(1980, 1, 1),
            "sex": "M",
            "address": patient().address,
        },
    )
    await gateway.hear(
        practice(),
        provider(),
        patient("PT1"),
        patient("PT2"),
        coverage(
            policy("MEDICARE_B", "1EG4TE5MK73"),
            policy("MEDIGAP_PLUS", "MG100", rank=2),
            patient_id="PT1",
        ),
        coverage(family, patient_id="PT2"),
        _secondary(),
        claim("CLM3", "MEDICARE_B", prior_authorization="AUTH 1", patient_paid_cents=2500),
        claim("CLM4", patient_id="PT2", referring_provider_id="DR1"),
        claim("CLM5", patient_id="PT2", frequency_code="7", payer_control_number="BL123"),
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    files = await gateway.rows("select name, content from outbound_file order by name")
    assert [row["name"] for row in files] == [
        f"{PRACTICE_NPI}_BLUERIVER_000000001.837",
        f"{PRACTICE_NPI}_MEDICARE_B_000000001.837",
        f"{PRACTICE_NPI}_MEDIGAP_PLUS_000000001.837",
    ]
    assert [row["name"] for row in files if not _accepted_by_pyx12(row["content"])] == []


async def test_claims_wait_for_whom_they_name_and_go_on_when_they_are_known(
    gateway: Gateway,
) -> None:
    await gateway.hear(claim())
    for event in references():
        assert await gateway.rows("select 1 from claim") == []
        await gateway.hear(event)
        gateway.clock.advance(gateway.processor.patience.retry_after)
        await gateway.processor.retry_parked()
    assert [row["state"] for row in await gateway.rows("select state from claim")] == ["waiting"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payer_id": "NOBODY"}, "gateway:payer_not_connected"),
        ({"frequency_code": "7"}, "claim."),
        ({"total_charge_cents": 1}, "claim."),
        ({"lines": (line().model_copy(update={"diagnosis_pointers": (2,)}),)}, "claim."),
    ],
)
async def test_what_must_not_be_sent_is_given_back_by_the_gateway_itself(
    gateway: Gateway, changes: dict[str, Any], code: str
) -> None:
    await gateway.hear(*references(), claim(**changes))
    (answer,) = await gateway.said(ClaimAcknowledged)
    assert (answer.stage, answer.outcome) == ("gateway", "rejected")
    assert any(reason.code.startswith(code) for reason in answer.reasons), answer.reasons


async def test_a_dependents_claim_is_given_back_while_nobody_knows_who_holds_the_policy(
    gateway: Gateway,
) -> None:
    dependent = coverage(policy("BLUERIVER", "M100", relationship="child"))
    await gateway.hear(practice(), provider(), patient(), dependent, claim())
    (answer,) = await gateway.said(ClaimAcknowledged)
    assert (answer.stage, answer.outcome) == ("gateway", "rejected")
    assert [reason.code for reason in answer.reasons] == ["gateway:subscriber_missing"]


async def test_a_claim_id_that_was_submitted_before_is_refused(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim())
    batch = await gateway.hear(claim(version=2))
    assert [refusal.reason for _, refusal in batch.letters] == ["claim_submitted_before"]
    assert len(await gateway.rows("select 1 from claim")) == 1
