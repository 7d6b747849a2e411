"""Reads services review requests and responses (278, 005010X217)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.hierarchy import Hierarchy, Level
from services.payer_gateway.x12.member import Trace
from services.payer_gateway.x12.member_reader import MemberReader
from services.payer_gateway.x12.parties import Reference, read_reference
from services.payer_gateway.x12.rejection import Rejection
from services.payer_gateway.x12.review_rules import CODE, DECISION, RULES
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, component, free
from services.payer_gateway.x12.service_review import (
    ACTIONS,
    CERTIFICATION_TYPES,
    CERTIFYING,
    GUIDE,
    REQUEST_CATEGORIES,
    Decision,
    Requester,
    ReviewedPatient,
    ReviewedService,
    Reviewer,
    ReviewInformation,
    ReviewItem,
    ReviewProvider,
    ServiceReview,
)

LEVELS = Hierarchy(
    {
        "20": ("2000A", ()),
        "21": ("2000B", ("20",)),
        "22": ("2000C", ("21",)),
        "23": ("2000D", ("22",)),
        "EV": ("2000E", ("22", "23")),
        "SS": ("2000F", ("EV",)),
    }
)
"""Reviewer, requester, subscriber, dependent, patient event, service."""

_PARTY = frozenset({"NM1", "REF", "N3", "N4", "PER", "AAA", "PRV"})
_MEMBER = frozenset({"NM1", "REF", "N3", "N4", "AAA", "DMG", "INS", "TRN", "DTP", "HI"})
_PROVIDER = _PARTY - {"NM1"}
_EXTRA = frozenset({"CRC", "CL1", "CR1", "CR2", "CR5", "CR6", "CR7", "PWK", "SV3", "TOO", "N2"})


def read_278(transaction: Transaction) -> tuple[ServiceReview, list[Finding]]:
    """The request or response in a 278, and what is wrong with it. Never raises."""
    reader = _Reader(transaction, RULES)
    if not reader.opens(transaction, "278", GUIDE):
        return ServiceReview("", None, None, ()), reader.findings
    header, reviewers = LEVELS.read(transaction, reader.findings)
    opening = reader.opening(header)
    review = ServiceReview(
        reference=opening.reference,
        created=opening.created,
        created_at=opening.created_at,
        reviewers=tuple(map(reader.reviewer, reviewers)),
        purpose=opening.purpose,
        kind=opening.kind,
    )
    return review, reader.findings


class _Reader(MemberReader):
    """Walks the levels; ``index`` counts the events."""

    count = 0

    def reviewer(self, level: Level) -> Reviewer:
        loop = self.name_loop(level.segments[1:], level.path, level.position + 1, _PARTY)
        return Reviewer(
            reviewer=self.participant(loop),
            rejections=tuple(loop.early_rejections),
            name_rejections=tuple(loop.rejections),
            requesters=tuple(map(self._requester, level.children)),
        )

    def _requester(self, level: Level) -> Requester:
        loop = self.name_loop(level.segments[1:], level.path, level.position + 1, _PARTY)
        return Requester(
            requester=self.participant(loop),
            rejections=(*loop.early_rejections, *loop.rejections),
            subscribers=tuple(map(self._patient, level.children)),
        )

    def _patient(self, level: Level) -> ReviewedPatient:
        loop = self.name_loop(level.segments[1:], level.path, level.position + 1, _MEMBER)
        return ReviewedPatient(
            member=self.member(loop, level.path, level.position),
            rejections=(*loop.early_rejections, *loop.rejections),
            events=tuple(map(self._event, level.below("EV"))),
            dependents=tuple(map(self._patient, level.below("23"))),
        )

    def _event(self, level: Level) -> ReviewItem:
        self.index, self.count = self.count, self.count + 1
        trace = next((segment for segment in level.segments if segment[0] == "TRN"), [])
        self.subject = at(trace, 2)
        event = self._item(level, tuple(map(self._service, level.children)))
        self.index, self.subject = None, ""
        return event

    def _service(self, level: Level) -> ReviewItem:
        return self._item(level, ())

    def _item(self, level: Level, services: tuple[ReviewItem, ...]) -> ReviewItem:
        item = _Item(self, level)
        return ReviewItem(
            information=item.information,
            decision=item.decision,
            traces=tuple(item.traces),
            rejections=tuple(item.rejections),
            references=tuple(item.references),
            dates=tuple(item.dates),
            health_information=tuple(item.health_information),
            service=item.service,
            delivery=tuple(item.delivery),
            extra=tuple(item.extra),
            messages=tuple(item.messages),
            providers=tuple(item.providers),
            services=services,
            position=level.position,
        )

    def information(self, um: Segment, path: str, position: int) -> ReviewInformation:
        category, certification = at(um, 1), at(um, 2)
        if category not in REQUEST_CATEGORIES:
            self.note(CODE, "UM01 is not known", path, position, "UM01")
        if certification and certification not in CERTIFICATION_TYPES:
            self.note(CODE, "UM02 is not known", path, position, "UM02")
        facility, causes = at(um, 4), at(um, 5)
        return ReviewInformation(
            category=category,
            certification_type=certification,
            service_type=at(um, 3),
            facility_code=component(facility, self.separator, 1),
            facility_qualifier=component(facility, self.separator, 2),
            related_causes=tuple(causes.rstrip(self.separator).split(self.separator))
            if causes.strip(self.separator)
            else (),
            urgency=at(um, 6),
            rest=free(um[7:], self.delimiters),
        )

    def decision(self, hcr: Segment, path: str, position: int) -> Decision:
        decision = Decision(at(hcr, 1), at(hcr, 2), at(hcr, 3), at(hcr, 4))
        if decision.action not in ACTIONS:
            self.note(CODE, "HCR01 is not known", path, position, "HCR01")
        if decision.action in CERTIFYING and not decision.number:
            message = "a certification without a number: ask the payer for it"
            self.note(DECISION, message, path, position, "HCR02")
        return decision

    def reviewed_service(self, sv: Segment, path: str, position: int) -> ReviewedService:
        """SV1 or SV2; the latter has the revenue code before the procedure."""
        first = 1 if sv[0] == "SV1" else 2
        procedure = at(sv, first)
        return ReviewedService(
            procedure=self.procedure(procedure),
            charge_cents=self.cents(sv, first + 1, path, position),
            unit=at(sv, first + 2),
            quantity=self.quantity(sv, first + 3, path, position),
            revenue_code=at(sv, 1) if first == 2 else "",
            kind=sv[0],
            rest=free(sv[first + 4 :], self.delimiters),
        )


@dataclass(slots=True)
class _Item:
    """The segments of a level EV or SS, by what they are."""

    reader: _Reader
    level: Level
    information: ReviewInformation | None = None
    decision: Decision | None = None
    service: ReviewedService | None = None
    traces: list[Trace] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    dates: list[QualifiedDate] = field(default_factory=list)
    health_information: list[FreeSegment] = field(default_factory=list)
    delivery: list[FreeSegment] = field(default_factory=list)
    extra: list[FreeSegment] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    providers: list[ReviewProvider] = field(default_factory=list)

    def __post_init__(self) -> None:
        segments, position = self.level.segments, self.level.position
        number = 1
        while number < len(segments):
            segment = segments[number]
            if segment[0] == "NM1":
                stop = number + 1
                while stop < len(segments) and segments[stop][0] in _PROVIDER:
                    stop += 1
                self._provider(segments[number:stop], position + number)
                number = stop
                continue
            self._segment(segment, position + number)
            number += 1

    def _provider(self, segments: Sequence[Segment], position: int) -> None:
        path = self.level.path
        where = f"{path}/2010{path[-1]}A"
        loop = self.reader.name_loop(segments, where, position, _PARTY)
        provider = ReviewProvider(self.reader.participant(loop), tuple(loop.rejections))
        self.providers.append(provider)

    def _segment(self, segment: Segment, place: int) -> None:
        reader, path = self.reader, f"{self.level.path}/{segment[0]}"
        marks = reader.delimiters
        match segment[0]:
            case "TRN":
                trace = Trace(at(segment, 2), at(segment, 3), at(segment, 1), at(segment, 4))
                self.traces.append(trace)
            case "AAA":
                self.rejections.append(reader.rejection(segment, path, place))
            case "UM" if self.information is None:
                self.information = reader.information(segment, path, place)
            case "HCR" if self.decision is None:
                self.decision = reader.decision(segment, path, place)
            case "REF":
                self.references.append(read_reference(segment, reader.separator))
            case "DTP":
                self.dates += reader.dated(segment, path, place)
            case "HI":
                self.health_information.append(free(segment, marks))
            case "SV1" | "SV2" if self.service is None:
                self.service = reader.reviewed_service(segment, path, place)
            case "HSD":
                self.delivery.append(free(segment, marks))
            case "MSG":
                self.messages.append(at(segment, 1))
            case name if name in _EXTRA:
                self.extra.append(free(segment, marks))
            case _:
                reader.unexpected(self.level.path, place)
