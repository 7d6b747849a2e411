"""Proves of the loops of a set, one by one, that nothing is wrong with them.

Each kind of set is proven by the loop of which it has most: an 837 by the subscriber with all its
claims, an 835 by the claim. A proof reads the segments once, mostly by texts met before
(``loop_states``), and gives up at the first doubt: the loop is then walked and checked as if nobody
had tried.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from services.payer_gateway.x12.checks.claim_tally import LoopTally
from services.payer_gateway.x12.checks.loop_frame import Frame, Slot
from services.payer_gateway.x12.checks.loop_states import LoopStates, MakeFact, State, split_head
from services.payer_gateway.x12.checks.proof import HeadProof, Proof
from services.payer_gateway.x12.checks.segment_check import check_of
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Severity
from services.payer_gateway.x12.segments import at

_Tally = TypeVar("_Tally", bound=LoopTally)

_MOST_IN_VAIN = 64
_ONE_OF = 8
_WITHOUT_LOOP = frozenset({"PLB", "SE"})
"""What may follow after all loops of an 835 or 837."""


class ReadLoop(NamedTuple):
    """A loop with which nothing is wrong by itself: what ``Proof`` says of it, and the latest of
    the days in it that must have passed.
    """

    last: int
    levels: int
    claims: Sequence[tuple[str, int, int]]
    keys: Sequence[object]
    latest: date


class LoopKnowledge(Generic[_Tally]):
    """What is known of one kind of loop under one set of delimiters, whatever the file.

    ``ends`` are the segments that may follow after such a loop: their ids, or id and qualifier.
    ``is_head`` says that the levels below the loop, which it may require, are not read with it.
    """

    def __init__(
        self,
        slot: Slot,
        marks: Delimiters,
        facts: dict[tuple[str, str], MakeFact[_Tally]],
        ends: frozenset[str | tuple[str, str]],
        *,
        is_head: bool = False,
    ) -> None:
        self.slot = slot
        self.is_head = is_head
        self.marks = marks
        self.facts = facts
        self.ends = ends
        self.states = LoopStates(slot, marks, facts)
        self.opening = check_of(slot.segment, marks)

    def tallied(
        self, raws: Sequence[str], position: int, tally: _Tally
    ) -> tuple[int, State[_Tally]] | None:
        """Reads the loop at a position into the tally; its last position and state if all is well.

        The segment that opens the loop is its opening by id and qualifier.
        """
        marks, opening = self.marks, raws[position - 1]
        if self.opening.faults(opening):
            return None
        tally.position = position
        head = split_head(opening, marks)
        loop = self.slot.loop
        facts = self.facts
        make = facts.get((loop.id if loop else "", head.name)) or facts.get(("", head.name))
        fact = make(head.elements, marks) if make else None
        if fact is not None:
            fact(tally)
        states = self.states
        state = states.first
        for number in range(position, len(raws)):
            raw = raws[number]
            step = state.texts.get(raw)
            if step is None:
                if not self.is_head or not self._is_end(raw):
                    step = states.meet(state, raw)
                if step is None:
                    is_whole = state.is_headed if self.is_head else state.is_whole
                    if not is_whole or not self._is_end(raw):
                        return None
                    if not self.is_left(raws, number):
                        return None
                    tally.position = number + 1
                    tally.end()
                    return (number, state) if tally.is_sound else None
            state, fact = step
            if fact is not None:
                tally.position = number + 1
                fact(tally)
        return None

    def _is_end(self, raw: str) -> bool:
        """Whether the segment may follow after such a loop."""
        head = split_head(raw, self.marks)
        return not self.ends.isdisjoint((head.name, head[:2]))

    def read(self, raws: Sequence[str], position: int, tally: _Tally) -> ReadLoop | None:
        """``tallied``, as what is known then; None where something may be wrong with the loop."""
        found = self.tallied(raws, position, tally)
        if found is None:
            return None
        return ReadLoop(found[0], tally.levels, tally.claims, tally.keys, tally.latest)

    def is_left(self, raws: Sequence[str], place: int) -> bool:
        """Whether the segment after the loop does not rather stand in the midst of it.

        One that opens a loop itself does not; another one does not if it goes on as it should.
        """
        mark = self.marks.element
        if raws[place].partition(mark)[0] not in _WITHOUT_LOOP or place + 1 == len(raws):
            return True
        return raws[place + 1].partition(mark)[0] in _WITHOUT_LOOP


class LoopProver(ABC, Generic[_Tally]):
    """Proves loops of one transaction set. ``limit`` is the last day that may be past in it.

    ``head`` is the level above them, proven as far as it stands before them.
    """

    def __init__(
        self,
        knowledge: LoopKnowledge[_Tally],
        limit: date | None,
        head: LoopKnowledge[LoopTally] | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.slot = knowledge.slot
        self.limit = limit
        self.head = head
        self.head_slot = head.slot if head else None
        self._tried = 0
        self._vain = 0

    @abstractmethod
    def tally(self, levels: int, above: Frame) -> _Tally | None:
        """An empty tally for a loop after so many levels below another one; None where that is
        in doubt itself.
        """

    @abstractmethod
    def above(self, raws: Sequence[str], above: Frame) -> Severity | None:
        """The gravest fault of values above the loop that is to be said in it."""

    def prove(self, raws: Sequence[str], position: int, above: Frame, levels: int) -> Proof | None:
        """The proof for the loop at a position; None where something may be wrong with it.

        Where most of them were in vain only a few more are tried.
        """
        self._tried += 1
        if self._vain > _MOST_IN_VAIN and self._tried % _ONE_OF:
            return None
        proof = self._proof(raws, position, above, levels)
        self._vain = self._vain + 1 if proof is None else max(self._vain - _ONE_OF, 0)
        return proof

    def _proof(self, raws: Sequence[str], position: int, above: Frame, levels: int) -> Proof | None:
        read = self.read(raws, position, above, levels)
        if read is None or (self.limit is not None and read.latest > self.limit):
            return None
        gravest = self.above(raws, above)
        if gravest is Severity.ERROR:
            return None
        return Proof(read.last, read.levels, read.claims, tuple(read.keys), gravest is not None)

    def read(
        self, raws: Sequence[str], position: int, above: Frame, levels: int
    ) -> ReadLoop | None:
        """The loop as it is proven by itself; None where something may be wrong with it."""
        tally = self.tally(levels, above)
        if tally is None:
            return None
        return self.knowledge.read(raws, position, tally)

    def prove_head(self, raws: Sequence[str], position: int, levels: int) -> HeadProof | None:
        """The proof for the level above, which opens at the position after so many levels."""
        if self.head is None:
            return None
        read = self.head.tallied(raws, position, LoopTally())
        if (
            read is None
            or at(raws[position - 1].split(self.head.marks.element), 1) != f"{levels + 1}"
        ):
            return None
        last, state = read
        outermost = deque(state.frame.chain, maxlen=1)[0]
        return HeadProof(last, outermost.cursor, outermost.counts)
