"""Which claims ought to exist, and the sending of those that do not yet.

For each payer the content that ought to be billed is compared with what was. A new claim has
frequency code 1; a changed one replaces it, with frequency 7 and the payer's control number once
the payer has decided (CLM05-3, REF*F8); one that is on its way is not touched until the payer has.
"""

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain import ledger_account as accounts
from services.billing.domain.adjudication import FORWARDED
from services.billing.domain.case import Case
from services.billing.domain.claim import VOID, Claim
from services.billing.domain.claim_content import claim_content
from services.billing.domain.claim_event import claim_submitted
from services.billing.domain.claim_hold import days_on, edits_of, filing_deadline, hold
from services.billing.domain.claim_version import new_version, with_content
from services.billing.domain.remittance_posting import transferred_to
from services.billing.domain.scrub import holds
from services.billing.domain.self_pay import bring_self_pay_up, close_unsent
from services.billing.domain.work_item import OF_THE_DECISION

_MAY_CHANGE = states.UNSENT | states.DECIDED
"""A claim on its way is left alone until the payer has decided."""


def bring_claims_up(case: Case) -> None:
    """Create, hold, send, correct or void the claims of the account, as its facts ask for."""
    if case.account.coded is None:
        return
    if case.account.not_billable:
        _withdraw_claims(case)
        return
    if case.account.coverage.self_pay:
        bring_self_pay_up(case)
        return
    for level in range(1, max(len(case.account.coverage.payers), 1) + 1):
        if _is_due(case, level):
            _bring_up(case, level)


def release(case: Case, claim: Claim, reason: str) -> None:
    """Take a held claim back to draft, scrub it and send it if it passes."""
    claim = case.move(claim, states.DRAFT, reason)
    _scrub_and_send(case, claim)


def _is_due(case: Case, level: int) -> bool:
    """The primary always is; a later payer once the one before decided and left it something.

    A payer that the one before forwarded the claim to (CLP02 19 to 21) is not billed by us.
    """
    if level == 1:
        return True
    before = case.standing(level - 1)
    if before is None or before.status_code in FORWARDED:
        return False
    claim = case.current_claim(level - 1) or case.claims[before.claim_id]
    if claim.replaced_by or claim.state not in states.DECIDED:
        return False
    if case.current_claim(level) is not None:
        return True
    lines = case.ledger.lines(accounts.ar_insurance(level))
    return any(transferred_to(case, level, line) > 0 for line in lines)


def _bring_up(case: Case, level: int) -> None:
    claim = case.current_claim(level)
    if claim is not None and claim.state not in _MAY_CHANGE:
        return
    content = claim_content(case, level)
    if claim is None:
        _scrub_and_send(case, new_version(case, level, content, None))
    elif claim.state in states.UNSENT:
        changed = claim.content != content
        if claim.submitted_at is not None:
            if changed:
                resend_rejected(case, claim)
            return
        if changed:
            claim = with_content(case, claim, content)
        if claim.state == states.DRAFT:
            _scrub_and_send(case, claim)
        else:
            _rescrub(case, claim)
    elif claim.content != content:
        corrected = new_version(case, level, content, claim)
        case.move(claim, states.RESUBMITTED, "corrected_claim")
        case.claims[claim.claim_id] = replace(
            case.claims[claim.claim_id], replaced_by=corrected.claim_id
        )
        _scrub_and_send(case, corrected)


def resend_rejected(case: Case, claim: Claim, *, overrides: tuple[str, ...] = ()) -> None:
    """Send a claim again that was rejected before adjudication, under a new number.

    The payer never had it (277CA A3, A6, A7, A8), so that it is what the rejected one was: an
    original (frequency code 1), or a replacement of the same adjudicated claim (7, REF*F8).
    """
    fresh = new_version(case, claim.level, claim_content(case, claim.level), None, after=claim)
    fresh = replace(
        fresh,
        frequency_code=claim.frequency_code,
        original_control_number=claim.original_control_number,
        overrides=overrides or claim.overrides,
        touched_by_hand=True,
    )
    case.claims[fresh.claim_id] = fresh
    case.close_items("hold", "sent_again_after_rejection", claim_id=claim.claim_id)
    case.move(claim, states.RESUBMITTED, "sent_again_after_rejection")
    moved = replace(case.claims[claim.claim_id], replaced_by=fresh.claim_id)
    case.claims[claim.claim_id] = moved
    case.move(moved, states.CLOSED, "never_adjudicated")
    _scrub_and_send(case, fresh)


def _rescrub(case: Case, claim: Claim) -> None:
    edits = edits_of(case, claim)
    held = holds(edits, claim.overrides)
    if held:
        hold(case, claim, tuple(edit.name for edit in held))
    else:
        release(case, claim, "edits_pass")


def _scrub_and_send(case: Case, claim: Claim) -> None:
    deadline = filing_deadline(case, claim)
    held = holds(edits_of(case, claim, deadline), claim.overrides)
    if held:
        claim = replace(claim, filing_deadline=deadline)
        case.claims[claim.claim_id] = claim
        hold(case, claim, tuple(edit.name for edit in held))
        return
    case.close_items("hold", "passed", claim_id=claim.claim_id)
    states.check_transition(claim.state, states.SCRUBBED)
    states.check_transition(states.SCRUBBED, states.SUBMITTED)
    claim = replace(
        claim,
        state=states.SUBMITTED,
        edits=(),
        filing_deadline=deadline,
        submitted_at=case.now,
    )
    case.claims[claim.claim_id] = claim
    case.events.append(claim_submitted(case, claim, deadline))
    case.watch("claim_silence", claim.claim_id, days_on(case, case.rules.silence_days))


def _withdraw_claims(case: Case) -> None:
    """Cancel what was not sent; void with frequency 8 what a payer paid, once it has decided.

    What a payer refused altogether has nothing to take back, and needs no void.
    """
    close_unsent(case, "not_billable")
    for claim in case.current_claims():
        standing = case.standing(claim.level)
        if standing is None or standing.claim_id != claim.claim_id:
            continue
        if claim.state in {states.VOIDED, states.RESUBMITTED}:
            continue
        if claim.state not in states.DECIDED:
            continue
        for item in case.open_items(*OF_THE_DECISION):
            if item.claim_id == claim.claim_id:
                case.close_item(item, "closed", "not_billable")
        if claim.state == states.DENIED and not standing.disposition and not standing.paid_cents:
            case.move(claim, states.CLOSED, "not_billable")
            continue
        if claim.state == states.CLOSED and not standing.disposition and not standing.paid_cents:
            continue
        if not claim.payer_control_number:
            continue
        void = replace(new_version(case, claim.level, claim.content, claim), frequency_code=VOID)
        case.claims[void.claim_id] = void
        case.move(claim, states.VOIDED, "not_billable")
        case.claims[claim.claim_id] = replace(
            case.claims[claim.claim_id], replaced_by=void.claim_id
        )
        void = case.move(void, states.SCRUBBED, "void", quiet=True)
        void = case.move(void, states.SUBMITTED, "void", quiet=True)
        void = replace(void, submitted_at=case.now, filing_deadline=filing_deadline(case, void))
        case.claims[void.claim_id] = void
        case.events.append(claim_submitted(case, void, filing_deadline(case, void)))
        case.watch("claim_silence", void.claim_id, days_on(case, case.rules.silence_days))
