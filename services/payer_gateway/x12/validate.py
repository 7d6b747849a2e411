"""Checks professional claims before they are sent: SNIP levels 1 to 5.

Everything is said at once, each finding with the place in the 837P it will have. No finding holds
a name, an address, a birth date or a member id.
"""

from collections.abc import Sequence

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import cob_balance
from services.payer_gateway.x12.checks.claim_batch import check_together
from services.payer_gateway.x12.checks.claim_check import ClaimCheck
from services.payer_gateway.x12.checks.claim_values import PUBLIC_CODES, CodeSets
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.professional_claim import Claim

__all__ = ["BEYOND_GUIDE", "CodeSets", "check_batch", "check_claim"]

BEYOND_GUIDE = frozenset(
    each.id
    for each in (
        *(rule.NEGATIVE, rule.DUPLICATE_LINE, rule.TOTAL, rule.POINTER, rule.PRINCIPAL),
        *(rule.NO_ORIGINAL, rule.NEEDLESS_ORIGINAL, rule.ACCIDENT, rule.SEQUENCE, rule.DUPLICATE),
        *(rule.LIKELY_DUPLICATE, rule.DIAGNOSIS, rule.PROCEDURE, rule.REASON, rule.TAXONOMY),
        *(rule.SHORT_POSTAL_CODE, cob_balance.CLAIM, cob_balance.PAID, cob_balance.LINE),
        *(cob_balance.UNKNOWN_PAYER, cob_balance.NO_DATE),
    )
)
"""Rules about what the values of a claim say together, which no segment shows by itself."""


def check_batch(
    claims: Sequence[Claim],
    codes: CodeSets = PUBLIC_CODES,
    delimiters: Delimiters | None = None,
    *,
    is_written: bool = False,
) -> list[Finding]:
    """The findings of every claim, by ``claim_index``, and claims that stand twice in the batch.

    A claim number may stand once in a batch; the same claim under another number (same patient,
    days, procedures and charges) is a duplicate too. ``is_written`` is as in ``check_claim``.
    """

    def check(claim: Claim, index: int) -> list[Finding]:
        return check_claim(claim, codes, delimiters, index, is_written=is_written)

    return check_together(claims, check, _content)


def _content(claim: Claim) -> object:
    lines = tuple(
        (line.procedure, line.charge_cents, line.units, line.service_from, line.service_to)
        for line in claim.lines
    )
    return claim.frequency, lines, claim.parties


def check_claim(
    claim: Claim,
    codes: CodeSets = PUBLIC_CODES,
    delimiters: Delimiters | None = None,
    index: int | None = None,
    *,
    is_written: bool = False,
) -> list[Finding]:
    """What keeps this claim from being sent; an empty list means nothing does.

    ``is_written`` says that the caller wrote the claim already (``claim_text``), so that surely no
    value of it holds a delimiter; else it is written here to find out.
    """
    check = ClaimCheck(claim, codes, claim.index if index is None else index)
    check.around(delimiters, is_written=is_written)
    check.claim_information()
    check.diagnoses()
    for number, line in enumerate(claim.lines, 1):
        check.line(number, line)
    check.lines_together()
    check.corrections()
    check.accident()
    return check.all_findings()
