"""Which of a payer's decisions stands, and where that leaves the claims.

Decisions arrive in any order and more than once. What stands is a function of the set of decisions
known: reversals pair with the decision that they mirror; of what is left for a payer, the first in
the payer's own order stands, except that a denial gives way to any later decision, and what paid
nothing to a later one about a newer version of the claim. A refusal as a duplicate (CARC 18) says
that another decision stands: it never takes that one's place. Later payers' decisions are disposed
of only on top of the earlier payers', unless the encounter was withdrawn.
"""

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain.adjudication import (
    FORWARDED,
    PENDING,
    Adjudication,
    is_duplicate_refusal,
    is_mirror,
    match_lines,
)
from services.billing.domain.case import Case
from services.billing.domain.claim import VOID, Claim
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.remittance_posting import (
    dispose,
    outcome_of,
    post_cash,
    share_again,
    take_back,
    withdraw,
)
from services.billing.domain.work_item import UNDECIDED
from services.chassis.effects import Refused

UNAPPLIED = ("payer_not_on_claim", "original_not_found", "line_not_billed")
"""Why a decision waits whose cash, given or taken back, is not on the ledger yet."""
_LEVELS = (1, 2, 3)


def take_in(case: Case, adjudication: Adjudication) -> bool:
    """Take a payer's decision into the account; ``False`` when it was already there (I5).

    Raises ``Refused("adjudication_conflicts")`` when the same decision came with other amounts.
    """
    known = case.adjudications.get(adjudication.key)
    if known is not None:
        if known.content != adjudication.content:
            raise Refused(
                "adjudication_conflicts",
                f"claim {adjudication.claim_id}: this decision came before with other amounts",
            )
        return False
    case.adjudications[adjudication.key] = adjudication
    for each in list(case.adjudications.values()):
        if each.level == 0 or not each.matched:
            _place(case, each)
    settle(case)
    return True


def settle(case: Case) -> None:
    """Pair reversals, let the right decisions stand, and say what fits nothing.

    Of a withdrawn encounter every payer's decision stands by itself: the claims before it are taken
    back in no order, and what any payer paid is to be voided.
    """
    _pair_reversals(case)
    withdrawn = case.account.not_billable
    changed_below, complete_below = False, True
    decided = {each.level for each in case.adjudications.values()}
    for level in _LEVELS:
        if level not in decided:
            complete_below = withdrawn
            continue
        current = case.standing(level)
        wanted = _first(case, level) if complete_below else None
        changed = current is not None and (
            changed_below or wanted is None or current.key != wanted.key
        )
        if current is not None and changed:
            withdraw(case, current)
        if wanted is not None and (current is None or changed):
            dispose(case, case.adjudications[wanted.key])
            changed = True
        changed_below = changed_below or changed
        complete_below = withdrawn or (complete_below and wanted is not None)
    _unmatched(case)
    _forwarded_to_unknown(case)
    for claim in list(case.claims.values()):
        _claim_state(case, claim)


def waiting(case: Case) -> list[Adjudication]:
    """Decisions that fit nothing yet: a payer or line unknown, or a reversal of nothing known.

    A decision that another stands before is among them: its payer has still to take that back.
    """
    found = []
    for each in case.adjudications.values():
        if each.standing or not each.moves_money or each.reversed_by or each.reverses:
            continue
        if _needs_nothing(case, each):
            continue
        unplaced = each.is_reversal or not each.matched
        if unplaced or not (each.standing or _gave_way(case, each)):
            found.append(each)
    return found


def levels_in_use(case: Case) -> int:
    """The last level that has a claim or a decision; at least the primary."""
    levels = [claim.level for claim in case.claims.values()]
    levels.extend(each.level for each in case.adjudications.values())
    return max(levels, default=1)


def look_again(case: Case, used: int) -> None:
    """Settle under other payers behind level ``used``: its patient share moves to where it goes."""
    standing = case.standing(used)
    if standing is not None:
        share_again(case, standing)
    for each in list(case.adjudications.values()):
        if each.level == 0 or not each.matched:
            _place(case, each)
    settle(case)


def _forwarded_to_unknown(case: Case) -> None:
    """A payer forwarded a claim (CLP02 19 to 21, NM1*TT) to one that is not registered: work.

    Nobody knows which programme that is, and so what the patient may be asked; it ends with the
    registration, or with the answer of a payer that is registered.
    """
    for each in list(case.adjudications.values()):
        if not each.standing or each.status_code not in FORWARDED:
            continue
        coverage = case.account.coverage
        if each.crossover_payer_id:
            known = coverage.level_of(each.crossover_payer_id, from_level=each.level + 1)
        else:
            known = each.level + 1 if coverage.payer(each.level + 1) is not None else None
        if known is not None or case.standing(each.level + 1) is not None:
            case.close_items("secondary_review", "payer_known", subject=each.key)
        elif not any(item.subject == each.key for item in case.open_items("secondary_review")):
            case.open_item(
                "secondary_review",
                each.claim_id,
                each.key,
                "crossover_payer_not_registered",
                level=each.level + 1,
                amount_cents=case.ledger.total(ar_insurance(each.level + 1))
                if each.level < len(_LEVELS)
                else 0,
                action="register_coverage",
            )


def _place(case: Case, adjudication: Adjudication) -> None:
    """Find the payer's level and the lines billed; post the cash once both are known."""
    claim = case.claims[adjudication.claim_id]
    level = adjudication.level or (
        case.account.coverage.level_of(adjudication.payer_id, from_level=claim.level) or 0
    )
    if not level or not adjudication.moves_money:
        return
    matched = match_lines(
        claim.content.lines,
        adjudication.lines,
        adjudication.adjustments,
        adjudication.charge_cents,
    )
    placed = replace(adjudication, level=level, matched=matched or ())
    case.adjudications[placed.key] = placed
    if matched and not placed.is_reversal:
        post_cash(case, placed)


def _pair_reversals(case: Case) -> None:
    if not any(each.is_reversal for each in case.adjudications.values()):
        return
    every = sorted(case.adjudications.values(), key=lambda each: each.order)
    for reversal in every:
        if not reversal.is_reversal or reversal.reverses:
            continue
        candidates = [
            each
            for each in every
            if not each.is_reversal
            and each.matched
            and not case.adjudications[each.key].reversed_by
            and is_mirror(reversal, each)
        ]
        if candidates:
            number = reversal.payer_control_number
            candidates.sort(key=lambda each: each.payer_control_number != number)
            take_back(case, case.adjudications[candidates[0].key], reversal)


def _live(case: Case, level: int) -> list[Adjudication]:
    found = [
        each
        for each in case.adjudications.values()
        if each.level == level
        and each.matched
        and each.moves_money
        and not each.is_reversal
        and not each.reversed_by
        and not _refuses_void(case, each)
    ]
    return sorted(found, key=lambda each: each.order) if len(found) > 1 else found


def _first(case: Case, level: int) -> Adjudication | None:
    every = _live(case, level)
    live = [each for each in every if not is_duplicate_refusal(each)] or every
    while len(live) > 1 and _gives_way(case, live[0], live[1]):
        live.pop(0)
    return live[0] if live else None


def _gives_way(case: Case, first: Adjudication, later: Adjudication) -> bool:
    """A denial to any later decision; what paid nothing to one about a newer claim version.

    Nothing was paid, so that the payer has nothing to take back before the later one counts.
    """
    if first.paid_cents:
        return False
    if outcome_of(case, first) == states.DENIED:
        return True
    newer = later.claim_version > first.claim_version
    return newer and outcome_of(case, later) != states.DENIED


def _needs_nothing(case: Case, each: Adjudication) -> bool:
    """Whether it only says that the claim was decided before, or that it will not be taken back.

    A duplicate of one that stands, or the refusal of a void: neither is awaited by anything.
    """
    return _refuses_void(case, each) or _repeats_what_stands(case, each)


def _repeats_what_stands(case: Case, each: Adjudication) -> bool:
    """Whether it was refused as a duplicate of a claim for the same lines, whose decision stands.

    A correction of other lines that is refused so has not been dealt with, and is work.
    """
    standing = case.standing(each.level)
    if standing is None or not is_duplicate_refusal(each):
        return False
    billed = case.claims[each.claim_id].content.lines
    return billed == case.claims[standing.claim_id].content.lines


def _gave_way(case: Case, adjudication: Adjudication) -> bool:
    """Whether it paid nothing and a later decision stands in its place."""
    standing = case.standing(adjudication.level)
    return (
        adjudication.paid_cents == 0
        and standing is not None
        and standing.order > adjudication.order
    )


def _refuses_void(case: Case, each: Adjudication) -> bool:
    """Whether it answers a void (frequency code 8) with anything but taking the payment back."""
    claim = case.claims[each.claim_id]
    return claim.frequency_code == VOID and not each.is_reversal and each.paid_cents == 0


def _unmatched(case: Case) -> None:
    still = {each.key: each for each in waiting(case)}
    if not still and not case.items:
        return
    for item in case.open_items("unmatched_remittance"):
        each = still.get(item.subject)
        if each is None:
            case.close_item(item, "closed", "matched")
        elif _why_waiting(case, each) != item.reason:
            case.close_item(item, "closed", "waits for something else")
    for each in still.values():
        case.open_item(
            "unmatched_remittance",
            each.claim_id,
            each.key,
            _why_waiting(case, each),
            level=each.level,
            amount_cents=each.paid_cents,
            action="match",
        )


def _why_waiting(case: Case, each: Adjudication) -> str:
    if not each.level:
        return "payer_not_on_claim"
    if each.is_reversal:
        return "original_not_found"
    if not each.matched:
        return "line_not_billed"
    return "awaits_earlier_payer" if case.standing(each.level) is None else "awaits_reversal"


def _claim_state(case: Case, claim: Claim) -> None:
    own = [each for each in case.adjudications.values() if each.claim_id == claim.claim_id]
    if not own or (claim.state in states.UNSENT and claim.submitted_at is None):
        return
    live = [each for each in own if each.level == claim.level and each.moves_money]
    standing = next((each for each in live if each.standing), None)
    if (
        standing is None
        and not claim.replaced_by
        and any(_repeats_what_stands(case, each) for each in live)
    ):
        standing = case.standing(claim.level)
    if claim.replaced_by or claim.state == states.VOIDED:
        if live and all(each.is_reversal or each.reversed_by for each in live):
            _close_replaced(case, claim)
        return
    if claim.frequency_code == VOID:
        if any(_refuses_void(case, each) for each in live) and claim.state in states.IN_FLIGHT:
            case.close_items("status_inquiry", "adjudicated", claim_id=claim.claim_id)
            case.move(claim, states.CLOSED, "void_refused")
        return
    if standing is None:
        if any(each.reversed_by for each in live) and not any(
            not each.is_reversal and not each.reversed_by for each in live
        ):
            case.close_items("hold", "adjudicated", claim_id=claim.claim_id)
            case.move(claim, states.REVERSED, "taken_back_by_payer")
        elif not live and any(each.status_code in PENDING for each in own):
            _pend(case, claim)
        return
    to_state = outcome_of(case, standing)
    reason = _reason(case, standing)
    if standing.status_code in FORWARDED:
        answer = case.standing(claim.level + 1)
        if answer is not None and answer.claim_id == claim.claim_id:
            to_state = outcome_of(case, answer)
            reason = _reason(case, answer)
        else:
            to_state = states.CROSSED_OVER
    if claim.state in {states.CLOSED, states.WRITTEN_OFF} and not _is_news(case, own):
        return
    claim = replace(claim, payer_control_number=standing.payer_control_number)
    case.claims[claim.claim_id] = claim
    case.close_items("status_inquiry", "adjudicated", claim_id=claim.claim_id)
    case.close_items("information_request", "adjudicated", claim_id=claim.claim_id)
    case.close_items("hold", "adjudicated", claim_id=claim.claim_id)
    case.move(claim, to_state, reason)


def _reason(case: Case, decision: Adjudication) -> str:
    """Why a claim stands where it stands: what was refused for most money, else CLP02."""
    refused = [item for item in case.open_items(*UNDECIDED) if item.subject == decision.key]
    if not refused:
        return f"claim_status_{decision.status_code}"
    largest = max(refused, key=lambda item: (item.amount_cents, item.group, item.carc))
    return f"{largest.group}-{largest.carc}"


def _close_replaced(case: Case, claim: Claim) -> None:
    """The payer took back a claim that was replaced or voided; a void has then done its work."""
    if claim.state in {states.RESUBMITTED, states.VOIDED}:
        case.move(claim, states.CLOSED, "taken_back_by_payer")
    void = case.claims.get(claim.replaced_by)
    if void is not None and void.frequency_code == VOID and void.state in states.IN_FLIGHT:
        case.close_items("status_inquiry", "taken_back_by_payer", claim_id=void.claim_id)
        case.move(void, states.CLOSED, "taken_back_by_payer")


def _is_news(case: Case, own: list[Adjudication]) -> bool:
    """Whether this very decision changed what stands for the claim."""
    known = {each.key: each for each in case.account.adjudications}
    return any(each.key not in known or known[each.key].standing != each.standing for each in own)


def _pend(case: Case, claim: Claim) -> None:
    if claim.state in {states.SUBMITTED, states.ACCEPTED, states.STATUS_INQUIRY}:
        case.move(claim, states.PENDED, "pended_by_payer")
        case.open_item("information_request", claim.claim_id, claim.claim_id, "payer_asks_for_more")
