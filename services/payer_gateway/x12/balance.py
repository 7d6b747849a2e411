"""Three-level balancing of an 835 (005010X221A1 section 1.10.2), in exact cents.

Line: SVC02 less its adjustments is SVC03. Claim: CLP03 less the adjustments of the claim and its
lines is CLP04. Transaction: BPR02 is the sum of CLP04 less the sum of PLB; a positive PLB lowers
the payment, a negative one raises it.
"""

from collections.abc import Iterator

from services.payer_gateway.x12.finding import Finding, Rule, Scope, error, warning
from services.payer_gateway.x12.remittance import Remittance, RemittanceClaim

LINE = error("remittance.line-balance", 3, Scope.CLAIM, "835 1.10.2.1.1")
CLAIM = error("remittance.claim-balance", 3, Scope.CLAIM, "835 1.10.2.1.2")
LINES = error("remittance.line-total", 3, Scope.CLAIM, "835 1.10.2.1.2, sum of SVC02 is CLP03")
LINES_SAID = warning("remittance.line-total", 3, Scope.CLAIM, LINES.source)
PATIENT = warning("remittance.patient-responsibility", 3, Scope.CLAIM, "835 CLP05")
TRANSACTION = error("remittance.transaction-balance", 3, Scope.TRANSACTION, "835 1.10.2.1.3")
INCOMPLETE = error("remittance.incomplete", 3, Scope.TRANSACTION, "835 1.10.2.1.3")
NEGATIVE = error("remittance.negative-payment", 3, Scope.TRANSACTION, "835 BPR02")
NO_PAYMENT = warning("remittance.no-payment-code", 4, Scope.TRANSACTION, "835 BPR01, BPR04")


def check(remittance: Remittance, *, lines_make_the_claim: bool = True) -> list[Finding]:
    """What does not balance, each with both sides in cents; an empty list means all does.

    A finding of scope ``claim`` takes out that claim alone, one of scope ``transaction`` the whole
    remittance. ``lines_make_the_claim`` says whether line charges that do not add up to the claim
    charge are an error or only said.
    """
    findings: list[Finding] = []
    for index, claim in enumerate(remittance.claims):
        findings += check_claim(claim, index, lines_make_the_claim=lines_make_the_claim)
    findings += check_payment(
        remittance,
        sum(claim.paid_cents for claim in remittance.claims),
        sum(adjustment.amount_cents for adjustment in remittance.provider_adjustments),
        is_complete=not remittance.unreadable and remittance.provider_adjustments_complete,
    )
    return findings


def check_claim(
    claim: RemittanceClaim, index: int | None = None, *, lines_make_the_claim: bool = True
) -> list[Finding]:
    """What does not balance in one claim; ``index`` is used where the claim has none itself."""
    index = index if claim.index is None else claim.index
    findings: list[Finding] = []
    adjusted = of_patient = charged = 0
    for adjustment in claim.adjustments:
        adjusted += adjustment.amount_cents
        if adjustment.group == "PR":
            of_patient += adjustment.amount_cents
    for service in claim.services:
        of_line = 0
        for adjustment in service.adjustments:
            of_line += adjustment.amount_cents
            if adjustment.group == "PR":
                of_patient += adjustment.amount_cents
        adjusted += of_line
        charged += service.charge_cents
        if service.charge_cents - of_line != service.paid_cents:
            findings.append(
                LINE.found(
                    "line charge less adjustments must be the line payment",
                    path="2100/2110/SVC",
                    segment=service.position,
                    element="SVC03",
                    claim=claim.claim_id,
                    claim_index=index,
                    expected_cents=service.charge_cents - of_line,
                    found_cents=service.paid_cents,
                )
            )
    if claim.charge_cents - adjusted != claim.paid_cents:
        findings.append(
            _of_claim(
                CLAIM,
                claim,
                index,
                "claim charge less all adjustments must be the claim payment",
                element="CLP04",
                expected=claim.charge_cents - adjusted,
                found=claim.paid_cents,
            )
        )
    if claim.services and charged != claim.charge_cents:
        findings.append(
            _of_claim(
                LINES if lines_make_the_claim else LINES_SAID,
                claim,
                index,
                "the line charges must add up to the claim charge",
                element="CLP03",
                expected=charged,
                found=claim.charge_cents,
            )
        )
    said = claim.patient_responsibility_cents or 0
    if said != of_patient and not claim.is_reversal:
        # CAS is trusted where CLP05 is not what the PR adjustments say.
        findings.append(
            _of_claim(
                PATIENT,
                claim,
                index,
                "the patient responsibility is not what the PR adjustments add up to; "
                "they are used",
                element="CLP05",
                expected=of_patient,
                found=said,
            )
        )
    return findings


def _of_claim(
    rule: Rule,
    claim: RemittanceClaim,
    index: int | None,
    message: str,
    *,
    element: str,
    expected: int,
    found: int,
) -> Finding:
    return rule.found(
        message,
        path="2100/CLP",
        segment=claim.position,
        element=element,
        claim=claim.claim_id,
        claim_index=index,
        expected_cents=expected,
        found_cents=found,
    )


def check_payment(
    remittance: Remittance, paid_cents: int, withheld_cents: int, *, is_complete: bool
) -> Iterator[Finding]:
    """What does not balance between a payment and all that it is made of.

    ``paid_cents`` is the sum of CLP04 and ``withheld_cents`` that of PLB; where not all of them
    could be read, ``is_complete`` is False and nothing balances. Claims and provider adjustments
    of ``remittance`` are not looked at.
    """
    if not is_complete:
        yield INCOMPLETE.found(
            "amounts could not be read, so the payment cannot be balanced: "
            "ask the payer for a corrected 835",
            path="BPR",
            element="BPR02",
        )
        return
    expected = paid_cents - withheld_cents
    sent = remittance.payment_cents
    if remittance.credit_debit == "D":
        sent = -sent
    if sent != expected:
        yield TRANSACTION.found(
            "the payment must be the claim payments less the provider adjustments",
            path="BPR",
            element="BPR02",
            expected_cents=expected,
            found_cents=sent,
        )
    if remittance.payment_cents < 0:
        yield NEGATIVE.found(
            "a payment is never negative: the payer must carry it forward in PLB",
            path="BPR",
            element="BPR02",
            found_cents=remittance.payment_cents,
        )
    pays_nothing = remittance.handling == "H" and remittance.method == "NON"
    if remittance.payment_cents == 0 and not pays_nothing:
        yield NO_PAYMENT.found(
            "a remittance that pays nothing has BPR01 H and BPR04 NON",
            path="BPR",
            element="BPR04",
        )
