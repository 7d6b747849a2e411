"""Walks a transaction set along its guide: segments, their order, loops, levels and elements."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from services.payer_gateway.x12.checks import hierarchy, rules
from services.payer_gateway.x12.checks.loop_frame import Claim, Frame, Slot, walk_guide
from services.payer_gateway.x12.checks.proof import Prover
from services.payer_gateway.x12.checks.recovery import (
    Head,
    Meaning,
    Reading,
    best_reading,
    score_without,
)
from services.payer_gateway.x12.checks.segment_check import SegmentCheck, check_of
from services.payer_gateway.x12.checks.segment_codes import Fault
from services.payer_gateway.x12.checks.walked_set import (
    MOST_FINDINGS,
    ProvenLoop,
    WalkedSet,
    shown,
)
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.guides.dictionary import SEGMENTS
from services.payer_gateway.x12.guides.notation import Guide
from services.payer_gateway.x12.segments import at

_LOOK_AHEAD = 8
_FEW = 45
_NEAR = 60
"""How far from its place a segment is still known as the one that is missing there."""
_OF_LEVELS = frozenset({rules.HIERARCHY.id, rules.CHILDREN.id})


class _Last(NamedTuple):
    """The segment put last, and what was before it: its loop's cursor and the loop then innermost.

    ``told`` are the numbers of findings before and after loops were ended for it.
    """

    position: int
    frame: Frame
    slot: Slot
    cursor: int
    before: Frame
    told: tuple[int, int]


class Structure(WalkedSet):
    """The walk: each segment is put where the guide has it, or where it was most likely meant."""

    def __init__(
        self, transaction: Transaction, guide: Guide, prover: Prover | None = None
    ) -> None:
        super().__init__(transaction, guide)
        self._prover = prover
        self._current = Frame(walk_guide(guide), None, None, 1)
        self._levels = hierarchy.Levels()
        self._checks: dict[Slot, SegmentCheck] = {}
        self._early: tuple[int, Head] | None = None
        self._strays: list[tuple[int, Head]] = []
        self._gaps: list[tuple[int, Slot]] = []
        self._empty: list[tuple[int, Head]] = []
        self._last: _Last | None = None
        self._walk()

    def _walk(self) -> None:
        raws = self.transaction.raw
        marks = self.transaction.delimiters
        separator, inner = marks.element, marks.component
        before, checks, prover = "", self._checks, self._prover
        position, count = 0, len(raws)
        while position < count:
            raw = raws[position]
            position += 1
            if raw == before and self._is_doubled(position):
                continue
            before = raw
            parts = raw.split(separator, 4)
            name = parts[0]
            number = 3 if name == "HL" else 1
            key = parts[number] if number < len(parts) else ""
            if inner in key:
                key = key.partition(inner)[0]
            found = self._current.find(name, key)
            if found is None:
                self._misplaced(position, (name, key))
                continue
            frame, slot = found
            is_known = prover and (slot is prover.slot or slot is prover.head_slot)
            if is_known and (last := self._pass_over(frame, slot, position, parts)):
                position, before = last, raws[last - 1]
                continue
            self._put(frame, slot, position, parts)
            check = checks.get(slot)
            if check is None:
                check = checks[slot] = check_of(slot.segment, marks)
            faults = check.faults(raw)
            if faults:
                self._elements(position, faults)
            if self._early is not None:
                self._settle()
        if self.is_complete:
            self._close(None, len(raws))
        elif self._current.claim is not None:
            self.spoil(self._current.claim, is_unsound=True)
        self._pair()
        self.spoil_at_fault()
        if self.is_full:
            message = f"more than {MOST_FINDINGS} faults are in this set: mend these first"
            self.findings.append(rules.MORE.found(message, path="ST", segment=1))

    def _pass_over(self, frame: Frame, slot: Slot, position: int, parts: Sequence[str]) -> int:
        """Takes a loop, or what a level has before those below it, as it is where nothing is wrong
        with it; its last position, or 0.
        """
        prover = self._prover
        if prover is None or self._early is not None:
            return 0
        if slot is prover.head_slot:
            last = self._pass_over_head(prover, frame, position, parts)
        else:
            last = self._pass_over_loop(prover, frame, position)
        self._frames += [None] * (last - position + 1)
        return last

    def _pass_over_loop(self, prover: Prover, frame: Frame, position: int) -> int:
        raws, slot = self.transaction.raw, prover.slot
        proof = prover.prove(raws, position, frame, self._levels.count)
        if proof is None:
            return 0
        self._close(frame, position)
        frame.cursor = slot.ordinal
        frame.counts[slot.index] += 1
        frame.marks.append((slot.index, position))
        self._levels.pass_over(proof.levels, frame)
        first = len(self.claims)
        self.claims += [
            Claim(claim_id, first + number, begin, frame, end)
            for number, (claim_id, begin, end) in enumerate(proof.claims)
        ]
        claims, last = tuple(self.claims[first:]), proof.last
        self.proven.append(
            ProvenLoop(position, last, frame, slot, claims, proof.keys, proof.is_warned)
        )
        self._current, self._last = frame, None
        return last

    def _pass_over_head(
        self, prover: Prover, frame: Frame, position: int, parts: Sequence[str]
    ) -> int:
        proof = prover.prove_head(self.transaction.raw, position, self._levels.count)
        if proof is None or prover.head_slot is None:
            return 0
        self._close(frame, position)
        slot, last = prover.head_slot, proof.last
        inner = frame.fill(slot, position)
        inner.cursor, inner.counts = proof.cursor, list(proof.counts)
        self._opened(inner, position, parts)
        self.proven.append(ProvenLoop(position, last, frame, slot, (), (), False, inner))
        self._current, self._last = inner, None
        return last

    def _is_doubled(self, position: int) -> bool:
        """Whether the segment opens again, word for word, a loop that has not been filled yet."""
        frame = self._current
        is_bare = frame.position == position - 1 and frame.slot is not None
        if not is_bare or not any(
            s.required and not frame.counts[s.index] for s in frame.loop.slots
        ):
            return False
        self._stray(frame)
        name = self.head(position)[0]
        message = f"{name} stands here a second time: take it out"
        self.note(Fault(rules.REPEATED, "", message), frame, name, position)
        return True

    def _put(self, frame: Frame, slot: Slot, position: int, parts: Sequence[str]) -> None:
        before, told = self._current, len(self.findings)
        self._close(frame, position)
        self._last = None
        if slot.loop is None:
            ends = (told, len(self.findings))
            self._last = _Last(position, frame, slot, frame.cursor, before, ends)
        inner = frame.fill(slot, position)
        if slot.loop is not None:
            self._opened(inner, position, parts)
        if inner.claim is not None:
            inner.claim.last = max(position, inner.claim.last)
        self._current = inner
        if position <= len(self._frames):
            self._frames[position - 1] = inner
        else:
            self._frames.append(inner)

    def _settle(self) -> None:
        """Puts a segment that stood one too early, now that the one after it has been put."""
        if self._early is None:
            return
        (position, head), self._early = self._early, None
        found = self._current.find(*head)
        if found is None:
            return
        raw, marks = self.transaction.raw[position - 1], self.transaction.delimiters
        self._put(*found, position, raw.split(marks.element, 4))
        message = f"{found[1].name} is out of order: move it behind the next segment"
        self.note(Fault(rules.ORDER, "", message), self._current, head[0], position)
        self._elements(position, check_of(found[1].segment, marks).faults(raw))

    def _pair(self) -> None:
        """Makes one fault of a segment that is missing here and stands there."""
        strays = [each for each in self._strays if each[0] < len(self.findings)]
        empty = [each for each in self._empty if each[0] < len(self.findings)]
        for index, slot in self._gaps:
            if index >= len(self.findings):
                break
            gap = self.findings[index]
            at = self._nearest(strays, gap, slot, _NEAR)
            if at < 0:
                at = self._nearest(empty, gap, slot, len(self._frames))
            if at < 0:
                continue
            strays = [each for each in strays if each[0] != at]
            empty = [each for each in empty if each[0] != at]
            self.findings[at] = replace(
                self.findings[at],
                rule=rules.ORDER.id,
                snip_level=rules.ORDER.snip_level,
                path=gap.path,
                message=f"{slot.name} is out of order: its place is at segment {gap.segment}",
            )
            self.findings[index] = replace(gap, rule="")
        self.findings = [finding for finding in self.findings if finding.rule]

    def _nearest(
        self, strays: Sequence[tuple[int, Head]], gap: Finding, slot: Slot, most: int
    ) -> int:
        """The finding about a segment that would fill a gap, -1 where none is near enough."""
        near = [
            (abs(self.findings[at].segment - gap.segment), at)
            for at, (name, key) in strays
            if name == slot.segment.id and slot.takes(key)
        ]
        distance, at = min(near, default=(most + 1, -1))
        return at if distance <= most else -1

    def _opened(self, frame: Frame, position: int, parts: Sequence[str]) -> None:
        if frame.loop.is_claim:
            number = 2 if parts[0] == "TRN" else 1
            claim_id = parts[number] if number < len(parts) else ""
            frame.claim = Claim(claim_id, len(self.claims), position, frame)
            self.claims.append(frame.claim)
            self.doubtful_claims.append(frame.claim)
        if parts[0] == "HL":
            hl = self.elements(position)
            for element, message in self._levels.open(frame, hl, position):
                self.note(Fault(rules.HIERARCHY, element, message), frame, "HL", position)

    def _close(self, until: Frame | None, position: int) -> None:
        """Ends the loops within ``until``, or all; says what they lack."""
        frame: Frame | None = self._current
        while frame is not None and frame is not until:
            self._lacks(frame, position)
            frame = frame.parent

    def _is_empty(self, frame: Frame) -> bool:
        """Whether a loop holds but its opening segment and needs more, which is then said."""
        if frame.slot is None or len(frame.marks) > 1:
            return False
        lacking = [s for s in frame.loop.required if s.required and not frame.counts[s.index]]
        if len(lacking) < 2:
            return False
        at = frame.position
        self.findings = [
            replace(f, rule="") if f.segment == at and f.rule in _OF_LEVELS else f
            for f in self.findings
        ]
        self._empty.append((len(self.findings), self.head(at)))
        needs = ", ".join(slot.name for slot in lacking)
        message = f"the loop holds nothing: add {needs}, or take this segment out"
        self.note(Fault(rules.EMPTY, "", message), frame, frame.slot.segment.id, at)
        return True

    def _lacks(self, frame: Frame, position: int) -> None:
        if self._is_empty(frame):
            return
        for slot in frame.loop.required:
            if not frame.counts[slot.index]:
                self._missing(frame, slot, position)
        self._brackets(frame, position)
        if frame.level is not None:
            for element, message in self._levels.close(frame):
                self.note(Fault(rules.CHILDREN, element, message), frame, "HL", frame.level[3])
        if frame.is_childless:
            message = "neither a claim nor a patient stands below this subscriber"
            self.note(Fault(rules.MISSING_LOOP, "", message), frame, "2300/CLM", position)

    def _brackets(self, frame: Frame, position: int) -> None:
        """LS and LE stand around the loops between them, or both are left out with those."""
        if "LS" not in frame.loop.by_id:
            return
        (start,), (end,) = frame.loop.by_id["LS"], frame.loop.by_id["LE"]
        within = frame.loop.slots[start.index + 1 : end.index]
        if frame.counts[start.index] or any(frame.counts[slot.index] for slot in within):
            for slot in (start, end):
                if not frame.counts[slot.index]:
                    self._missing(frame, slot, position)

    def _missing(self, frame: Frame, slot: Slot, position: int) -> None:
        place = frame.place_of(slot, position)
        where = f"{slot.loop.id}/{slot.segment.id}" if slot.loop else slot.segment.id
        rule = rules.MISSING_LOOP if slot.loop else rules.MISSING
        if slot.is_wanted:
            rule = rules.WANTED
        said = f"loop {slot.loop.id} ({slot.name})" if slot.loop else slot.name
        self._gaps.append((len(self.findings), slot))
        self.note(Fault(rule, "", f"{said} is required here: add it"), frame, where, place)

    def _elements(self, position: int, faults: Sequence[Fault]) -> None:
        frame, name = self.frame_at(position), self.head(position)[0]
        for fault in faults:
            self.note(fault, frame, name, position)

    def _misplaced(self, position: int, head: Head) -> None:
        current, marks = self._current, self.transaction.delimiters
        name = head[0]
        upper = name.upper()
        if name != upper and (found := current.find(upper, head[1])):
            parts = self.transaction.raw[position - 1].split(marks.element, 4)
            self._put(*found, position, [upper, *parts[1:]])
            message = "a segment id is written in upper case"
            self.note(
                Fault(rules.LOWER_CASE, "", message), self.frame_at(position), upper, position
            )
            return
        if len(self.findings) >= MOST_FINDINGS:
            self._stray(current)
            return
        is_known = name in self.guide.segment_ids
        following = list(self._following(position))
        reading, score = best_reading(current, head, following, is_known=is_known)
        is_guess = reading.meaning is Meaning.OPENING_MISSING
        if not self._is_premature(position, [head, *following], score, is_guess=is_guess):
            self._take(reading, position, name)

    def _is_premature(
        self, position: int, heads: Sequence[Head], score: int, *, is_guess: bool
    ) -> bool:
        """Whether rather the segment before this one is out of order, which is then said.

        ``score`` is that of the other reading; where that is a guess, as a segment would be missing
        of which the file has no trace, one that explains as much is taken rather.
        """
        last = self._last
        if last is None or last.position != position - 1 or last.frame is not self._current:
            return False
        frame, slot = last.frame, last.slot
        scores = [(score_without(f, frame, last.cursor, heads), f) for f in (frame, last.before)]
        within = next((f for this, f in scores if this > score - is_guess), None)
        if within is None:
            return False
        cursor, frame.cursor = frame.cursor, last.cursor
        found = within.find(*heads[0])
        if found is None or (is_guess and found[0].counts[found[1].index]):
            frame.cursor = cursor
            return False
        if within is not frame:
            del self.findings[slice(*last.told)]
            self._gaps = [each for each in self._gaps if each[0] < last.told[0]]
            self._empty = [each for each in self._empty if each[0] < last.told[0]]
            self._current = within
        message = f"{slot.name} is out of order: move it behind what follows"
        self.note(Fault(rules.ORDER, "", message), frame, slot.segment.id, position - 1)
        raw, marks = self.transaction.raw[position - 1], self.transaction.delimiters
        self._put(*found, position, raw.split(marks.element, 4))
        self._elements(position, check_of(found[1].segment, marks).faults(raw))
        return True

    def _following(self, position: int) -> Iterator[Head]:
        last = min(position + _LOOK_AHEAD, len(self.transaction.raw))
        return (self.head(number) for number in range(position + 1, last + 1))

    def _stray(self, frame: Frame) -> None:
        self._frames.append(frame)

    def _take(self, reading: Reading, position: int, name: str) -> None:
        frame, slot = reading.frame, reading.slot
        raw, marks = self.transaction.raw[position - 1], self.transaction.delimiters
        parts = raw.split(marks.element, 4)
        match reading.meaning:
            case Meaning.UNEXPECTED:
                self._stray(self._current)
                self._strays.append((len(self.findings), self.head(position)))
                self._unexpected(position, name)
                return
            case Meaning.SWAPPED:
                self._stray(self._current)
                self._early = (position, self.head(position))
                return
            case Meaning.OUT_OF_ORDER | Meaning.OUT_OF_ORDER_AGAIN if slot is not None:
                self._out_of_order(reading, frame, slot, position)
                return
            case Meaning.REPEATED if slot is not None and slot.loop is None:
                self._stray(frame)
                self._strays.append((len(self.findings), self.head(position)))
                times = "once" if slot.most == 1 else f"{slot.most} times at most"
                message = f"{slot.name} stands {times} here: take this one out"
                self.note(Fault(rules.REPEATED, "", message), frame, name, position)
                return
            case Meaning.REPEATED if slot is not None and slot.loop is not None:
                self._put(frame, slot, position, parts)
                times = "once" if slot.most == 1 else f"{slot.most} times at most"
                message = f"loop {slot.loop.id} stands {times} here: take this one out"
                self.note(Fault(rules.LOOP_REPEATED, "", message), self._current, name, position)
            case Meaning.OPENING_MISSING if reading.opened is not None and slot is not None:
                self._unopened(frame, reading.opened, slot, position, parts)
            case Meaning.MISSPELT | Meaning.STANDS_FOR | Meaning.STANDS_FOR_ANOTHER if slot:
                self._put(frame, slot, position, [slot.segment.id, *parts[1:]])
                self._misspelt(slot, position, name)
                return
            case _ if slot is not None:
                self._put(frame, slot, position, parts)
                self._wrong_qualifier(frame, slot, position)
                return
        if slot is not None:
            self._elements(position, check_of(slot.segment, marks).faults(raw))

    def _wrong_qualifier(self, frame: Frame, slot: Slot, position: int) -> None:
        """The segment's qualifier is none that the guide has here: those it has are said."""
        slots = [s for s in frame.loop.by_id[slot.segment.id] if s.ordinal == slot.ordinal]
        codes = sorted(
            {c for each in slots for c in each.key},
            key=lambda code: (len(code) if code.isdigit() else 0, code),
        )
        place = slot.segment.elements[slot.segment.key_place - 1]
        element = place.components[0].designator if place.components else place.designator
        message = f"{element} is no code of the guide here"
        if len(codes) <= _FEW:
            message += f": {', '.join(codes)}"
        value = self.head(position)[1][:3]
        if not value:
            given = self.elements(position)
            is_empty = not at(given, slot.segment.key_place)
            element = place.designator if is_empty else element
            message = f"{element} is required"
        rule = rules.CODE if value else rules.REQUIRED
        fault = Fault(rule, element, message, value)
        self.note(fault, self._current, slot.segment.id, position)

    def _misspelt(self, slot: Slot, position: int, name: str) -> None:
        rule, message = rules.UNKNOWN, f"no segment has this id: should it be {slot.name}?"
        if name in SEGMENTS:
            rule = rules.UNEXPECTED
            message = f"the segment does not belong here: should it be {slot.name}?"
        self.note(Fault(rule, "", message), self._current, slot.segment.id, position)
        if slot.loop is not None:
            self.unsound.update(claim.index for claim in self.claims[-2:])

    def _unexpected(self, position: int, name: str) -> None:
        if name in SEGMENTS or name in self.guide.segment_ids:
            rule, message = rules.UNEXPECTED, "the segment does not belong here: take it out"
        else:
            rule, message = rules.UNKNOWN, "no segment has this id: correct it or take it out"
        self.note(Fault(rule, "", message), self._current, shown(name), position)

    def _out_of_order(self, reading: Reading, frame: Frame, slot: Slot, position: int) -> None:
        again = reading.meaning is Meaning.OUT_OF_ORDER_AGAIN
        self._stray(frame)
        frame.counts[slot.index] += 1
        follower = next(
            (s.segment.id for s in frame.loop.slots if s.ordinal > slot.ordinal), "what is there"
        )
        message = f"{slot.name} is out of order: move it before {follower}"
        if again and not frame.has_room(slot):
            message = f"{slot.name} stands here a second time: take it out"
        where = f"{slot.loop.id}/{slot.segment.id}" if slot.loop else slot.segment.id
        self._strays.append((len(self.findings), self.head(position)))
        self.note(Fault(rules.ORDER, "", message), frame, where, position)

    def _unopened(
        self, frame: Frame, opened: Slot, slot: Slot, position: int, parts: Sequence[str]
    ) -> None:
        self._close(frame, position)
        inner = frame.fill(opened, position)
        if opened.segment.id == "HL":
            self._levels.skip()
        # Whoever reads by opening segments alone takes what follows for the claim before.
        self.unsound.update(claim.index for claim in self.claims[-1:])
        self._current = inner
        message = f"{opened.name} is missing before this segment: add it"
        self._gaps.append((len(self.findings), opened))
        self.note(Fault(rules.MISSING, "", message), inner, opened.segment.id, position)
        self._put(inner, slot, position, parts)
