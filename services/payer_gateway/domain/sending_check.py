"""What keeps a claim or a file of ours from being sent: every error of levels 1 to 5.

Each claim is checked when it is submitted, by itself. Its file is checked as a whole, as one of
somebody else would be; what was proven of a claim's text is not proven again there.
"""

from collections.abc import Collection, Mapping, Sequence

from schemas.claim import AcknowledgementReason
from services.payer_gateway.domain import payer_rule
from services.payer_gateway.x12 import validate
from services.payer_gateway.x12.checks.claim_values import PUBLIC_CODES, billing_provider_faults
from services.payer_gateway.x12.checks.file_check import CheckedSet, PlacedFinding, check_file
from services.payer_gateway.x12.checks.provers import is_proven
from services.payer_gateway.x12.checks.set_check import ClaimVerdict
from services.payer_gateway.x12.finding import Finding, Scope
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_writer import ClaimText

MOST_REASONS = 20
_MOST_MODIFIERS = 4
_LONGEST_LINE_NUMBER = 30

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


def sending_edits(
    claim: Claim, text: ClaimText | None, rules: Sequence[payer_rule.PayerRule] = ()
) -> Reasons:
    """Why the claim must not be sent, by rule and element; empty when it may.

    SNIP levels 1 to 5, and by the payer's own ``rules`` 6 and 7. ``text`` is the claim as its file
    will hold it, None where it cannot be written, which is a reason too.

    Nearly every claim is proven from its text. One that is not is looked at value by value, which
    gives the reasons; what only its text shows is found in the file.
    """
    found: list[Finding] = []
    if text is None or not _is_sound(claim, text):
        found += validate.check_claim(claim, is_written=text is not None)
    if rules:
        found += payer_rule.check(claim, rules)
    return reasons_of(found)


def _is_sound(claim: Claim, text: ClaimText) -> bool:
    faults = billing_provider_faults(claim.billing_provider, PUBLIC_CODES)
    return not faults and _shows_all(claim) and is_proven(text)


def _shows_all(claim: Claim) -> bool:
    """Whether the text misses nothing that is wanted of a claim beyond what its guide requires.

    A line's number (REF*6R), by which its payment is known; a filing indicator (SBR09); the street
    of another payer's subscriber; a cause (CLM11) before another; and a fifth modifier, for which
    SV101 has no place.
    """
    causes = claim.related_causes
    return (
        bool(claim.subscriber.filing_indicator)
        and (causes is None or all(causes.causes))
        and all(
            0 < len(line.control_number) <= _LONGEST_LINE_NUMBER
            and len(line.procedure.modifiers) <= _MOST_MODIFIERS
            for line in claim.lines
        )
        and all(
            other.filing_indicator
            and (other.subscriber_address is None or other.subscriber_address.line1)
            for other in claim.other_payers
        )
    )


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
