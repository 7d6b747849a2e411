"""What segments of a professional claim demand of others of it, by the guide's situational rules.

``professional_tally`` asks the same of a claim that is proven: whatever is said here it doubts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12.checks.loop_frame import Frame, Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.segments import Segment, at

MEDICARE = frozenset({"MA", "MB"})
"""SBR09 of Medicare itself; what it has others run (16) is theirs."""
PRIMARY = "P"
_PERHAPS_FIRST = frozenset({PRIMARY, "U", ""})
"""SBR01 of a payer before whom no other need have been."""

_AMBULANCE = (("PW", "2310E"), ("45", "2310F"))


@dataclass(slots=True)
class _Seen:
    """What stands in one claim: positions, 0 where it does not."""

    clm: int
    ambulance: int = 0
    accident: int = 0
    roles: set[str] = field(default_factory=set)
    decided: list[tuple[Frame, int]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    payer: str = ""


def insurance_type_fault(sbr: Segment) -> str:
    """What is wrong with SBR05 of an 837P, empty where nothing is (2000B and 2320 SBR05)."""
    sequence, given = at(sbr, 1), at(sbr, 5)
    if given and sequence == PRIMARY:
        return "SBR05 says why Medicare is not primary: leave it out where the payer is"
    if not given and at(sbr, 9) in MEDICARE and sequence not in _PERHAPS_FIRST:
        return "Medicare is not primary: say in SBR05 why"
    return ""


def check(structure: Structure) -> Iterator[Finding]:
    """Claims of an 837P: insurance types, accidents, ambulances and days told twice."""
    mark = structure.transaction.delimiters.element
    seen: _Seen | None = None
    for position, raw in structure.doubtful():
        name = raw.partition(mark)[0]
        if name not in _WATCHED:
            continue
        frame, elements = structure.frame_at(position), structure.elements(position)
        if name == "SBR":
            fault = insurance_type_fault(elements)
            if fault:
                place = Place(frame, "SBR", position, "SBR05")
                yield place.found(rule.INSURANCE_TYPE, fault)
        if name in _ENDS:
            if seen is not None:
                yield from _of_claim(structure, seen)
            seen = _Seen(position) if name == "CLM" else None
        elif seen is not None:
            _note(seen, frame, position, elements)


_ENDS = frozenset({"CLM", "HL", "SE"})
_WATCHED = _ENDS | {"SBR", "CR1", "DTP", "NM1", "SVD"}


def _note(seen: _Seen, frame: Frame, position: int, elements: Segment) -> None:
    loop, qualifier = frame.loop.id, at(elements, 1)
    match elements[0], loop:
        case "CR1", "2300":
            seen.ambulance = position
        case "DTP", "2300" if qualifier == "439":
            seen.accident = position
        case "NM1", _ if loop.startswith("2310"):
            seen.roles.add(qualifier)
        case "NM1", "2330B":
            seen.payer = at(elements, 9)
        case "DTP", "2330B" if qualifier == "573":
            seen.decided.append((frame, position))
        case "SVD", _:
            seen.payer = qualifier
        case "DTP", "2430" if qualifier == "573":
            seen.settled.add(seen.payer)


def _of_claim(structure: Structure, seen: _Seen) -> Iterator[Finding]:
    frame = structure.frame_at(seen.clm)
    clm = structure.elements(seen.clm)
    if seen.accident and not at(clm, 11):
        message = "the accident's date stands without its kind: fill CLM11, or leave the date out"
        yield Place(frame, "CLM", seen.clm, "CLM11").found(rule.ACCIDENT, message)
    for role, loop in _AMBULANCE if seen.ambulance else ():
        if role not in seen.roles:
            slot = next(s for s in frame.loop.slots if s.loop and s.loop.id == loop)
            place = Place(frame, f"{loop}/NM1", frame.place_of(slot, seen.clm + 1))
            message = f"an ambulance's way is told by both its ends: add loop {loop} (NM1*{role})"
            yield place.found(rule.AMBULANCE, message)
    for of_payer, position in seen.decided:
        names = structure.positions_in(of_payer)
        named = next((structure.elements(p) for p in names), [""])
        if at(named, 9) in seen.settled:
            message = "the payer's day stands at its lines: leave it out here"
            yield Place(of_payer, "DTP", position, "DTP03").found(rule.DECIDED_TWICE, message)
