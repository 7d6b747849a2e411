"""A claim as it is published for the payer gateway (837P without who the patient is)."""

from datetime import date
from typing import Any

from schemas.claim import ClaimSubmitted
from services.billing.domain import ledger_account as accounts
from services.billing.domain.case import Case
from services.billing.domain.claim import Claim, PriorPayerOutcome


def claim_submitted(case: Case, claim: Claim, filing_deadline: date) -> ClaimSubmitted:
    """The event that sends the claim to the gateway.

    Built from plain values, so that all of it is validated at once.
    """
    account, content = case.account, claim.content
    return ClaimSubmitted.model_validate(
        {
            "practice_id": account.practice_id,
            "encounter_id": account.encounter_id,
            "claim_id": claim.claim_id,
            "payer_level": claim.level,
            "version": claim.version,
            "frequency_code": claim.frequency_code,
            "payer_control_number": claim.original_control_number,
            "payer_id": content.payer_id,
            "coverage_id": content.coverage_id,
            "patient_id": account.patient_id,
            "rendering_provider_id": content.rendering_provider_id,
            "referring_provider_id": content.referring_provider_id or None,
            "service_date": content.service_date,
            "place_of_service": content.place_of_service,
            "diagnoses": content.diagnoses,
            "lines": [
                {
                    "line": line.line,
                    "code": line.code,
                    "modifiers": line.modifiers,
                    "units": line.units,
                    "charge_cents": line.charge_cents,
                    "diagnosis_pointers": line.diagnosis_pointers,
                    "ndc": line.ndc or None,
                }
                for line in content.lines
            ],
            "total_charge_cents": content.charge_cents,
            "patient_paid_cents": max(case.ledger.total(accounts.CASH_PATIENT), 0),
            "prior_payers": [_prior(each) for each in content.prior_payers if each.coverage_id],
            "prior_authorization": content.prior_authorization,
            "filing_deadline": filing_deadline,
            "submitted_at": case.now,
        }
    )


def _prior(each: PriorPayerOutcome) -> dict[str, Any]:
    return {
        "payer_id": each.payer_id,
        "coverage_id": each.coverage_id,
        "level": each.level,
        "paid_cents": each.paid_cents,
        "payer_control_number": each.payer_control_number,
        "adjudicated_on": each.adjudicated_on,
        "lines": [
            {
                "line": line.line,
                "paid_cents": line.paid_cents,
                "adjustments": [
                    {"group": a.group, "reason": a.reason, "amount_cents": a.amount_cents}
                    for a in line.adjustments
                ],
            }
            for line in each.lines
        ],
    }
