"""Reads eligibility inquiries (270, 005010X279A1)."""

from collections.abc import Sequence
from itertools import pairwise

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.eligibility_inquiry import (
    GUIDE,
    EligibilityInquiry,
    EligibilityRequest,
    Question,
)
from services.payer_gateway.x12.eligibility_rules import RULES
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.hierarchy import Hierarchy, Level
from services.payer_gateway.x12.member import Member, Participant
from services.payer_gateway.x12.member_reader import MemberReader
from services.payer_gateway.x12.parties import Party, Reference, read_reference
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, free

LEVELS = Hierarchy(
    {
        "20": ("2000A", ()),
        "21": ("2000B", ("20",)),
        "22": ("2000C", ("21",)),
        "23": ("2000D", ("22",)),
    }
)
"""270 and 271: source, receiver, subscriber, dependent."""

_RECEIVER = frozenset({"NM1", "REF", "N3", "N4", "PRV"})
_MEMBER = _RECEIVER | {"TRN", "DMG", "INS", "HI", "DTP"}


def read_270(transaction: Transaction) -> tuple[EligibilityInquiry, list[Finding]]:
    """The requests of a 270, and what is wrong with them. Never raises."""
    reader = _Reader(transaction)
    if not reader.opens(transaction, "270", GUIDE):
        return EligibilityInquiry("", None, None, ()), reader.findings
    header, sources = LEVELS.read(transaction, reader.findings)
    opening = reader.opening(header)
    for source in sources:
        reader.source(source)
    if not reader.requests:
        reader.note(RULES.header, "the inquiry asks about nobody", "2000A", 2, "EQ01")
    inquiry = EligibilityInquiry(
        reference=opening.reference,
        created=opening.created,
        created_at=opening.created_at,
        requests=tuple(reader.requests),
        purpose=opening.purpose,
        kind=opening.kind,
    )
    return inquiry, reader.findings


class _Reader(MemberReader):
    """Walks the levels; ``index`` counts the requests."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, RULES)
        self.requests: list[EligibilityRequest] = []

    def source(self, level: Level) -> None:
        payer = self.only_party(level)
        for below in level.children:
            loop = self.name_loop(below.segments[1:], below.path, below.position + 1, _RECEIVER)
            receiver = self.participant(loop)
            for subscriber in below.children:
                self._subscriber(subscriber, payer, receiver)

    def _subscriber(self, level: Level, payer: Party, receiver: Participant) -> None:
        subscriber, questions = self._member(level)
        if questions or not level.children:
            self.requests.append(
                EligibilityRequest(
                    payer, receiver, subscriber, questions, None, position=level.position
                )
            )
        for below in level.children:
            dependent, questions = self._member(below)
            self.requests.append(
                EligibilityRequest(
                    payer, receiver, subscriber, questions, dependent, position=below.position
                )
            )

    def _member(self, level: Level) -> tuple[Member, tuple[Question, ...]]:
        self.index = len(self.requests)
        segments, path = level.segments, level.path
        heads = [number for number, segment in enumerate(segments) if segment[0] == "EQ"]
        bounds = [*heads, len(segments)]
        loop = self.name_loop(segments[1 : bounds[0]], path, level.position + 1, _MEMBER)
        self.subject = loop.traces[0].number if loop.traces else ""
        member = self.member(loop, path, level.position)
        where = f"{path}/2110{path[-1]}"
        questions = tuple(
            self._question(segments[start:end], where, level.position + start)
            for start, end in pairwise(bounds)
        )
        self.index, self.subject = None, ""
        return member, questions

    def _question(self, segments: Sequence[Segment], path: str, position: int) -> Question:
        eq = segments[0]
        amounts: list[tuple[str, int]] = []
        references: list[Reference] = []
        dates: list[QualifiedDate] = []
        facility: FreeSegment = ()
        for offset, segment in enumerate(segments[1:], 1):
            place = position + offset
            match segment[0]:
                case "AMT":
                    cents = self.cents(segment, 2, f"{path}/AMT", place)
                    if cents is not None:
                        amounts.append((at(segment, 1), cents))
                case "III" if not facility:
                    facility = free(segment, self.delimiters)
                case "REF":
                    references.append(read_reference(segment, self.separator))
                case "DTP":
                    dates += self.dated(segment, f"{path}/DTP", place)
                case _:
                    self.unexpected(path, place)
        procedure = at(eq, 2)
        return Question(
            service_types=self.repeated(at(eq, 1)),
            procedure=self.procedure(procedure),
            coverage_level=at(eq, 3),
            pointers=self.pointers(at(eq, 5), f"{path}/EQ", position, "EQ05"),
            amounts=tuple(amounts),
            facility=facility,
            references=tuple(references),
            dates=tuple(dates),
        )
