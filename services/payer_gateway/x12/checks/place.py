"""Finds the place of a fault in a transaction set from a path within its claim.

A path such as ``2300/2400[2]/2430[1]/SVD`` names the second line's first adjudication;
``2300/REF[F8]`` the segment with that qualifier; ``2000B/2010BA/DMG`` a loop above the claim. Where
the segment is not there, its place is where it should stand.
"""

import re
from dataclasses import replace

from services.payer_gateway.x12.checks.loop_frame import Claim, Frame
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.segments import at, component

_STEP = re.compile(r"(\w+)(?:\[(\w+)\])?")


def placed(finding: Finding, structure: Structure) -> Finding:
    """The finding with the position and the whole path of what it is about."""
    steps = [(m[1], m[2] or "") for m in _STEP.finditer(finding.path)]
    claim = _claim_of(finding, structure)
    if not steps or _is_there(finding.segment, steps[-1][0], structure):
        return replace(finding, path=structure.path(finding.segment) or finding.path)
    *loops, (name, key) = steps
    if claim is None:
        position = finding.segment or _first(structure, name)
        path = structure.path(position) or finding.path
        return replace(finding, path=path, segment=position)
    frame = _frame(structure, claim, loops)
    if frame is None and loops[1:] and (outer := _frame(structure, claim, loops[:-1])):
        slot = next((s for s in outer.loop.slots if s.loop and s.loop.id == loops[-1][0]), None)
        if slot is not None:
            position = outer.place_of(slot, claim.last + 1)
            path = f"{outer.path}{loops[-1][0]}/{name}"
            return replace(finding, path=path, segment=position)
    if frame is None:
        path = structure.path(finding.segment) or finding.path
        return replace(finding, path=path, claim=claim.id)
    position = _position(structure, claim, frame, name, key)
    return replace(finding, path=f"{frame.path}{name}", segment=position)


def _is_there(position: int, name: str, structure: Structure) -> bool:
    """Whether the position given is already that of such a segment."""
    return (
        1 <= position <= len(structure.transaction.raw) and structure.elements(position)[0] == name
    )


def _first(structure: Structure, name: str) -> int:
    """The first segment of that id, 0 where there is none."""
    mark = structure.transaction.delimiters.element
    raws = enumerate(structure.transaction.raw, 1)
    return next((n for n, raw in raws if raw.startswith(f"{name}{mark}")), 0)


def _claim_of(finding: Finding, structure: Structure) -> Claim | None:
    index = finding.claim_index
    if index is None or not 0 <= index < len(structure.claims):
        return None
    claim = structure.claims[index]
    structure.frame_at(claim.first)
    return claim


def _frame(structure: Structure, claim: Claim, loops: list[tuple[str, str]]) -> Frame | None:
    frame: Frame | None = claim.frame
    for name, number in loops:
        if frame is None:
            return None
        above = next((f for f in frame.chain if f.loop.id == name), None)
        frame = above or _inner(structure, frame, name, int(number or 1))
    return frame


def _inner(structure: Structure, outer: Frame, name: str, number: int) -> Frame | None:
    """The loop of that name and number directly within another."""
    count = 0
    for frame, position in structure.opened(outer):
        if frame.parent is outer and frame.loop.id == name and frame.position == position:
            count += 1
            if count == number:
                return frame
    return None


def _position(structure: Structure, claim: Claim, frame: Frame, name: str, key: str) -> int:
    """Where the segment stands in the loop, or where it should."""
    mark = structure.transaction.delimiters.component
    last = frame.position
    for position in structure.positions_in(frame):
        elements = structure.elements(position)
        if elements[0] == name and (not key or component(at(elements, 1), mark, 1) == key):
            return position
        last = position
    slots = frame.loop.by_id.get(name, [])
    slot = next((s for s in slots if not key or key in s.key), slots[0] if slots else None)
    if slot is None:
        return frame.position
    return frame.place_of(slot, min(last, claim.last) + 1)
