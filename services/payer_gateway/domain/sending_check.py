"""What keeps a file of ours from being sent: every error that a check of it finds (levels 1 to 5).

Each claim was edited before it came into a file; what stands in the file around it, and what claims
say beside each other, can only be checked here.
"""

from collections.abc import Collection, Mapping, Sequence

from schemas.claim import AcknowledgementReason
from services.payer_gateway.x12.checks.file_check import CheckedSet, PlacedFinding, check_file
from services.payer_gateway.x12.checks.set_check import ClaimVerdict
from services.payer_gateway.x12.finding import Finding, Scope

MOST_REASONS = 20

Reasons = tuple[AcknowledgementReason, ...]


def reasons_of(findings: Sequence[Finding]) -> Reasons:
    """The errors in words, with rule, loop and element."""
    reasons = [
        AcknowledgementReason(
            code=finding.rule,
            message=f"{finding.path} {finding.element}: {finding.message}".strip(": ")[:400],
        )
        for finding in findings
        if finding.is_error
    ]
    return tuple(reasons[:MOST_REASONS])


def errors_in(content: bytes) -> list[Finding]:
    """The errors of a file."""
    placed = (each for each in check_file(content) if isinstance(each, PlacedFinding))
    return [each.finding for each in placed if each.finding.is_error]


def unsendable(content: bytes, claim_ids: Collection[str]) -> Mapping[str, Reasons]:
    """The claims of a file that must not be sent, each with its reasons; empty where all may.

    An error that is no single claim's concerns the claims below it, or all.
    """
    findings: list[Finding] = []
    verdicts: list[ClaimVerdict] = []
    is_refused = False
    for each in check_file(content):
        if isinstance(each, CheckedSet):
            verdicts += each.report.claims
            is_refused = is_refused or each.report.is_refused
        elif each.finding.is_error:
            findings.append(each.finding)
    if not findings:
        return {}
    refused = {each.claim_id: each for each in verdicts if not each.is_accepted}
    blamed = {
        claim_id: reasons_of(_concerning(findings, refused[claim_id]))
        for claim_id in claim_ids
        if claim_id in refused
    }
    is_of_claims = all(finding.scope is Scope.CLAIM for finding in findings)
    if blamed and is_of_claims and not is_refused:
        return blamed
    return dict.fromkeys(claim_ids, reasons_of(findings)) | blamed


def _concerning(findings: Sequence[Finding], claim: ClaimVerdict) -> list[Finding]:
    """A claim's own errors, or those of the levels above it that stand nearest before it."""
    own = [each for each in findings if each.claim_index == claim.index]
    if own:
        return own
    above = [each for each in findings if each.claim_index is None and each.segment < claim.first]
    nearest = max((each.segment for each in above), default=0)
    return [each for each in above if each.segment == nearest] or list(findings)
