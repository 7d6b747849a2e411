"""What a segment out of place most likely means: tried out on the segments that follow it."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from services.payer_gateway.x12.checks.loop_frame import Frame, Slot
from services.payer_gateway.x12.guides.dictionary import SEGMENTS

_LOOK_AHEAD = 8

Head = tuple[str, str]
"""A segment's id and qualifier."""


class Meaning(IntEnum):
    """What is wrong; of two that explain what follows equally well the smaller is taken."""

    REPEATED = 1
    WRONG_QUALIFIER_OF_REQUIRED = 2
    OUT_OF_ORDER = 3
    SWAPPED = 4
    OPENING_MISSING = 5
    MISSPELT = 6
    WRONG_QUALIFIER = 7
    OUT_OF_ORDER_AGAIN = 8
    STANDS_FOR = 9
    UNEXPECTED = 10
    STANDS_FOR_ANOTHER = 11


_STAYS = frozenset({Meaning.OUT_OF_ORDER, Meaning.OUT_OF_ORDER_AGAIN, Meaning.UNEXPECTED})


class Reading(NamedTuple):
    """One way to read the segment. ``frame`` and ``slot`` say where it belongs.

    ``opened`` is the slot of the loop whose opening segment is missing.
    """

    meaning: Meaning
    frame: Frame
    slot: Slot | None = None
    opened: Slot | None = None

    @property
    def moves(self) -> bool:
        """Whether what follows is read in another loop, or further on."""
        if self.slot is None or self.meaning in _STAYS:
            return False
        return self.meaning is not Meaning.REPEATED or self.slot.loop is not None

    def apply(self, frame: Frame) -> Frame:
        """The innermost loop after it; ``frame`` is its own, or a copy of that."""
        if self.slot is None:
            return frame
        if self.opened is not None:
            frame = frame.fill(self.opened, 0)
        return frame.fill(self.slot, 0)


def best_reading(
    current: Frame, head: Head, following: Sequence[Head], *, is_known: bool
) -> tuple[Reading, int]:
    """The reading after which most of the following segments are in order, and how many are.

    ``is_known`` says whether the guide has a segment of that id at all. Of readings that explain
    as much, the one that leaves least missing is taken, then the one with the smaller meaning, and
    of those the innermost.
    """
    best, best_score = Reading(Meaning.UNEXPECTED, current), (-1, 0, 0)
    for reading in _readings(current, *head, is_known=is_known):
        score = (*_score(current, reading, following), -int(reading.meaning))
        if score > best_score:
            best, best_score = reading, score
    if is_known and following:
        heads = [following[0], head, *following[1:]]
        matched, lacking = _matched(current.copy(), heads, _LOOK_AHEAD + 1)
        score = (matched - 1, -lacking, -int(Meaning.SWAPPED))
        if matched > 1 and score > best_score:
            best, best_score = Reading(Meaning.SWAPPED, current), score
    return best, best_score[0]


def score_without(within: Frame, frame: Frame, cursor: int, heads: Sequence[Head]) -> int:
    """How many segments are in order where the one before them is taken as out of order.

    ``within`` is the loop then innermost, ``cursor`` the place in ``frame`` before that segment.
    """
    twin = within.copy()
    for original, copied in zip(within.chain, twin.chain, strict=True):
        if original is frame:
            copied.cursor = cursor
    return _matched(twin, heads, _LOOK_AHEAD + 1)[0] - 1


def _is_alike(meant: str, name: str) -> bool:
    """Whether one segment id becomes the other by changing, adding or losing one character."""
    if len(meant) == len(name):
        return sum(a != b for a, b in zip(meant, name, strict=True)) == 1
    longer, shorter = sorted((meant, name), key=len, reverse=True)
    return any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))


def _score(current: Frame, reading: Reading, following: Sequence[Head]) -> tuple[int, int]:
    """How many of the segments that follow are in order after the reading, less what is missing."""
    frame = twin = current.copy()
    lacking = 0
    if reading.moves:
        for original, copied in zip(current.chain, twin.chain, strict=True):
            if original is reading.frame:
                lacking = _lacking(twin, copied)
                frame = reading.apply(copied)
    matched, more = _matched(frame, following)
    return matched, -lacking - more


def _matched(frame: Frame, heads: Sequence[Head], most: int = _LOOK_AHEAD) -> tuple[int, int]:
    """How many segments are in order from here on, and what the loops they end lack.

    ``frame`` is changed.
    """
    matched = lacking = 0
    for name, key in heads[:most]:
        found = frame.find(name, key)
        if found is None:
            break
        within, slot = found
        lacking += _lacking(frame, within)
        frame = within.fill(slot, 0)
        matched += 1
    return matched, lacking


def _lacking(frame: Frame, until: Frame) -> int:
    """How many required segments and loops are missing in the loops within ``until``."""
    count = 0
    for each in frame.chain:
        if each is until:
            break
        count += sum(s.required and not each.counts[s.index] for s in each.loop.required)
    return count


def _readings(current: Frame, name: str, key: str, *, is_known: bool) -> Iterator[Reading]:
    yield Reading(Meaning.UNEXPECTED, current)
    if not is_known:
        for frame in current.chain:
            for slot in frame.loop.slots:
                if slot.ordinal >= frame.cursor and frame.has_room(slot):
                    yield from _instead(frame, slot, name)
        return
    for frame in current.chain:
        for slot in frame.loop.by_id.get(name, ()):
            yield from _in_loop(frame, slot, key)
        for slot in frame.loop.slots:
            if slot.loop is not None and slot.ordinal >= frame.cursor and frame.has_room(slot):
                yield from _unopened(frame, slot, name, key)
        if frame.parent and frame.slot and frame.parent.has_room(frame.slot):
            yield from _unopened(frame.parent, frame.slot, name, key)


def _instead(frame: Frame, slot: Slot, name: str) -> Iterator[Reading]:
    """A segment the guide does not have, as another one misspelt or in its place."""
    if slot.segment.id == "SE":
        return
    is_lacking = slot.required and not frame.counts[slot.index]
    if _is_alike(slot.segment.id, name) and (is_lacking or name not in SEGMENTS):
        yield Reading(Meaning.MISSPELT, frame, slot)
    elif name not in SEGMENTS:
        meaning = Meaning.STANDS_FOR if is_lacking else Meaning.STANDS_FOR_ANOTHER
        yield Reading(meaning, frame, slot)


def _in_loop(frame: Frame, slot: Slot, key: str) -> Iterator[Reading]:
    if not slot.takes(key):
        if slot.ordinal >= frame.cursor and frame.has_room(slot):
            is_lacking = slot.required and not frame.counts[slot.index]
            meaning = Meaning.WRONG_QUALIFIER
            if is_lacking and not slot.loop:
                meaning = Meaning.WRONG_QUALIFIER_OF_REQUIRED
            yield Reading(meaning, frame, slot)
    elif frame.parent is not None and not slot.index:
        return
    elif slot.ordinal >= frame.cursor:
        yield Reading(Meaning.REPEATED, frame, slot)
    else:
        again = not frame.has_room(slot)
        meaning = Meaning.OUT_OF_ORDER_AGAIN if again else Meaning.OUT_OF_ORDER
        yield Reading(meaning, frame, slot)


def _unopened(frame: Frame, opened: Slot, name: str, key: str) -> Iterator[Reading]:
    if opened.loop is None:
        return
    for slot in opened.loop.by_id.get(name, ()):
        if slot.index and slot.takes(key):
            yield Reading(Meaning.OPENING_MISSING, frame, slot, opened)
