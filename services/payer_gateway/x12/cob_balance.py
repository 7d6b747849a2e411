"""Balancing the coordination of benefits of an 837, by prior payer, in exact cents.

X12 interpretations 1294 and 1115; 005010X222A1 section 1.4.4. For each prior payer that reports
lines: claim charge is paid plus claim and line adjustments; paid is the line payments less the
claim adjustments; each line charge is the line payment plus its adjustments. A payer that reports
no line has no equation, and none has where a line names a payer that the claim does not.
"""

from collections.abc import Iterator

from services.payer_gateway.x12.adjustment import total_cents
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.institutional_claim import AnyClaim
from services.payer_gateway.x12.professional_claim import OtherPayer

CLAIM = error("claim.cob-claim-balance", 3, Scope.CLAIM, "837P 1.4.4, interpretation 1294")
PAID = error("claim.cob-paid-balance", 3, Scope.CLAIM, "837P 1.4.4, interpretation 1115")
LINE = error("claim.cob-line-balance", 3, Scope.CLAIM, "837P 1.4.4, 2430")
UNKNOWN_PAYER = error("claim.cob-unknown-payer", 4, Scope.CLAIM, "837P 2430 SVD01 = 2330B NM109")

NO_DATE = warning("claim.cob-date", 4, Scope.CLAIM, "837P 2330B DTP*573, where 2430 has none")


def check(claim: AnyClaim, index: int | None = None) -> Iterator[Finding]:
    """What does not balance between the claim and what earlier payers did."""
    known = {other.payer_id for other in claim.other_payers}
    is_known = True
    for number, line in enumerate(claim.lines, 1):
        for place, adjudication in enumerate(line.adjudications, 1):
            path = f"2300/2400[{number}]/2430[{place}]/SVD"
            if adjudication.payer_id not in known:
                is_known = False
                yield UNKNOWN_PAYER.found(
                    "the line names a payer that loop 2330B does not",
                    path=path,
                    segment=line.position,
                    element="SVD01",
                    claim=claim.claim_id,
                    claim_index=index,
                )
                continue
            expected = adjudication.paid_cents + total_cents(adjudication.adjustments)
            if expected != line.charge_cents:
                yield LINE.found(
                    "the line charge must be the payer's payment plus its adjustments",
                    path=path,
                    segment=line.position,
                    element="SVD02",
                    claim=claim.claim_id,
                    claim_index=index,
                    expected_cents=expected,
                    found_cents=line.charge_cents,
                )
    for number, other in enumerate(claim.other_payers if is_known else (), 1):
        yield from _payer(claim, other, f"2300/2320[{number}]/AMT[D]", index)


def _payer(claim: AnyClaim, other: OtherPayer, path: str, index: int | None) -> Iterator[Finding]:
    of_payer = [
        adjudication
        for line in claim.lines
        for adjudication in line.adjudications
        if adjudication.payer_id == other.payer_id
    ]
    if not of_payer:
        if other.paid_date is None and (other.paid_cents is not None or other.adjustments):
            yield NO_DATE.found(
                "an earlier payer's decision has its day: add DTP*573",
                path=path.replace("AMT[D]", "2330B/DTP[573]"),
                segment=claim.position,
                element="DTP03",
                claim=claim.claim_id,
                claim_index=index,
            )
        return
    paid = other.paid_cents or 0
    of_claim = total_cents(other.adjustments)
    of_lines = sum(total_cents(adjudication.adjustments) for adjudication in of_payer)
    if paid + of_claim + of_lines != claim.total_charge_cents:
        yield CLAIM.found(
            "the claim charge must be what the payer paid plus all its adjustments",
            path="2300/CLM",
            segment=claim.position,
            element="CLM02",
            claim=claim.claim_id,
            claim_index=index,
            expected_cents=paid + of_claim + of_lines,
            found_cents=claim.total_charge_cents,
        )
    expected = sum(adjudication.paid_cents for adjudication in of_payer) - of_claim
    if expected != paid:
        yield PAID.found(
            "AMT*D must be the payer's line payments less its claim adjustments",
            path=path,
            segment=claim.position,
            element="AMT02",
            claim=claim.claim_id,
            claim_index=index,
            expected_cents=expected,
            found_cents=paid,
        )
