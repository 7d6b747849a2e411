"""Reads eligibility answers (271, 005010X279A1)."""

from collections.abc import Sequence
from itertools import pairwise

from services.payer_gateway.x12.amounts import AmountError, parse_quantity
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.eligibility_codes import BENEFIT_INFORMATION
from services.payer_gateway.x12.eligibility_inquiry import GUIDE
from services.payer_gateway.x12.eligibility_inquiry_reader import LEVELS
from services.payer_gateway.x12.eligibility_response import (
    Benefit,
    EligibilityResponse,
    MemberEligibility,
    ReceiverEligibility,
    SourceEligibility,
)
from services.payer_gateway.x12.eligibility_rules import CODE, PERCENT, RULES
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.hierarchy import Level
from services.payer_gateway.x12.member import Participant
from services.payer_gateway.x12.member_reader import MemberReader
from services.payer_gateway.x12.parties import Reference, read_reference
from services.payer_gateway.x12.rejection import Rejection
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, free

_SOURCE = frozenset({"NM1", "PER", "AAA"})
_RECEIVER = frozenset({"NM1", "REF", "N3", "N4", "AAA", "PRV"})
_MEMBER = _RECEIVER | {"TRN", "DMG", "INS", "HI", "DTP", "MPI"}
_ENTITY = frozenset({"NM1", "N3", "N4", "PER", "PRV"})
_BASIS_POINTS = 4
"""Decimal places of a share that are kept."""


def read_271(transaction: Transaction) -> tuple[EligibilityResponse, list[Finding]]:
    """The answers of a 271, and what is wrong with them. Never raises."""
    reader = _Reader(transaction)
    if not reader.opens(transaction, "271", GUIDE):
        return EligibilityResponse("", None, None, ()), reader.findings
    header, sources = LEVELS.read(transaction, reader.findings)
    opening = reader.opening(header)
    response = EligibilityResponse(
        reference=opening.reference,
        created=opening.created,
        created_at=opening.created_at,
        sources=tuple(map(reader.source, sources)),
        purpose=opening.purpose,
        kind=opening.kind,
    )
    return response, reader.findings


class _Reader(MemberReader):
    """Walks the levels; ``index`` counts the members."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, RULES)
        self.count = 0

    def source(self, level: Level) -> SourceEligibility:
        loop = self.name_loop(level.segments[1:], level.path, level.position + 1, _SOURCE)
        return SourceEligibility(
            source=self.participant(loop).party,
            rejections=tuple(loop.early_rejections),
            name_rejections=tuple(loop.rejections),
            receivers=tuple(map(self._receiver, level.children)),
        )

    def _receiver(self, level: Level) -> ReceiverEligibility:
        loop = self.name_loop(level.segments[1:], level.path, level.position + 1, _RECEIVER)
        return ReceiverEligibility(
            receiver=self.participant(loop),
            rejections=(*loop.early_rejections, *loop.rejections),
            subscribers=tuple(map(self._member, level.children)),
        )

    def _member(self, level: Level) -> MemberEligibility:
        self.index, self.count = self.count, self.count + 1
        segments, path = level.segments, level.path
        heads = [number for number, segment in enumerate(segments) if segment[0] == "EB"]
        bounds = [*heads, len(segments)]
        loop = self.name_loop(segments[1 : bounds[0]], path, level.position + 1, _MEMBER)
        self.subject = loop.traces[0].number if loop.traces else ""
        member = self.member(loop, path, level.position)
        where = f"{path}/2110{path[-1]}"
        benefits = tuple(
            _BenefitLoop(self, segments[start:end], where, level.position + start).read()
            for start, end in pairwise(bounds)
        )
        self.index, self.subject = None, ""
        return MemberEligibility(
            member=member,
            rejections=(*loop.early_rejections, *loop.rejections),
            benefits=benefits,
            dependents=tuple(map(self._member, level.children)),
            position=level.position,
        )

    def entity(self, segments: Sequence[Segment], path: str, position: int) -> Participant:
        return self.participant(self.name_loop(segments, path, position, _ENTITY))

    def share(self, eb: Segment, path: str, position: int) -> int | None:
        """EB08 in basis points; the guide writes a share of one."""
        text = at(eb, 8)
        if not text:
            return None
        try:
            points = parse_quantity(text).scaleb(_BASIS_POINTS)
        except AmountError as problem:
            self.note(PERCENT, str(problem), path, position, "EB08")
            return None
        if points != points.to_integral_value():
            message = "the share has more than four decimals and was cut"
            self.note(PERCENT, message, path, position, "EB08")
        elif not 0 <= points <= 10_000:
            message = "a share is between 0 and 1: is a percentage meant?"
            self.note(PERCENT, message, path, position, "EB08")
        return int(points)


class _BenefitLoop:
    """Loop 2110 with 2115 and 2120."""

    def __init__(
        self, reader: _Reader, segments: Sequence[Segment], path: str, position: int
    ) -> None:
        self.reader = reader
        self.segments = segments
        self.path = path
        self.position = position
        self.delivery: list[FreeSegment] = []
        self.references: list[Reference] = []
        self.dates: list[QualifiedDate] = []
        self.rejections: list[Rejection] = []
        self.messages: list[str] = []
        self.additional: list[FreeSegment] = []
        self.entities: list[Participant] = []

    def read(self) -> Benefit:
        reader, path, position = self.reader, f"{self.path}/EB", self.position
        eb = [*self.segments[0], *[""] * 15]
        self._below()
        if eb[1] not in BENEFIT_INFORMATION:
            reader.note(CODE, "EB01 is not known", path, position, "EB01")
        procedure = eb[13]
        return Benefit(
            information=eb[1],
            coverage_level=eb[2],
            service_types=reader.repeated(eb[3]),
            insurance_type=eb[4],
            plan=eb[5],
            period=eb[6],
            amount_cents=reader.cents(eb, 7, path, position),
            share_basis_points=reader.share(eb, path, position),
            quantity_qualifier=eb[9],
            quantity=reader.quantity(eb, 10, path, position),
            authorization=eb[11],
            in_network=eb[12],
            procedure=reader.procedure(procedure),
            pointers=reader.pointers(eb[14], path, position, "EB14"),
            delivery=tuple(self.delivery),
            references=tuple(self.references),
            dates=tuple(self.dates),
            rejections=tuple(self.rejections),
            messages=tuple(self.messages),
            additional=tuple(self.additional),
            entities=tuple(self.entities),
        )

    def _below(self) -> None:
        number = 1
        while number < len(self.segments):
            segment, place = self.segments[number], self.position + number
            if segment[0] == "NM1":
                stop = number + 1
                while stop < len(self.segments) and self.segments[stop][0] in _ENTITY - {"NM1"}:
                    stop += 1
                where = f"{self.path}/2120{self.path[-1]}"
                self.entities.append(self.reader.entity(self.segments[number:stop], where, place))
                number = stop
                continue
            self._segment(segment, place)
            number += 1

    def _segment(self, segment: Segment, place: int) -> None:
        reader, path = self.reader, self.path
        match segment[0]:
            case "HSD":
                self.delivery.append(free(segment, reader.delimiters))
            case "REF":
                self.references.append(read_reference(segment, reader.separator))
            case "DTP":
                self.dates += reader.dated(segment, f"{path}/DTP", place)
            case "AAA":
                self.rejections.append(reader.rejection(segment, f"{path}/AAA", place))
            case "MSG":
                self.messages.append(at(segment, 1))
            case "III":
                self.additional.append(free(segment, reader.delimiters))
            case "LS" | "LE" if at(segment, 1) == "2120":
                pass
            case _:
                reader.unexpected(path, place)
