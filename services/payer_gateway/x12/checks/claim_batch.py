"""Claims of a batch beside each other: the same one must not stand in it twice."""

from collections.abc import Callable, Sequence

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.institutional_claim import AnyClaim


def check_together(
    claims: Sequence[AnyClaim],
    check: Callable[[AnyClaim, int], list[Finding]],
    content: Callable[[AnyClaim], object],
) -> list[Finding]:
    """The findings of each claim, which ``check`` gives, and of claims that stand twice.

    A claim number may stand once in a batch; two claims with the same ``content`` under two
    numbers are likely to be one.
    """
    findings: list[Finding] = []
    numbers: set[str] = set()
    contents: set[object] = set()
    for index, claim in enumerate(claims):
        findings += check(claim, index)
        this = (_who(claim), content(claim))
        repeated = claim.claim_id in numbers
        if repeated or this in contents:
            broken = rule.DUPLICATE if repeated else rule.LIKELY_DUPLICATE
            findings.append(
                broken.found(
                    "the same claim stands twice in the batch: send it once",
                    path="2300/CLM",
                    segment=claim.position,
                    element="CLM01",
                    claim=claim.claim_id,
                    claim_index=index,
                )
            )
        numbers.add(claim.claim_id)
        contents.add(this)
    return findings


def _who(claim: AnyClaim) -> object:
    """By whom, for whom and to whom a claim is, and which one it replaces."""
    return (
        claim.billing_provider.npi,
        claim.subscriber.member_id,
        claim.payer.identifier,
        claim.patient.name if claim.patient else claim.subscriber.name,
        claim.original_claim_number,
    )
