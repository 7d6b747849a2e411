"""The numbers of hierarchical levels (HL): counted, with the right parent, with children or not."""

from collections.abc import Iterator, Sequence

from services.payer_gateway.x12.checks.loop_frame import Frame

Fault = tuple[str, str]
"""The element and what to do."""


class Levels:
    """The levels met so far in one transaction set."""

    def __init__(self) -> None:
        self._count = 0
        self._last = 0

    @property
    def count(self) -> int:
        """How many levels were met."""
        return self._count

    def pass_over(self, levels: int, above: Frame) -> None:
        """So many levels below one, all as they should be."""
        if levels:
            above.children += 1
            self._count += levels
            self._last = self._count

    def skip(self) -> None:
        """A level whose HL is missing."""
        self._count += 1
        self._last += 1

    def open(self, frame: Frame, hl: Sequence[str], position: int) -> Iterator[Fault]:
        """Notes the level of a frame; gives what is wrong with its number and its parent.

        After a wrong number those that follow may go on from it or be counted, so that one wrong
        number is one fault.
        """
        number, parent, _, child = (*hl[1:5], "", "", "", "")[:4]
        self._count += 1
        if _is_written(number) and number not in {str(self._count), str(self._last + 1)}:
            yield "HL01", f"HL01 counts the levels from 1: write {self._count}"
        above = _above(frame)
        if above is not None:
            above.children += 1
            known = above.level
            if known and _is_written(parent) and parent not in {known[0], known[1]}:
                yield "HL02", f"HL02 names the level above: write {known[0]}"
        is_number = number.isascii() and number.isdigit() and len(number) < 12
        self._last = int(number) if is_number else self._count
        frame.level = (number, str(self._count), child, position)

    @staticmethod
    def close(frame: Frame) -> Iterator[Fault]:
        """What is wrong with HL04 now that all levels below have been met."""
        if frame.level is None:
            return
        child = frame.level[2]
        if child == "0" and frame.children:
            yield "HL04", "levels stand below this one: write 1"
        elif child == "1" and not frame.children:
            yield "HL04", "no level stands below this one: write 0, or add it"


def _is_written(number: str) -> bool:
    """Whether it has the form of a level's number; else its form is at fault, not its value."""
    return 1 <= len(number) <= 12


def _above(frame: Frame) -> Frame | None:
    above = frame.parent
    while above is not None and above.loop.slots[0].segment.id != "HL":
        above = above.parent
    return above
