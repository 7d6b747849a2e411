"""The hierarchical levels (HL) of 270, 271, 276, 277 and 278: read into a tree, and numbered.

Whatever is wrong with the numbering is said, and the level goes below the last one that may hold
it; only a level that nothing may hold is left out, and that is an error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.segments import Element, Segment, at

LEVEL = error("hierarchy.level", 2, Scope.TRANSACTION, "HL01 to HL03; X12.6 hierarchical levels")
ORPHAN = error("hierarchy.orphan", 2, Scope.TRANSACTION, "HL02 names a level that may hold this")
CHILDREN = warning("hierarchy.child-code", 2, Scope.TRANSACTION, "HL04")
EMPTY = error("hierarchy.empty", 2, Scope.TRANSACTION, "a transaction set needs a level")


@dataclass(slots=True)
class Level:
    """One HL with its segments up to the next HL, and the levels below it.

    ``kind`` is HL03, ``position`` that of the HL in its transaction set (ST = 1), ``path`` the
    loop path of the level, such as ``2000A/2000B``.
    """

    kind: str
    number: str
    position: int
    path: str
    segments: Sequence[Segment]
    children: list["Level"] = field(default_factory=list)

    def below(self, kind: str) -> list["Level"]:
        """The levels of that kind directly below."""
        return [child for child in self.children if child.kind == kind]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Which kinds of level a guide has: for each HL03 its loop and what may hold it.

    ``levels`` maps HL03 to the loop id and the kinds above; an empty tuple is a root.
    """

    levels: Mapping[str, tuple[str, tuple[str, ...]]]

    def read(
        self, transaction: Transaction, findings: list[Finding]
    ) -> tuple[list[Segment], list[Level]]:
        """The segments between ST and the first HL, and the root levels. Never raises."""
        segments = transaction.segments
        if segments[-1][0] == "SE":
            segments.pop()
        heads = [number for number, segment in enumerate(segments) if segment[0] == "HL"]
        tree = _Tree(self.levels, findings)
        for count, start in enumerate(heads, 1):
            end = heads[count] if count < len(heads) else len(segments)
            tree.add(segments[start:end], start + 1, count)
        tree.close()
        if not heads:
            message = "the set has no level (HL): ask for the file again"
            findings.append(EMPTY.found(message, path="HL", segment=min(2, len(segments))))
        return segments[1 : heads[0]] if heads else segments[1:], tree.roots


class _Tree:
    def __init__(
        self, levels: Mapping[str, tuple[str, tuple[str, ...]]], findings: list[Finding]
    ) -> None:
        self.levels = levels
        self.findings = findings
        self.roots: list[Level] = []
        self.known: dict[str, Level] = {}
        self.latest: dict[str, Level] = {}

    def add(self, segments: Sequence[Segment], position: int, count: int) -> None:
        hl = segments[0]
        number, parent, kind = at(hl, 1), at(hl, 2), at(hl, 3)
        if number != str(count):
            self._note(f"HL01 must count the levels from 1: {count} here", position, "HL01")
        if kind not in self.levels:
            kinds = ", ".join(self.levels)
            self._note(f"HL03 must be one of {kinds}", position, "HL03")
            return
        loop, holders = self.levels[kind]
        level = Level(kind, number, position, loop, segments)
        if not holders:
            if parent:
                self._note("the highest level has no parent: leave HL02 out", position, "HL02")
            self.roots.append(level)
        else:
            holder = self._holder(parent, holders, position)
            if holder is None:
                message = "the level stands below none that may hold it, and was not read"
                self.findings.append(
                    ORPHAN.found(message, path=f"{loop}/HL", segment=position, element="HL02")
                )
                return
            level.path = f"{holder.path}/{loop}"
            holder.children.append(level)
        self.known[number] = level
        self.latest[kind] = level

    def _holder(self, parent: str, holders: tuple[str, ...], position: int) -> Level | None:
        named = self.known.get(parent)
        if named is not None and named.kind in holders:
            return named
        before = [self.latest[kind] for kind in holders if kind in self.latest]
        if before:
            message = "HL02 must name a level above that may hold this one; the last is taken"
            self._note(message, position, "HL02")
        return max(before, key=lambda level: level.position, default=None)

    def close(self) -> None:
        for level in self.known.values():
            code = at(level.segments[0], 4)
            if code and code not in {"0", "1"}:
                self._note("HL04 must be 0 or 1", level.position, "HL04")
            elif code and (code == "1") != bool(level.children):
                message = "HL04 must say whether levels stand below: 1 where they do, else 0"
                self.findings.append(
                    CHILDREN.found(
                        message, path=f"{level.path}/HL", segment=level.position, element="HL04"
                    )
                )

    def _note(self, message: str, position: int, element: str) -> None:
        self.findings.append(LEVEL.found(message, path="HL", segment=position, element=element))


class Levels:
    """Numbers the levels of a set that is written."""

    def __init__(self) -> None:
        self.count = 0

    def open(self, parent: str, kind: str, *, has_children: bool | None) -> tuple[Element, ...]:
        """The HL segment of the next level; its number is ``str(count)`` then.

        ``has_children`` is None where the guide does not use HL04.
        """
        self.count += 1
        child = "" if has_children is None else str(int(has_children))
        return ("HL", str(self.count), parent, kind, child)
