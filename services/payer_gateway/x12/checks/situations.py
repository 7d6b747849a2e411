"""What one element of a segment requires or forbids of another, where no syntax note says it."""

from collections.abc import Iterator

from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.parties import ORGANIZATION
from services.payer_gateway.x12.segments import Segment, at

ORGANIZATION_NAME = error(
    "situation.organization-name", 4, Scope.CLAIM, "NM104, NM105, NM107: only where NM102 is 1"
)
ATTACHMENT = error("situation.attachment-number", 4, Scope.CLAIM, "837 PWK05, PWK06 by PWK02")

_OF_PERSONS = (4, 5, 7)
_SENT_APART = frozenset({"BM", "EL", "EM", "FT", "FX"})
"""Attachments that come by another way and are known by their number (data element 756)."""


def check(structure: Structure) -> Iterator[Finding]:
    """Names of organizations that only persons have, and attachments without their number."""
    mark = structure.transaction.delimiters.element
    for position, raw in structure.doubtful():
        if raw.startswith(f"NM1{mark}"):
            for number in needless_names(raw.split(mark)):
                place = Place(structure.frame_at(position), "NM1", position, f"NM1{number:02d}")
                message = "an organization has but one name: is this a person?"
                yield place.found(ORGANIZATION_NAME, message)
        elif raw.startswith(f"PWK{mark}") and lacks_number(raw.split(mark)):
            place = Place(structure.frame_at(position), "PWK", position, "PWK06")
            message = "an attachment sent apart needs its number: write AC and the number"
            yield place.found(ATTACHMENT, message)


def needless_names(nm1: Segment) -> list[int]:
    """The numbers of the elements of an NM1 that only a person has, where it names none."""
    if at(nm1, 2) != ORGANIZATION:
        return []
    return [number for number in _OF_PERSONS if at(nm1, number)]


def lacks_number(pwk: Segment) -> bool:
    """Whether an attachment comes by another way and says no number by which to know it."""
    return at(pwk, 2) in _SENT_APART and not at(pwk, 6)
