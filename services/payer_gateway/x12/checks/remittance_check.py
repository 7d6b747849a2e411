"""What contradicts itself in an 835 beside its balances: reversals and claims that come twice."""

from collections.abc import Iterator

from services.payer_gateway.x12.checks.loop_frame import Claim, Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.segments import at

REVERSAL = error("remittance.reversal-sign", 4, Scope.CLAIM, "835 1.10.2.8, CLP02 22")
TWICE = warning("remittance.claim-twice", 4, Scope.CLAIM, "835 CLP01, CLP02, CLP07")
SERVICE_DATE = warning(
    "remittance.service-date", 4, Scope.CLAIM, "835 2110 DTM*472, 150 and 151; 2100 DTM*232"
)
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
    yield from _undated(structure)


def _place(structure: Structure, claim: Claim, element: str) -> Place:
    return Place(structure.frame_at(claim.first), "CLP", claim.first, element)


def _undated(structure: Structure) -> Iterator[Finding]:
    """Claims of which neither they nor their lines say a day, and days of which one is missing."""
    claim = 0
    of_claim: list[str] = []
    lines: list[tuple[int, list[str]]] = []
    for position, raw in structure.doubtful():
        head = raw[:3]
        if head == "CLP" or (claim and raw.startswith(("LX", "PLB", "SE"))):
            yield from _days(structure, claim, of_claim, lines)
            claim, of_claim, lines = (position if head == "CLP" else 0), [], []
        elif claim and head == "DTM":
            days = lines[-1][1] if lines else of_claim
            days.append(at(structure.elements(position), 1))
        elif claim and head == "SVC":
            lines.append((position, []))
    yield from _days(structure, claim, of_claim, lines)


def _days(
    structure: Structure, claim: int, of_claim: list[str], lines: list[tuple[int, list[str]]]
) -> Iterator[Finding]:
    """A claim has its first day, or each of its lines its own; a line's first day has a last.

    ``claim`` and ``lines`` are positions, each line with the qualifiers of its dates.
    """
    if claim and not lines and "232" not in of_claim:
        message = "the claim says no day of service: add DTM*232, or DTM*472 to its lines"
        yield _date_place(structure, claim).found(SERVICE_DATE, message)
    for position, days in lines:
        if not days and "232" not in of_claim:
            message = "the line says no day of service: add DTM*472"
            yield _date_place(structure, position).found(SERVICE_DATE, message)
        elif ("150" in days) != ("151" in days):
            message = "the first and the last day of a line stand together: DTM*150 and DTM*151"
            yield _date_place(structure, position).found(SERVICE_DATE, message)


def _date_place(structure: Structure, position: int) -> Place:
    """Where a date of the loop that opens at a position should stand."""
    frame = structure.frame_at(position)
    slots = frame.loop.by_id.get("DTM")
    last = max(structure.positions_in(frame))
    return Place(frame, "DTM", frame.place_of(slots[0], last + 1) if slots else position, "DTM02")
