"""What one element of a segment requires or forbids of another, where no syntax note says it."""

from collections.abc import Iterator

from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.parties import ORGANIZATION
from services.payer_gateway.x12.segments import at

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
    for position, raw in enumerate(structure.transaction.raw, 1):
        if raw.startswith(f"NM1{mark}"):
            nm1 = raw.split(mark)
            if at(nm1, 2) == ORGANIZATION:
                for number in _OF_PERSONS:
                    if at(nm1, number):
                        place = Place(structure.frames[position - 1], "NM1", position)
                        message = "an organization has but one name: is this a person?"
                        element = f"NM1{number:02d}"
                        yield place._replace(element=element).found(ORGANIZATION_NAME, message)
        elif raw.startswith(f"PWK{mark}"):
            pwk = raw.split(mark)
            if at(pwk, 2) in _SENT_APART and not at(pwk, 6):
                place = Place(structure.frames[position - 1], "PWK", position, "PWK06")
                message = "an attachment sent apart needs its number: write AC and the number"
                yield place.found(ATTACHMENT, message)
