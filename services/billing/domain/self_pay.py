"""An encounter that the patient pays alone: held for what would make the bill wrong.

No payer would tell us of a line without a price or of a service that is billed twice, so that the
edits which concern the charge itself hold the bill as they hold a claim.
"""

from typing import Final

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain.case import Case
from services.billing.domain.claim_content import claim_content
from services.billing.domain.claim_hold import edits_of, hold
from services.billing.domain.claim_version import draft_of, with_content
from services.billing.domain.scrub import holds

_OF_THE_CHARGE: Final = frozenset({"no_charge", "duplicate_claim", "duplicate_line"})
PASSED: Final = "patient_pays_alone"


def bring_self_pay_up(case: Case) -> None:
    """Hold the bill while an edit of its charges fails; let it go once all pass.

    What was overridden stays so while the same services are billed.
    """
    claim = case.current_claim(1)
    content = claim_content(case, 1)
    if claim is not None and claim.state in states.UNSENT:
        bill, former = with_content(case, claim, content), None
    else:
        bill, former = draft_of(case, 1, content, None, after=claim), claim
        if former is not None and former.content == content:
            bill = replace(bill, overrides=former.overrides)
    failed = [
        edit for edit in holds(edits_of(case, bill), bill.overrides) if edit.code in _OF_THE_CHARGE
    ]
    if failed:
        if former is not None:
            case.claims[former.claim_id] = replace(former, replaced_by=bill.claim_id)
        case.claims[bill.claim_id] = bill
        hold(case, bill, tuple(edit.name for edit in failed))
    else:
        close_unsent(case, PASSED)


def close_unsent(case: Case, reason: str) -> None:
    """Close the claims that were never sent, and their holds."""
    for claim in case.current_claims():
        if claim.state in states.UNSENT:
            case.close_items("hold", reason, claim_id=claim.claim_id)
            case.move(claim, states.CLOSED, reason)
