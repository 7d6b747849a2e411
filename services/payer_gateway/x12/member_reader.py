"""Reads the persons and parties of eligibility and review inquiries (270, 271, 278)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.member import Member, Participant, Trace
from services.payer_gateway.x12.parties import (
    Contact,
    Party,
    Reference,
    read_address,
    read_contact,
    read_name,
    read_reference,
)
from services.payer_gateway.x12.rejection import FOLLOW_UP_ACTIONS, REJECT_REASONS, Rejection
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, free
from services.payer_gateway.x12.set_reader import SetReader

_MOST: Mapping[str, int] = {"REF": 9, "AAA": 9, "DTP": 20, "TRN": 9, "PER": 3}


@dataclass(slots=True)
class NameLoop:
    """The segments of one level or NM1 loop, by what they are."""

    nm1: Segment = field(default_factory=list)
    n3: Segment | None = None
    n4: Segment | None = None
    dmg: Segment = field(default_factory=list)
    ins: FreeSegment = ()
    prv: FreeSegment = ()
    traces: list[Trace] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    dates: list[QualifiedDate] = field(default_factory=list)
    early_rejections: list[Rejection] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    extra: list[FreeSegment] = field(default_factory=list)


class MemberReader(SetReader):
    """What 270, 271 and 278 have in common."""

    def name_loop(
        self, segments: Sequence[Segment], path: str, position: int, allowed: frozenset[str]
    ) -> NameLoop:
        """Sorts the segments; what is not ``allowed``, or is there twice, is a finding."""
        loop = NameLoop()
        seen: dict[str, int] = {}
        for offset, segment in enumerate(segments):
            name, place = segment[0], position + offset
            seen[name] = seen.get(name, 0) + 1
            if name not in allowed or seen[name] > _MOST.get(name, 1):
                self.unexpected(path, place)
                continue
            match name:
                case "NM1":
                    loop.nm1 = segment
                case "N3" if any(segment[1:]):
                    loop.n3 = segment
                case "N4" if any(segment[1:]):
                    loop.n4 = segment
                case "N3" | "N4":
                    pass
                case "DMG":
                    loop.dmg = segment
                case "INS":
                    loop.ins = free(segment, self.delimiters)
                case "PRV":
                    loop.prv = free(segment, self.delimiters)
                case "TRN":
                    trace = Trace(at(segment, 2), at(segment, 3), at(segment, 1), at(segment, 4))
                    loop.traces.append(trace)
                case "REF":
                    loop.references.append(read_reference(segment, self.separator))
                case "PER":
                    loop.contacts.append(read_contact(segment))
                case "DTP":
                    loop.dates += self.dated(segment, f"{path}/DTP", place)
                case "AAA":
                    rejection = self.rejection(segment, f"{path}/AAA", place)
                    (loop.rejections if loop.nm1 else loop.early_rejections).append(rejection)
                case _:
                    loop.extra.append(free(segment, self.delimiters))
        self.required(f"{path}/NM1", position, NM102=at(loop.nm1, 2))
        return loop

    def rejection(self, aaa: Segment, path: str, position: int) -> Rejection:
        """An AAA; codes that are not known are said."""
        reason, follow_up = at(aaa, 3), at(aaa, 4)
        if at(aaa, 1) not in {"Y", "N"}:
            self.note(self.rules.code, "AAA01 must be Y or N", path, position, "AAA01")
        if reason not in REJECT_REASONS:
            self.note(self.rules.code, "the reason is not known", path, position, "AAA03")
        if follow_up not in FOLLOW_UP_ACTIONS:
            self.note(self.rules.code, "the action is not known", path, position, "AAA04")
        return Rejection(reason, follow_up, at(aaa, 1) == "Y")

    def member(self, loop: NameLoop, path: str, position: int) -> Member:
        """The person of a level."""
        if at(loop.dmg, 2) and at(loop.dmg, 1) != "D8":
            message = "write the birth date as D8 CCYYMMDD"
            self.note(self.rules.date, message, f"{path}/DMG", position, "DMG01")
        others = sorted(loop.extra, key=lambda segment: segment[0] != "HI")
        extra = ([loop.prv] if loop.prv else []) + others
        return Member(
            name=read_name(loop.nm1),
            identifier=at(loop.nm1, 9),
            identifier_qualifier=at(loop.nm1, 8),
            traces=tuple(loop.traces),
            references=tuple(loop.references),
            address=read_address(loop.n3, loop.n4),
            birth_date=self.day(loop.dmg, 2, f"{path}/DMG", position),
            sex=at(loop.dmg, 3),
            insured=loop.ins,
            dates=tuple(loop.dates),
            extra=tuple(extra),
        )

    def participant(self, loop: NameLoop) -> Participant:
        """The party of a level or of an NM1 loop."""
        party = Party(
            role=at(loop.nm1, 1),
            name=read_name(loop.nm1),
            identifier_qualifier=at(loop.nm1, 8),
            identifier=at(loop.nm1, 9),
            address=read_address(loop.n3, loop.n4),
            references=tuple(loop.references),
            contacts=tuple(loop.contacts),
        )
        return Participant(party, loop.prv)
