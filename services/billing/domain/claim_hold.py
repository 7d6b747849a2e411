"""Holding a claim: the edits it fails, the work that it makes, and the clock that keeps running."""

from datetime import date, timedelta

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain.case import Case
from services.billing.domain.claim import Claim
from services.billing.domain.claim_content import coded_service
from services.billing.domain.scrub import Edit, ScrubContext, scrub


def hold(case: Case, claim: Claim, reasons: tuple[str, ...]) -> None:
    """Hold a claim for those edits; says nothing when it already is."""
    if claim.state == states.HELD and claim.edits == reasons:
        return
    held = case.move(replace(claim, edits=reasons), states.HELD, ",".join(reasons)[:400])
    case.claims[held.claim_id] = replace(held, edits=reasons)
    hold_for_work(case, held, ",".join(reasons)[:400], amount_cents=held.content.charge_cents)


def hold_for_work(case: Case, claim: Claim, reason: str, *, amount_cents: int) -> None:
    """Open the work item of a held claim, and watch its filing limit and its age."""
    case.close_items("hold", "reason_changed", claim_id=claim.claim_id)
    deadline = claim.filing_deadline or filing_deadline(case, claim)
    case.open_item(
        "hold",
        claim.claim_id,
        claim.claim_id,
        reason,
        level=claim.level,
        amount_cents=amount_cents,
        action="fix",
        due_on=deadline,
    )
    for days in case.rules.warn_days:
        on = days_on(case, (deadline - case.today).days - days)
        if on > case.today:
            case.watch("filing_limit_near", claim.claim_id, on)
    case.watch("hold_ageing", claim.claim_id, days_on(case, case.rules.hold_days))


def edits_of(case: Case, claim: Claim, deadline: date | None = None) -> tuple[Edit, ...]:
    """Every edit that the claim fails today. deadline: its ``filing_deadline``, where known."""
    coded = coded_service(case)
    return scrub(
        claim.content,
        ScrubContext(
            now=case.now,
            coverage=case.account.coverage,
            filing_deadline=deadline or filing_deadline(case, claim),
            codes=case.rules.codes,
            unpriced_lines=tuple(line.line for line in coded.lines if line.charge_cents is None),
            duplicate_of=case.account.duplicate_of if claim.level == 1 else "",
            warn_days=max(case.rules.warn_days, default=0),
        ),
    )


def filing_deadline(case: Case, claim: Claim) -> date:
    """The last day on which the payer takes this claim: initial, secondary or corrected."""
    payer = case.account.coverage.payer(claim.level)
    programme = payer.programme if payer is not None else ""
    payer_id = payer.payer_id if payer is not None else ""
    filing = case.rules.filing
    served = claim.content.service_date
    if claim.frequency_code != "1":
        decided = [
            each.paid_on for each in case.adjudications.values() if each.level == claim.level
        ]
        return filing.deadline(payer_id, programme, "corrected", max(decided), served)
    before = case.standing(claim.level - 1)
    if before is not None:
        return filing.deadline(payer_id, programme, "secondary", before.paid_on, served)
    return filing.deadline(payer_id, programme, "initial", served, served)


def days_on(case: Case, days: int) -> date:
    """The day that many days after the decision."""
    return case.today + timedelta(days=days)
