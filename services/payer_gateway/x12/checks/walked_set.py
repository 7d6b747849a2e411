"""A transaction set and what is known of it once it has been walked along its guide."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from services.payer_gateway.x12.checks.loop_frame import Claim, Frame, Slot
from services.payer_gateway.x12.checks.recovery import Head
from services.payer_gateway.x12.checks.segment_codes import Fault
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, Severity
from services.payer_gateway.x12.guides.notation import Guide

MOST_FINDINGS = 500
_OF_VALUES = frozenset(
    {"CLM", "HI", "SV1", "SV2", "SVC", "CLP", "CAS", "AMT", "SVD", "DTP", "DTM", "SBR", "PAT"}
    | {"DMG", "HL", "LX", "STC", "QTY", "BPR", "PLB", "REF", "AK9", "IK5", "MIA", "MOA"}
)
"""Segments whose elements are added up or compared."""


def shown(name: str) -> str:
    """A segment id that may be shown, whatever stands in the file."""
    fits = 2 <= len(name) <= 3 and name.isascii() and name.isalnum()
    return name if fits else "?"


def _level(frame: Frame) -> Frame | None:
    """The hierarchical level or group that a loop stands in; None in a header."""
    return next((each for each in frame.chain if each.loop.id.startswith("2000")), None)


@dataclass(frozen=True, slots=True)
class ProvenLoop:
    """A loop of which is known that nothing in it breaks a rule, and where it stands.

    ``keys`` are what no other loop of the set has, unless something stands in it twice.
    ``is_warned`` says that there is something to be said of the values above it, once for all loops
    there. ``goes_on`` is the loop itself, where more of it stands after the last position.
    """

    first: int
    last: int
    above: Frame
    slot: Slot
    claims: tuple[Claim, ...]
    keys: tuple[object, ...]
    is_warned: bool
    goes_on: Frame | None = None


class WalkedSet:
    """A transaction set walked along its guide.

    ``findings`` are what breaks it. ``claims`` are those met, and ``spoiled`` the indexes of those
    that a fault of theirs, or of a level above them, takes out; ``unsound`` are those of them
    whose values cannot be trusted either, so that nothing follows from what they add up to.
    ``proven`` are the loops that were passed over, as nothing is wrong with them; all else is
    ``doubtful``.
    """

    def __init__(self, transaction: Transaction, guide: Guide) -> None:
        self.transaction = transaction
        self.guide = guide
        self.findings: list[Finding] = []
        self.claims: list[Claim] = []
        self.doubtful_claims: list[Claim] = []
        self.proven: list[ProvenLoop] = []
        self._frames: list[Frame | None] = []
        self.spoiled: set[int] = set()
        self.unsound: set[int] = set()
        self.is_unsound = False
        self.at_fault: list[tuple[Frame, bool]] = []
        self.is_full = False

    @property
    def is_complete(self) -> bool:
        """Whether the set has its SE: what is missing at the end of a cut one is not known."""
        return self.transaction.raw[-1][:2] == "SE"

    @property
    def frames(self) -> list[Frame]:
        """The loop that each segment stands in (ST = 1 at index 0)."""
        return [self.frame_at(position) for position in range(1, len(self._frames) + 1)]

    def frame_at(self, position: int) -> Frame:
        """The loop that the segment at a position stands in."""
        frame = self._frames[position - 1]
        if frame is None:
            place = bisect_right(self.proven, position, key=lambda loop: loop.first)
            self._unfold(self.proven[place - 1])
            return self.frame_at(position)
        return frame

    def doubtful(self) -> Iterator[tuple[int, str]]:
        """The segments that were not passed over, each with its position."""
        raws = self.transaction.raw
        for first, last in self.doubtful_ranges():
            yield from enumerate(raws[first - 1 : last], first)

    def doubtful_ranges(self) -> Iterator[tuple[int, int]]:
        """The first and last position of what was not passed over."""
        first = 1
        for loop in self.proven:
            if first < loop.first:
                yield first, loop.first - 1
            first = loop.last + 1
        if first <= len(self._frames):
            yield first, len(self._frames)

    def _unfold(self, loop: ProvenLoop) -> None:
        """Opens the loops of what was passed over, as a walk would have."""
        claims = iter(loop.claims)
        if loop.slot.loop is None:
            return
        frame = outer = Frame(loop.slot.loop, loop.above, loop.slot, loop.first)
        frame.counts[0] = 1
        frame.marks.append((0, loop.first))
        for position in range(loop.first, loop.last + 1):
            slot = loop.slot
            if position > loop.first:
                found = frame.find(*self.head(position))
                frame, slot = found or (frame, slot)
                frame = frame.fill(slot, position) if found else frame
            if slot.loop is not None and frame.loop.is_claim:
                frame.claim = next(claims)
                frame.claim.frame = frame
            self._frames[position - 1] = frame
        if loop.goes_on is not None:
            self._continue(loop, outer, loop.goes_on)

    def _continue(self, loop: ProvenLoop, outer: Frame, goes_on: Frame) -> None:
        """Puts what was passed over into the loop that goes on after it."""
        goes_on.marks[1:1] = outer.marks[1:]
        for place in range(loop.first - 1, loop.last):
            frame = self._frames[place]
            if frame is outer:
                self._frames[place] = goes_on
            elif frame is not None and frame.parent is outer:
                frame.parent = goes_on

    def path(self, position: int) -> str:
        """The loop path and id of the segment at a position, empty where there is none."""
        if not 1 <= position <= len(self._frames):
            return ""
        return f"{self.frame_at(position).path}{shown(self.head(position)[0])}"

    def positions_in(self, frame: Frame) -> Iterator[int]:
        """The positions of the segments that stand in the loop itself, in order."""
        for position in range(frame.position, len(self._frames) + 1):
            within = self.frame_at(position)
            if within is frame:
                yield position
            elif frame not in within.chain:
                return

    def opened(self, frame: Frame) -> Iterator[tuple[Frame, int]]:
        """Each segment below a loop: its own loop, and its position."""
        for position in range(frame.position, len(self._frames) + 1):
            within = self.frame_at(position)
            if within is not frame:
                if frame not in within.chain:
                    return
                yield within, position

    def elements(self, position: int) -> list[str]:
        """The elements of the segment at a position, its id first."""
        return self.transaction.raw[position - 1].split(self.transaction.delimiters.element)

    def head(self, position: int) -> Head:
        """The id and qualifier of the segment at a position."""
        marks = self.transaction.delimiters
        parts = self.transaction.raw[position - 1].split(marks.element, 4)
        number = 3 if parts[0] == "HL" else 1
        key = parts[number] if number < len(parts) else ""
        return parts[0], key.partition(marks.component)[0]

    def note(self, fault: Fault, frame: Frame, name: str, position: int) -> None:
        """A rule broken at a segment of a loop."""
        if len(self.findings) >= MOST_FINDINGS:
            self.is_full = True
            return
        rule, claim = fault.rule, frame.claim
        if rule.severity is Severity.ERROR:
            is_unsound = rule.id.startswith("structure.") or name in _OF_VALUES
            is_unsound = is_unsound or frame.loop.id == "2330B"
            self.at_fault.append((frame, is_unsound))
        is_below_header = frame.path.startswith("2000")
        self.findings.append(
            rule.found(
                fault.message,
                scope=Scope.CLAIM if claim or is_below_header else Scope.TRANSACTION,
                path=f"{frame.path}{name}",
                segment=position,
                element=fault.element,
                claim=claim.id if claim else "",
                claim_index=claim.index if claim else None,
                value=fault.value,
            )
        )

    def spoil_at_fault(self) -> None:
        """Marks the claims that stand in or below a loop at fault."""
        self.is_unsound = any(is_unsound for _, is_unsound in self.at_fault)
        levels: dict[Frame, bool] = {}
        for frame, is_unsound in self.at_fault:
            level = _level(frame)
            if frame.claim is not None:
                self.spoil(frame.claim, is_unsound=is_unsound)
            elif level is not None and not any(f.loop.is_claim for f in frame.chain):
                levels[level] = levels.get(level, False) or is_unsound
        for claim in self.claims:
            for frame in claim.frame.chain if levels else ():
                if frame in levels:
                    self.spoil(claim, is_unsound=levels[frame])

    def spoil_below(self, position: int) -> None:
        """Marks the claims below the level that a segment stands in."""
        if 1 <= position <= len(self._frames):
            level = _level(self.frame_at(position))
            for claim in self.claims:
                if any(frame is level for frame in claim.frame.chain):
                    self.spoiled.add(claim.index)

    def spoil(self, claim: Claim, *, is_unsound: bool) -> None:
        """Takes a claim out."""
        self.spoiled.add(claim.index)
        if is_unsound:
            self.unsound.add(claim.index)
