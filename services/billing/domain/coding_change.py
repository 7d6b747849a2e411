"""What coding says about an encounter: its codes, a newer version of them, or not billable."""

from msgspec.structs import replace

from schemas.coding import EncounterCoded
from services.billing.domain.case import Case
from services.billing.domain.charge_posting import post_charges, price
from services.billing.domain.claim_settlement import levels_in_use, look_again, settle
from services.billing.domain.conclusion import conclude
from services.billing.domain.coverage import CoverageSnapshot
from services.billing.domain.encounter_account import CodedService, ServiceLine
from services.billing.domain.readings import CodedEncounter


def coded_service_of(event: EncounterCoded | CodedEncounter) -> CodedService:
    """The coded encounter as billing keeps it."""
    return CodedService(
        version=event.version,
        service_date=event.service_date,
        place_of_service=event.place_of_service,
        diagnoses=tuple([diagnosis.code for diagnosis in event.diagnoses]),
        lines=tuple(
            [
                ServiceLine(
                    line.line,
                    line.code,
                    line.modifiers,
                    line.units,
                    line.diagnosis_pointers,
                    line.ndc or "",
                )
                for line in event.lines
            ]
        ),
        rendering_provider_id=event.rendering_provider_id,
        referring_provider_id=event.referring_provider_id or "",
        prior_authorization=event.prior_authorization,
    )


def is_news(case: Case, coded: CodedService) -> bool:
    """Whether this version is newer than the one known; an older one is stale."""
    return case.account.coded is None or coded.version > case.account.coded.version


def take_codes(
    case: Case, coded: CodedService, coverage: CoverageSnapshot, duplicate_of: str
) -> None:
    """Charge what was coded, and claim it or bill the patient; a newer version corrects both.

    The payers are those of the first version while any claim was sent: a correction goes to the
    payer that has the claim.
    """
    sent = any(claim.submitted_at is not None for claim in case.claims.values())
    case.account = replace(
        case.account,
        coded=price(case, coded),
        coverage=case.account.coverage if sent else coverage,
        duplicate_of=duplicate_of,
    )
    post_charges(case)
    conclude(case)


def take_coverage(case: Case, coverage: CoverageSnapshot) -> None:
    """Newly registered coverage: look again.

    An encounter whose claim was never sent is claimed as if it had always been so. Else payers that
    have no claim yet, and whom the law protects, follow what is registered.
    """
    if any(claim.submitted_at is not None for claim in case.claims.values()):
        used = levels_in_use(case)
        revised = case.account.coverage.revised(coverage, used)
        if revised == case.account.coverage:
            return
        case.account = replace(case.account, coverage=revised)
        look_again(case, used)
    else:
        case.account = replace(case.account, coverage=coverage)
        post_charges(case)
    conclude(case)


def take_not_billable(case: Case) -> None:
    """Coding withdrew the encounter: no charges, claims cancelled or voided. Final."""
    if case.account.not_billable:
        return
    case.account = replace(case.account, not_billable=True)
    if case.account.coded is None:
        return
    post_charges(case)
    settle(case)
    conclude(case)
