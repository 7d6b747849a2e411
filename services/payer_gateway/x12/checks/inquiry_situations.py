"""What a question to a payer, or its answer, must say of the patient it is about."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from services.payer_gateway.x12.amounts import AmountError, parse_quantity
from services.payer_gateway.x12.checks.loop_frame import Frame, Place
from services.payer_gateway.x12.checks.rules import MISSING_LOOP
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.eligibility_rules import IDENTITY as PATIENT
from services.payer_gateway.x12.eligibility_rules import PERCENT
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.segments import at
from services.payer_gateway.x12.status_rules import IDENTITY, REQUIRED, TRACE_REPEATED

NOTHING_ASKED = error(
    "eligibility.nothing-asked",
    4,
    Scope.CLAIM,
    "270 2110C, subscriber asked for",
)


def check(structure: Structure) -> Iterator[Finding]:
    """Subscribers who are the patient themselves, and empty lists of benefit providers."""
    set_id = structure.guide.set_id
    if set_id == "271":
        yield from _empty_brackets(structure)
        yield from _shares(structure)
    elif set_id in {"270", "276"}:
        level = "2000C" if set_id == "270" else "2000D"
        if set_id == "276":
            yield from _questions(structure)
        for position, frame in enumerate(structure.frames, 1):
            is_opened = frame.position == position and frame.loop.id == level
            if is_opened and not frame.children and at(structure.elements(position), 4) != "1":
                yield from _asked(structure, frame) if set_id == "270" else _born(frame)


def _asked(structure: Structure, level: Frame) -> Iterator[Finding]:
    """A subscriber below whom no dependant stands is asked for by an EQ."""
    below = list(structure.opened(level))
    for frame, position in below:
        nm1 = structure.elements(position)
        if frame.loop.id == "2100C" and nm1[0] == "NM1" and not at(nm1, 3) and not at(nm1, 9):
            message = "the subscriber has neither a name nor a member id: give both"
            yield Place(frame, "NM1", position, "NM109").found(PATIENT, message)
    if below and not any(frame.loop.id == "2110C" for frame, _ in below):
        person = next((frame for frame, _ in below if frame.loop.id == "2100C"), level)
        message = "nothing is asked about this subscriber: add EQ, or the dependant asked about"
        yield Place(person, "2110C/EQ", below[-1][1] + 1).found(NOTHING_ASKED, message)


def _born(level: Frame) -> Iterator[Finding]:
    """A subscriber below whom no dependant stands is the patient: a payer needs the birth date."""
    slot = level.loop.by_id["DMG"][0]
    if not level.counts[slot.index]:
        message = "the subscriber is the patient: DMG with the birth date is required"
        position = level.place_of(slot, level.position + 1)
        yield Place(level, "DMG", position).found(IDENTITY, message)


def _questions(structure: Structure) -> Iterator[Finding]:
    """Each question of a 276 has a trace of its own, and says of which days it asks."""
    traces: set[str] = set()
    for claim in structure.claims:
        frame, trace = claim.frame, structure.elements(claim.first)
        if at(trace, 2) and at(trace, 2) in traces:
            message = "two questions with one trace cannot be told apart in the answer"
            yield Place(frame, "TRN", claim.first, "TRN02").found(TRACE_REPEATED, message)
        traces.add(at(trace, 2))
        slot = frame.loop.by_id["DTP"][0]
        has_lines = any(within.loop.id.startswith("2210") for within, _ in structure.opened(frame))
        if not frame.counts[slot.index] and not has_lines:
            last = max(structure.positions_in(frame))
            message = "the question says no day of service: add DTP*472, or the lines with theirs"
            place = Place(frame, "DTP", frame.place_of(slot, last + 1), "DTP03")
            yield place.found(REQUIRED, message)


def _shares(structure: Structure) -> Iterator[Finding]:
    """EB08 is a share of one; a percentage written as such is a hundred times it."""
    mark = structure.transaction.delimiters.element
    for position, raw in structure.doubtful():
        if raw.startswith(f"EB{mark}") and not _is_share(at(raw.split(mark), 8)):
            place = Place(structure.frame_at(position), "EB", position, "EB08")
            yield place.found(PERCENT, "a share is between 0 and 1: is a percentage meant?")


def _is_share(text: str) -> bool:
    """Whether it is one, none at all, or no number, which is said elsewhere."""
    try:
        return not text or 0 <= parse_quantity(text) <= 1
    except AmountError:
        return True


def _empty_brackets(structure: Structure) -> Iterator[Finding]:
    """LS and LE with no loop between them."""
    mark = structure.transaction.delimiters.element
    raws = structure.transaction.raw
    for position, (raw, following) in enumerate(pairwise(raws), 1):
        if raw.startswith(f"LS{mark}") and following.startswith(f"LE{mark}"):
            frame = structure.frame_at(position)
            loop = f"2120{frame.loop.id[-1:]}"
            message = f"no loop {loop} stands between LS and LE: add it, or leave both out"
            missing = Place(frame, f"{loop}/NM1", position + 1).found(MISSING_LOOP, message)
            yield replace(missing, scope=Scope.CLAIM)
