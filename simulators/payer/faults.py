"""Wrong on purpose: remittances and files as a payer sends them on a bad day."""

from dataclasses import replace

from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.remittance import Remittance, RemittanceClaim


def claim_off_by_a_cent(claim: RemittanceClaim) -> RemittanceClaim:
    """One line that its adjustments do not explain."""
    if not claim.services:
        return replace(claim, paid_cents=claim.paid_cents + 1)
    first, *rest = claim.services
    wrong = replace(first, adjustments=(*first.adjustments, Adjustment("OA", "94", 1)))
    return replace(claim, services=(wrong, *rest))


def charge_off_by_a_cent(claim: RemittanceClaim) -> RemittanceClaim:
    """A charge that its lines do not add up to."""
    return replace(claim, charge_cents=claim.charge_cents + 1)


def total_off_by_a_cent(remittance: Remittance) -> Remittance:
    """A payment that its claims do not explain."""
    return replace(remittance, payment_cents=remittance.payment_cents + 1)


def with_a_stranger(remittance: Remittance) -> Remittance:
    """A remittance that also answers, for nothing, a claim that the practice never sent."""
    first = remittance.claims[0]
    stranger = replace(
        first,
        claim_id="STRANGER" + first.claim_id[-8:],
        charge_cents=0,
        paid_cents=0,
        patient_responsibility_cents=0,
        status="1",
        adjustments=(),
        services=(),
    )
    return replace(remittance, claims=(*remittance.claims, stranger))


def truncated(content: bytes) -> bytes:
    """The first half of a file, as a broken transfer leaves it."""
    return content[: len(content) // 2]
