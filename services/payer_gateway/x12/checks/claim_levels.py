"""Who the patient of a claim is (837): the subscriber of 2000B, or a dependant of 2000C."""

from collections.abc import Iterator

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12.checks.loop_frame import Frame, Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.segments import at

SELF = "18"
_CLAIMS_PER_SET = 5_000
_NEEDED = ("N3", "N4", "DMG")


def check(structure: Structure) -> Iterator[Finding]:
    """What contradicts itself between SBR02, the patient level and the subscriber's details."""
    claims: dict[int, list[int]] = {}
    levels: dict[int, Frame] = {}
    patients: set[int] = set()
    for claim in structure.doubtful_claims:
        for frame in claim.frame.chain:
            if frame.loop.id == "2000B":
                claims.setdefault(id(frame), []).append(claim.index)
    for position, _ in structure.doubtful():
        frame = structure.frame_at(position)
        if frame.loop.id == "2000B":
            levels[id(frame)] = frame
        elif frame.loop.id == "2000C" and frame.parent is not None:
            patients.add(id(frame.parent))
    for number, frame in levels.items():
        indexes = claims.get(number, [])
        yield from _level(structure, frame, indexes, has_patient=number in patients)
    if len(structure.claims) > _CLAIMS_PER_SET:
        yield rule.MANY_CLAIMS.found(
            f"more than {_CLAIMS_PER_SET} claims stand in one transaction set: divide them",
            path="ST",
            segment=1,
        )
    yield from _line_numbers(structure)


def _level(
    structure: Structure, frame: Frame, indexes: list[int], *, has_patient: bool
) -> Iterator[Finding]:
    places = {structure.elements(p)[0]: p for p in structure.positions_in(frame)}
    if "SBR" not in places:
        return
    position = places["SBR"]
    sbr = structure.elements(position)
    is_self = at(sbr, 2) == SELF
    place = Place(frame, "SBR", position, "SBR02")
    if is_self and has_patient:
        message = "SBR02 says that the subscriber is the patient: leave out loop 2000C, or SBR02"
        yield _each(structure, rule.PATIENT, message, place, indexes)
    elif not is_self and not has_patient and indexes:
        message = "the claim has no patient: write 18 in SBR02, or add loop 2000C"
        yield _each(structure, rule.PATIENT, message, place, indexes)
    elif is_self:
        yield from _details(structure, frame, indexes)


def _details(structure: Structure, frame: Frame, indexes: list[int]) -> Iterator[Finding]:
    """A subscriber who is the patient has an address, a birth date and a sex."""
    person = next((f for f, _ in structure.opened(frame) if f.loop.id == "2010BA"), None)
    if person is None:
        return
    there = {structure.elements(p)[0] for p in structure.positions_in(person)}
    for name in _NEEDED:
        if name in there:
            continue
        slot = person.loop.by_id[name][0]
        position = person.place_of(slot, max(structure.positions_in(person)) + 1)
        message = f"the subscriber is the patient: {name} is required"
        place = Place(person, name, position)
        yield _each(structure, rule.SUBSCRIBER, message, place, indexes)


def _each(
    structure: Structure, broken: Rule, message: str, place: Place, indexes: list[int]
) -> Finding:
    """One finding, on the first of the claims that it takes out; the others are marked."""
    structure.spoiled.update(indexes)
    return place.found(broken, message, structure.claims[indexes[0]] if indexes else None)


def _line_numbers(structure: Structure) -> Iterator[Finding]:
    """LX01 counts the lines of each claim from 1."""
    counts: dict[int, tuple[int, int]] = {}
    for position, _ in structure.doubtful():
        frame = structure.frame_at(position)
        if frame.loop.id != "2400" or frame.position != position or frame.parent is None:
            continue
        lx = structure.elements(position)
        if lx[0] != "LX" or frame.claim is None:
            continue
        count, last = counts.get(id(frame.parent), (0, 0))
        text = at(lx, 1)
        is_number = text.isascii() and text.isdigit() and len(text) < 7
        if is_number and int(text) not in {count + 1, last + 1}:
            message = f"LX01 counts the lines of a claim from 1: write {count + 1}"
            yield Place(frame, "LX", position, "LX01").found(rule.LINE_NUMBER, message)
        counts[id(frame.parent)] = (count + 1, int(text) if is_number else last + 1)
