"""The people, policies and claims of the gateway's tests."""

from datetime import date
from typing import Any

from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.event import Event
from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    Policy,
    PracticeRegistered,
    ProviderRegistered,
)
from schemas.values import Address
from tests.support import NOON

ADDRESS = Address(line1="12 Elm St", city="Columbus", state="OH", postal_code="43004")
PRACTICE_NPI = "1234567893"


def practice(practice_id: str = "P1", npi: str = PRACTICE_NPI) -> PracticeRegistered:
    return PracticeRegistered(
        practice_id=practice_id,
        name="Elm Family Medicine",
        npi=npi,
        tax_id="123456789",
        taxonomy="207Q00000X",
        address=ADDRESS,
        phone="6145550100",
    )


def provider(practice_id: str = "P1") -> ProviderRegistered:
    return ProviderRegistered(
        practice_id=practice_id,
        provider_id="DR1",
        npi="1245319599",
        taxonomy="207Q00000X",
        family_name="Reyes",
        given_name="Ana",
    )


def patient(patient_id: str = "PT1", practice_id: str = "P1") -> PatientRegistered:
    return PatientRegistered(
        practice_id=practice_id,
        patient_id=patient_id,
        account_id=f"A-{patient_id}",
        family_name="Quillfeather",
        given_name="Noor",
        birth_date=date(1950, 5, 17),
        sex="F",
        address=ADDRESS,
    )


def policy(payer_id: str, member_id: str, rank: int = 1, **changes: Any) -> Policy:
    programmes = {"MEDICARE_B": "medicare", "STATE_MEDICAID": "medicaid", "MEDIGAP_PLUS": "medigap"}
    values: dict[str, Any] = {
        "coverage_id": f"COV{rank}",
        "payer_id": payer_id,
        "payer_name": payer_id.replace("_", " "),
        "programme": programmes.get(payer_id, "commercial"),
        "rank": rank,
        "member_id": member_id,
        "effective_from": date(2020, 1, 1),
    }
    return Policy.model_validate({**values, **changes})


def coverage(
    *policies: Policy, patient_id: str = "PT1", practice_id: str = "P1"
) -> CoverageRegistered:
    return CoverageRegistered(practice_id=practice_id, patient_id=patient_id, policies=policies)


def line(number: int = 1, code: str = "99213", charge_cents: int = 25000) -> ClaimLine:
    return ClaimLine(
        line=number, code=code, units=1, charge_cents=charge_cents, diagnosis_pointers=(1,)
    )


def claim(claim_id: str = "CLM1", payer_id: str = "BLUERIVER", **changes: Any) -> ClaimSubmitted:
    lines = changes.pop("lines", (line(),))
    values: dict[str, Any] = {
        "practice_id": "P1",
        "encounter_id": f"E-{claim_id}",
        "claim_id": claim_id,
        "payer_level": 1,
        "version": 1,
        "payer_id": payer_id,
        "coverage_id": "COV1",
        "patient_id": "PT1",
        "rendering_provider_id": "DR1",
        "service_date": date(2026, 2, 24),
        "place_of_service": "11",
        "diagnoses": ("E11.9",),
        "lines": lines,
        "total_charge_cents": sum(each.charge_cents for each in lines),
        "filing_deadline": date(2026, 8, 24),
        "submitted_at": NOON,
    }
    return ClaimSubmitted.model_validate({**values, **changes})


def references(payer_id: str = "BLUERIVER", member_id: str = "M100") -> tuple[Event, ...]:
    return practice(), provider(), patient(), coverage(policy(payer_id, member_id))
