"""States of the walk through one kind of loop, each made when it is first met and kept.

The claims of a file are nearly always in order, and many of their segments are the same ones again.
So what the walk makes of a segment in a state is kept by the segment's text: where it leads, and
what it adds to what is known of its claim. A segment that is at fault leads nowhere.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from services.payer_gateway.x12.checks.loop_frame import Frame, Slot, WalkLoop
from services.payer_gateway.x12.checks.segment_check import SegmentCheck, check_of
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import Segment

_MOST_STATES = 4096
_MOST_TEXTS = 30_000
_TEXTS_OF_EDGE = 1024
"""Texts kept of one segment in one state: of those that are never the same no more than these."""
_MANY = 50
"""Loops that may come so often are not told apart by their number: the tally counts them."""

_Tally = TypeVar("_Tally")

Fact: TypeAlias = Callable[[_Tally], None]
"""Adds what a segment says to the tally of its loop."""

MakeFact: TypeAlias = Callable[[Segment, Delimiters], Fact[_Tally] | None]
"""What the elements of a segment add; None where that is nothing."""


class _Edge(Generic[_Tally]):
    """Where a segment id and qualifier lead from a state."""

    __slots__ = ("check", "kept", "make", "state")

    def __init__(
        self,
        state: "State[_Tally]",
        check: SegmentCheck,
        make: MakeFact[_Tally] | None,
    ) -> None:
        self.state = state
        self.check = check
        self.make = make
        self.kept = 0


class State(Generic[_Tally]):
    """What is open after some segments. ``texts`` are the segments met in it, and what they add.

    ``is_whole`` says that all loops open lack nothing if they end here, ``is_headed`` that the
    outermost may lack the levels below it.
    """

    __slots__ = ("edges", "frame", "is_headed", "is_whole", "texts")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        *inner, outermost = frame.chain
        is_whole_within = all(each.is_whole for each in inner)
        self.is_whole = is_whole_within and outermost.is_whole
        self.is_headed = is_whole_within and outermost.is_headed
        self.texts: dict[str, tuple[State[_Tally], Fact[_Tally] | None]] = {}
        self.edges: dict[tuple[str, str], _Edge[_Tally] | None] = {}


class Head(NamedTuple):
    """A segment split: its id, its qualifier, its elements."""

    name: str
    key: str
    elements: list[str]


def split_head(raw: str, marks: Delimiters) -> Head:
    """The id and qualifier of a segment, as the walk tells segments apart by them."""
    elements = raw.split(marks.element)
    return Head(elements[0], _qualifier(elements, marks), elements)


def _qualifier(elements: Segment, marks: Delimiters) -> str:
    number = 3 if elements[0] == "HL" else 1
    key = elements[number] if number < len(elements) else ""
    return key.partition(marks.component)[0] if marks.component in key else key


class LoopStates(Generic[_Tally]):
    """The states of one loop under one set of delimiters.

    ``facts`` give what a segment adds, by the id of its loop and its own id, or by its own alone.
    """

    def __init__(
        self,
        slot: Slot,
        marks: Delimiters,
        facts: dict[tuple[str, str], MakeFact[_Tally]],
    ) -> None:
        if slot.loop is None:
            raise ValueError("a loop has states, a segment has none")
        self._slot = slot
        self._marks = marks
        self._facts = facts
        self._keys = _keys_of(slot.loop)
        self._states: dict[tuple[object, ...], State[_Tally]] = {}
        self._kept = 0
        frame = Frame(slot.loop, None, slot, 1)
        frame.counts[0] = 1
        self._first = self._state(frame)

    @property
    def first(self) -> State[_Tally]:
        """The state after the segment that opens the loop."""
        if self._kept >= _MOST_TEXTS or len(self._states) >= _MOST_STATES:
            self._forget()
        return self._first

    def _forget(self) -> None:
        """Begins anew, so that what is kept has a bound."""
        first = self._first.frame
        self._states = {}
        self._kept = 0
        self._first = self._state(first)

    def meet(
        self, state: State[_Tally], raw: str
    ) -> tuple[State[_Tally], Fact[_Tally] | None] | None:
        """Where a segment leads that the state has not kept; None where it is at fault."""
        elements = raw.split(self._marks.element)
        name, key = elements[0], ""
        keys = self._keys.get(name)
        if keys:
            key = _qualifier(elements, self._marks)
            if key not in keys:
                key = ""
        place = (name, key)
        try:
            edge = state.edges[place]
        except KeyError:
            edge = state.edges[place] = self._edge(state, *place)
        if edge is None or edge.check.faults(raw, elements):
            return None
        fact = edge.make(elements, self._marks) if edge.make else None
        step = (edge.state, fact)
        if edge.kept < _TEXTS_OF_EDGE:
            edge.kept += 1
            self._kept += 1
            state.texts[raw] = step
        return step

    def _edge(self, state: State[_Tally], name: str, key: str) -> _Edge[_Tally] | None:
        frame = state.frame.copy()
        found = frame.find(name, key)
        if found is None:
            return None
        within, slot = found
        if frame.is_bare and name == frame.loop.slots[0].segment.id:
            return None
        for each in frame.chain:
            if each is within:
                break
            if not each.is_whole:
                return None
        inner = within.fill(slot, 0)
        check = check_of(slot.segment, self._marks)
        facts = self._facts
        make = facts.get((inner.loop.id, name)) or facts.get(("", name))
        return _Edge(self._state(inner), check, make)

    def _state(self, frame: Frame) -> State[_Tally]:
        key = tuple(part for each in frame.chain for part in _key(each))
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = State(frame)
        return state


def _keys_of(outermost: WalkLoop) -> dict[str, set[str]]:
    """The qualifiers, by segment id, that tell segments of the loop and of those in it apart."""
    keys: dict[str, set[str]] = {}
    loops, seen = [outermost], {outermost}
    for loop in loops:
        for slot in loop.slots:
            keys.setdefault(slot.segment.id, set()).update(slot.key)
            if slot.loop is not None and slot.loop not in seen:
                seen.add(slot.loop)
                loops.append(slot.loop)
    return keys


def _key(frame: Frame) -> tuple[object, ...]:
    """What tells states apart: the loop, how far it has come, and what may not come again."""
    counts = tuple(
        min(count, 1) if slot.most is None or (slot.loop and slot.most >= _MANY) else count
        for slot, count in zip(frame.loop.slots, frame.counts, strict=True)
    )
    return id(frame.loop), frame.cursor, counts
