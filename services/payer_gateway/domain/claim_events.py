"""Events about claims that the gateway itself brings about: sent, or given back."""

from collections.abc import Iterable
from datetime import datetime

from schemas.claim import AcknowledgementReason, ClaimAcknowledged, ClaimTransmitted
from services.chassis.effects import Effects
from services.payer_gateway.domain.claim_state import ClaimRecord


def transmitted(
    practice_id: str,
    payer_id: str,
    claims: Iterable[tuple[str, str]],
    *,
    name: str,
    number: int,
    at: datetime,
) -> Effects:
    """What follows when a payer has a file or a batch of forms of that name and number.

    claims: the ids of those in it, each with that of its encounter.
    """
    effects = Effects()
    for claim_id, encounter_id in claims:
        effects.emit(
            ClaimTransmitted(
                practice_id=practice_id,
                encounter_id=encounter_id,
                claim_id=claim_id,
                payer_id=payer_id,
                file_name=name,
                interchange_control_number=f"{number:09d}",
                transmitted_at=at,
            ),
            f"{practice_id}:{claim_id}",
        )
    return effects


def given_back(
    claims: Iterable[tuple[ClaimRecord, Iterable[AcknowledgementReason]]], at: datetime
) -> Effects:
    """What follows when claims go back to billing from here (stage ``gateway``), each with why."""
    effects = Effects()
    for claim, reasons in claims:
        effects.emit(
            ClaimAcknowledged(
                practice_id=claim.practice_id,
                encounter_id=claim.encounter_id,
                claim_id=claim.claim_id,
                payer_id=claim.payer_id,
                stage="gateway",
                outcome="rejected",
                reasons=tuple(reasons),
                received_at=at,
            ),
            f"{claim.practice_id}:{claim.claim_id}",
        )
    return effects
