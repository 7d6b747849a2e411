"""A new version of the claim to one payer: what it replaces, and the number it goes by."""

from services.billing.domain import claim_state as states
from services.billing.domain.case import Case
from services.billing.domain.claim import Claim, ClaimContent
from services.billing.domain.claim_id import claim_id


def draft_of(
    case: Case,
    level: int,
    content: ClaimContent,
    replaces: Claim | None,
    *,
    after: Claim | None = None,
) -> Claim:
    """A draft that is not kept yet.

    replaces: a version that the payer decided, which makes it a replacement (CLM05-3 frequency 7,
    REF*F8). after: a version that the payer never had, so that only the number moves on.
    """
    before = replaces or after
    version = before.version + 1 if before is not None else 1
    number = replaces.payer_control_number if replaces is not None else ""
    return Claim(
        claim_id=claim_id(case.account.practice_id, case.account.encounter_id, level, version),
        level=level,
        version=version,
        state=states.DRAFT,
        content=content,
        frequency_code="7" if number else "1",
        original_control_number=number,
        touched_by_hand=before.touched_by_hand if before is not None else False,
    )


def new_version(
    case: Case,
    level: int,
    content: ClaimContent,
    replaces: Claim | None,
    *,
    after: Claim | None = None,
) -> Claim:
    """The draft of ``draft_of``, kept."""
    claim = draft_of(case, level, content, replaces, after=after)
    case.claims[claim.claim_id] = claim
    return claim


def with_content(case: Case, claim: Claim, content: ClaimContent) -> Claim:
    """An unsent claim with what ought to be billed now."""
    changed = claim.with_content(content)
    case.claims[claim.claim_id] = changed
    return changed
