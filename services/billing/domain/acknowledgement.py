"""What is said about a claim before it is adjudicated: accepted, rejected, silence."""

from datetime import datetime

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain.case import Case
from services.billing.domain.claim import Claim
from services.billing.domain.claim_hold import days_on, hold_for_work
from services.billing.domain.encounter_account import EncounterAccount
from services.chassis.effects import Refused


def known_claim(account: EncounterAccount, claim_id: str) -> Claim:
    """The claim of that number; raises ``Refused("claim_unknown")``."""
    claim = account.claim(claim_id)
    if claim is None:
        raise claim_unknown(claim_id)
    return claim


def claim_unknown(claim_id: str) -> Refused:
    """The refusal of what names a claim that is not one of the encounter's."""
    return Refused("claim_unknown", f"claim {claim_id} is not one of this encounter's")


def take_acceptance(
    case: Case, claim_id: str, outcome: str, *, control_number: str, at: datetime
) -> None:
    """A 277CA acceptance is the proof of timely filing.

    outcome: ``accepted`` (A1, A2) or ``forwarded`` (A0, a clearinghouse passed it on). That a
    claim which was submitted is now accepted is what the acknowledgement itself says.
    """
    claim = known_claim(case.account, claim_id)
    if outcome == "forwarded":
        case.claims[claim_id] = replace(claim, forwarded=True)
        return
    claim = replace(
        claim,
        forwarded=True,
        accepted_at=claim.accepted_at or at,
        payer_control_number=claim.payer_control_number or control_number,
    )
    case.claims[claim_id] = claim
    if claim.state in {states.SUBMITTED, states.STATUS_INQUIRY}:
        case.close_items("status_inquiry", "acknowledged", claim_id=claim_id)
        case.move(
            claim, states.ACCEPTED, "accepted_by_payer", quiet=claim.state == states.SUBMITTED
        )


def take_rejection(case: Case, claim_id: str, stage: str, codes: tuple[str, ...]) -> None:
    """The claim was turned away before adjudication: held, while the filing clock runs.

    Raises ``Refused("illegal_transition")`` for a claim that a payer has already decided.
    """
    claim = known_claim(case.account, claim_id)
    if claim.replaced_by or claim.state == states.HELD:
        return
    rejected = states.after_rejection(stage, was_forwarded=claim.forwarded)
    reason = ":".join((rejected, ",".join(codes)))[:400] if codes else rejected
    case.move(claim, rejected, reason)
    edits = tuple(f"{rejected}:{code}" for code in codes) or (rejected,)
    case.claims[claim_id] = replace(case.claims[claim_id], edits=edits)
    held = case.move(case.claims[claim_id], states.HELD, reason)
    case.close_items("status_inquiry", "rejected", claim_id=claim_id)
    hold_for_work(case, held, reason, amount_cents=held.content.charge_cents)


def take_silence(case: Case, claim_id: str) -> None:
    """Nothing was heard of a claim for the payer's usual time: ask (276), and look again."""
    claim = case.claims.get(claim_id)
    if claim is None or claim.replaced_by or claim.state not in states.IN_FLIGHT:
        return
    if claim.state in {states.SUBMITTED, states.ACCEPTED, states.PENDED}:
        claim = case.move(claim, states.STATUS_INQUIRY, "silence")
    case.open_item(
        "status_inquiry",
        claim_id,
        claim_id,
        "no_answer_from_payer",
        level=claim.level,
        amount_cents=claim.content.charge_cents,
        action="ask_payer",
        due_on=claim.filing_deadline,
    )
    case.watch("claim_silence", claim_id, days_on(case, case.rules.silence_days))


def take_hold_warning(case: Case, claim_id: str, kind: str) -> None:
    """A held claim has aged (``hold_ageing``) or its filing limit is near: it gets urgent."""
    claim = case.claims.get(claim_id)
    if claim is None or claim.state != states.HELD:
        return
    for item in case.open_items("hold"):
        if item.claim_id == claim_id:
            owner = "billing_manager"
            case.items[item.item_id] = replace(item, owner=owner, action=f"fix:{kind}")
