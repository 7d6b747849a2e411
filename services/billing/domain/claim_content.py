"""What ought to be billed to each payer: the coded services, and what earlier payers did."""

from services.billing.domain.adjudication import Adjudication
from services.billing.domain.case import Case
from services.billing.domain.claim import (
    BilledLine,
    ClaimContent,
    PriorLine,
    PriorPayerOutcome,
)
from services.billing.domain.encounter_account import CodedService


def coded_service(case: Case) -> CodedService:
    """What was coded; raises ``ValueError`` when nothing was."""
    coded = case.account.coded
    if coded is None:
        raise ValueError("the encounter was never coded")
    return coded


def claim_content(case: Case, level: int) -> ClaimContent:
    """The claim that the payer of ``level`` ought to have, as the account stands."""
    coded = coded_service(case)
    payer = case.account.coverage.payer(level)
    return ClaimContent(
        payer_id=payer.payer_id if payer is not None else "",
        coverage_id=payer.coverage_id if payer is not None else "",
        service_date=coded.service_date,
        place_of_service=coded.place_of_service,
        diagnoses=coded.diagnoses,
        lines=tuple(
            [
                BilledLine(
                    line.line,
                    line.code,
                    line.modifiers,
                    line.units,
                    line.charge_cents or 0,
                    line.diagnosis_pointers,
                    line.ndc,
                )
                for line in coded.lines
            ]
        ),
        rendering_provider_id=coded.rendering_provider_id,
        referring_provider_id=coded.referring_provider_id,
        prior_authorization=coded.prior_authorization,
        prior_payers=_prior_payers(case, level) if level > 1 else (),
    )


def _prior_payers(case: Case, level: int) -> tuple[PriorPayerOutcome, ...]:
    found: list[PriorPayerOutcome] = []
    for before in range(1, level):
        standing = case.standing(before)
        payer = case.account.coverage.payer(before)
        if standing is not None and payer is not None:
            found.append(_prior_payer(standing, payer.coverage_id))
    return tuple(found)


def _prior_payer(standing: Adjudication, coverage_id: str) -> PriorPayerOutcome:
    return PriorPayerOutcome(
        standing.level,
        standing.payer_id,
        coverage_id,
        standing.paid_cents,
        standing.payer_control_number,
        standing.paid_on,
        tuple(PriorLine(line.line, line.paid_cents, line.adjustments) for line in standing.matched),
    )
