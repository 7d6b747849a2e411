"""The loops of a guide made ready to be walked, and the loops open while a file is."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.guides.notation import Guide, Loop, LoopUse, SegmentUse

CLAIM_SEGMENTS = {"CLM": 1, "CLP": 1}
"""Segments that open a claim, with the element that is its number."""
_BELOW = frozenset({"CLM", "HL"})


class Slot:
    """One entry of a loop: a segment, or a loop below it with the segment that opens it.

    Entries of one segment id that follow one another have one ``ordinal``: among themselves they
    stand in any order, as they share their position in the standard.
    """

    __slots__ = ("index", "is_wanted", "key", "loop", "most", "ordinal", "required", "segment")

    def __init__(self, entry: SegmentUse | LoopUse, index: int, ordinal: int) -> None:
        self.index = index
        self.ordinal = ordinal
        self.required = entry.required
        self.most = entry.most
        self.loop: WalkLoop | None = None
        if isinstance(entry, LoopUse):
            self.loop = walk_loop(entry.loop)
        self.segment: SegmentUse = _opening(entry)
        self.key = self.segment.key
        self.is_wanted = isinstance(entry, SegmentUse) and entry.wanted

    @property
    def name(self) -> str:
        """How people call the segment: its id, with the qualifier where it has one or two."""
        if 1 <= len(self.key) <= 2:
            return f"{self.segment.id}*{'/'.join(sorted(self.key))}"
        return self.segment.id

    def takes(self, key: str) -> bool:
        """Whether a segment of its id with this qualifier is meant."""
        return not self.key or key in self.key


def _opening(entry: SegmentUse | LoopUse) -> SegmentUse:
    """The segment itself, or the one that opens the loop."""
    while isinstance(entry, LoopUse):
        entry = entry.loop.entries[0]
    return entry


class WalkLoop:
    """A loop as the walk needs it: its slots, all of them and by segment id."""

    __slots__ = ("by_id", "id", "is_claim", "required", "slots")

    def __init__(self, loop: Loop) -> None:
        self.id = loop.id
        self.slots: list[Slot] = []
        self.by_id: dict[str, list[Slot]] = {}
        ordinal, last = 0, ("", False)
        for index, entry in enumerate(loop.entries):
            slot = Slot(entry, index, ordinal)
            this = (slot.segment.id, slot.loop is None)
            if index and this != last:
                ordinal += 1
                slot.ordinal = ordinal
            last = this
            self.slots.append(slot)
            self.by_id.setdefault(slot.segment.id, []).append(slot)
        self.required = [s for s in self.slots if s.required or s.is_wanted]
        opening = loop.entries[0]
        is_trace = loop.id in {"2200D", "2200E"}
        self.is_claim = isinstance(opening, SegmentUse) and (
            opening.id in CLAIM_SEGMENTS or is_trace
        )


@cache
def walk_loop(loop: Loop) -> WalkLoop:
    """The loop made ready; loops that stand below several parents are one."""
    return WalkLoop(loop)


def walk_guide(guide: Guide) -> WalkLoop:
    """The outermost loop of a guide."""
    return walk_loop(guide.root)


class Claim:
    """A claim met in a transaction set: its number, its place, its segments, its loop."""

    __slots__ = ("first", "frame", "id", "index", "last")

    def __init__(
        self, claim_id: str, index: int, first: int, frame: "Frame", last: int = 0
    ) -> None:
        self.id = claim_id
        self.index = index
        self.first = first
        self.last = last or first
        self.frame = frame


class Frame:
    """A loop open at one moment. ``cursor`` is the ordinal of what came last in it.

    ``marks`` are what came in it, each as the index of its slot and its position.
    """

    __slots__ = (
        "children",
        "claim",
        "counts",
        "cursor",
        "level",
        "loop",
        "marks",
        "parent",
        "path",
        "position",
        "slot",
    )

    def __init__(
        self, loop: WalkLoop, parent: "Frame | None", slot: Slot | None, position: int
    ) -> None:
        self.loop = loop
        self.parent = parent
        self.slot = slot
        self.position = position
        self.cursor = 0
        self.counts = [0] * len(loop.slots)
        self.marks: list[tuple[int, int]] = []
        self.path: str = f"{parent.path}{loop.id}/" if parent else ""
        self.claim: Claim | None = parent.claim if parent else None
        self.level: tuple[str, str, str, int] | None = None
        self.children = 0

    @property
    def chain(self) -> Iterator["Frame"]:
        """This loop and those it stands in, from within."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    def has_room(self, slot: Slot) -> bool:
        """Whether the slot may be filled once more."""
        return slot.most is None or self.counts[slot.index] < slot.most

    def place_of(self, slot: Slot, otherwise: int) -> int:
        """Where a segment that is missing should stand: before the first that comes after it."""
        return next((at for index, at in self.marks if index > slot.index), otherwise)

    @property
    def is_bare(self) -> bool:
        """Whether the loop holds but its opening segment and needs more."""
        return sum(self.counts) == 1 and not self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether the loop lacks nothing that its guide requires or wants, if it ends here."""
        counts = self.counts
        if "LS" in self.loop.by_id or any(not counts[s.index] for s in self.loop.required):
            return False
        return not self.is_childless

    @property
    def is_headed(self) -> bool:
        """Whether the loop lacks nothing but levels below it, if those come next."""
        required = self.loop.required
        return all(self.counts[s.index] or s.segment.id == "HL" for s in required)

    @property
    def is_childless(self) -> bool:
        """Whether neither a claim nor a patient stands below this subscriber (837 2000B)."""
        slots = self.loop.slots
        if self.loop.id != "2000B" or "2300" not in {s.loop.id for s in slots if s.loop}:
            return False
        return not any(self.counts[s.index] for s in slots if s.loop and s.segment.id in _BELOW)

    def copy(self) -> "Frame":
        """The same state, with the loops it stands in copied too."""
        twin = Frame.__new__(Frame)
        twin.loop, twin.slot, twin.position = self.loop, self.slot, self.position
        twin.parent = self.parent.copy() if self.parent else None
        twin.cursor, twin.counts = self.cursor, self.counts.copy()
        twin.marks, twin.path, twin.claim = [], self.path, self.claim
        twin.level, twin.children = None, 0
        return twin

    def find(self, name: str, key: str) -> "tuple[Frame, Slot] | None":
        """Where a segment comes next in order, from within outwards."""
        frame: Frame | None = self
        while frame is not None:
            slots = frame.loop.by_id.get(name)
            if slots is not None:
                cursor, counts = frame.cursor, frame.counts
                for slot in slots:
                    if slot.ordinal < cursor or (slot.key and key not in slot.key):
                        continue
                    if slot.most is None or counts[slot.index] < slot.most:
                        return frame, slot
            frame = frame.parent
        return None

    def fill(self, slot: Slot, position: int) -> "Frame":
        """Puts a segment into the slot; the loop then innermost, opened where the slot is one."""
        self.cursor = slot.ordinal
        self.counts[slot.index] += 1
        self.marks.append((slot.index, position))
        if slot.loop is None:
            return self
        inner = Frame(slot.loop, self, slot, position)
        inner.counts[0] = 1
        inner.marks.append((0, position))
        return inner


class Place(NamedTuple):
    """A segment of a loop, and the element of it that is meant."""

    frame: Frame
    name: str
    position: int
    element: str = ""

    def found(self, rule: Rule, message: str, claim: Claim | None = None) -> Finding:
        """The rule broken here, by the claim given or the one that the loop belongs to."""
        claim = claim or self.frame.claim
        return rule.found(
            message,
            path=f"{self.frame.path}{self.name}",
            segment=self.position,
            element=self.element,
            claim=claim.id if claim else "",
            claim_index=claim.index if claim else None,
        )
