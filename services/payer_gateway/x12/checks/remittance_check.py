"""What contradicts itself in an 835 beside its balances: reversals and claims that come twice."""

from collections.abc import Iterator

from services.payer_gateway.x12.checks.loop_frame import Claim, Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.segments import at

REVERSAL = error("remittance.reversal-sign", 4, Scope.CLAIM, "835 1.10.2.8, CLP02 22")
TWICE = warning("remittance.claim-twice", 4, Scope.CLAIM, "835 CLP01, CLP02, CLP07")
DENIED = warning("remittance.paid-unrecognized", 4, Scope.CLAIM, "835 CLP02 4, interpretation 1423")


def check(structure: Structure) -> Iterator[Finding]:
    """The claims of an 835, each by itself and beside those before it."""
    seen: set[tuple[str, ...]] = set()
    for claim in structure.claims:
        clp = structure.elements(claim.first)
        if at(clp, 2) == "22" and not at(clp, 3).startswith("-") and at(clp, 3).strip("0."):
            message = "a reversal negates the charge of what it takes back"
            yield _place(structure, claim, "CLP03").found(REVERSAL, message)
        if at(clp, 2) == "4" and at(clp, 4).strip("-0."):
            message = "a patient who is not recognized is paid nothing"
            yield _place(structure, claim, "CLP04").found(DENIED, message)
        key = tuple(clp[1:8])
        if key in seen:
            message = "the same claim with the same amounts came before: was it paid twice?"
            yield _place(structure, claim, "CLP01").found(TWICE, message)
        seen.add(key)


def _place(structure: Structure, claim: Claim, element: str) -> Place:
    return Place(structure.frame_at(claim.first), "CLP", claim.first, element)
