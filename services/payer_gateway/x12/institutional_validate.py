"""Checks institutional claims before they are sent: SNIP levels 1 to 5.

Everything is said at once, each finding with the place in the 837I it will have. No finding holds
a name, an address, a birth date or a member id.
"""

from collections.abc import Sequence

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import cob_balance
from services.payer_gateway.x12 import institutional_rules as stay
from services.payer_gateway.x12.checks.claim_batch import check_together
from services.payer_gateway.x12.checks.claim_values import PUBLIC_CODES, CodeSets
from services.payer_gateway.x12.checks.institutional_line_check import InstitutionalLineCheck
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.institutional_claim import InstitutionalClaim

BEYOND_GUIDE = frozenset(
    each.id
    for each in (
        *(rule.NEGATIVE, rule.DUPLICATE_LINE, rule.TOTAL, rule.PRINCIPAL, rule.NO_ORIGINAL),
        *(rule.NEEDLESS_ORIGINAL, rule.SEQUENCE, rule.DUPLICATE, rule.LIKELY_DUPLICATE),
        *(rule.PROCEDURE, rule.REASON, rule.TAXONOMY, rule.SHORT_POSTAL_CODE, stay.SPAN),
        *(cob_balance.CLAIM, cob_balance.PAID, cob_balance.LINE, cob_balance.UNKNOWN_PAYER),
        *(stay.NON_COVERED, stay.ADMISSION, stay.ADMISSION_DAY, stay.DISCHARGE, stay.ATTENDING),
        *(stay.CODE_VERSIONS, stay.PRINCIPAL_PROCEDURE, stay.TOTAL_LINE, stay.ADMITTED),
        *(stay.PRESENCE_WANTED, stay.VISIT_REASON, stay.OUTSIDE, stay.LINE_DATE, stay.LEAVING),
        *(stay.PROCEDURE_SETTING, stay.OPERATING, stay.FREQUENCY, stay.ADMISSION_CODE),
        *(stay.STATUS, stay.BILLING_CODE, rule.DIAGNOSIS),
    )
)
"""Rules about what the values of a claim say together, which no segment shows by itself."""


def check_batch(
    claims: Sequence[InstitutionalClaim],
    codes: CodeSets = PUBLIC_CODES,
    delimiters: Delimiters | None = None,
    *,
    is_written: bool = False,
) -> list[Finding]:
    """The findings of every claim, by ``claim_index``, and claims that stand twice in the batch.

    A claim number may stand once in a batch; the same bill under another number (same patient,
    type of bill, statement and charges) is a duplicate too. ``is_written`` is as in
    ``check_claim``.
    """

    def check(claim: InstitutionalClaim, index: int) -> list[Finding]:
        return check_claim(claim, codes, delimiters, index, is_written=is_written)

    return check_together(claims, check, _content)


def _content(claim: InstitutionalClaim) -> object:
    lines = tuple(
        (line.revenue_code, line.procedure, line.charge_cents, line.units, line.service_from)
        for line in claim.lines
    )
    return claim.type_of_bill, (claim.statement_from, claim.statement_to), lines


def check_claim(
    claim: InstitutionalClaim,
    codes: CodeSets = PUBLIC_CODES,
    delimiters: Delimiters | None = None,
    index: int | None = None,
    *,
    is_written: bool = False,
) -> list[Finding]:
    """What keeps this claim from being sent; no error means nothing does.

    ``is_written`` says that the caller wrote the claim already (``institutional_claim_text``), so
    that surely no value of it holds a delimiter; else it is written here to find out.
    """
    check = InstitutionalLineCheck(claim, codes, claim.index if index is None else index)
    check.around(delimiters, is_written=is_written)
    check.bill()
    check.dates()
    check.admission()
    check.care()
    check.diagnoses()
    check.procedures()
    check.bill_codes()
    check.lines()
    check.corrections()
    return check.all_findings()
