"""Writes eligibility inquiries (270, 005010X279A1).

Requests that follow each other under the same parties share their levels, so that the order in
which they are given is the order in which they stand.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from services.payer_gateway.x12.amounts import format_cents
from services.payer_gateway.x12.dates import format_date, format_time
from services.payer_gateway.x12.eligibility_inquiry import (
    GUIDE,
    EligibilityInquiry,
    EligibilityRequest,
    Question,
)
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.hierarchy import Levels
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.member import Member
from services.payer_gateway.x12.member_writer import (
    date_segments,
    member_segments,
    participant_segments,
    party_segments,
)
from services.payer_gateway.x12.parties import write_reference
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.segments import Element, Repeated

_Segments = list[tuple[Element, ...]]


def write_270(envelope: Envelope, inquiries: Iterable[EligibilityInquiry]) -> bytes:
    """One interchange with one 270 transaction set for each inquiry.

    What is given is written: ask ``eligibility_validate`` first. Raises WriteError where a value
    holds a delimiter, ValueError where an inquiry has no request.
    """
    bodies = (_Writer(envelope).segments(inquiry) for inquiry in inquiries)
    return write_interchange(envelope, "270", GUIDE, bodies)


class _Writer:
    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.levels = Levels()
        self.out: _Segments = []

    def segments(self, inquiry: EligibilityInquiry) -> _Segments:
        if not inquiry.requests:
            raise ValueError("an inquiry needs a request")
        day = format_date(inquiry.created or self.envelope.created)
        moment = format_time(inquiry.created_at or self.envelope.created_at)
        purpose, kind = inquiry.purpose, inquiry.kind
        self.out.append(("BHT", "0022", purpose, inquiry.reference, day, moment, kind))
        for source, of_source in groupby(inquiry.requests, lambda request: request.source):
            payer = self._level("", "20", has_children=True)
            self.out += party_segments(source)
            for receiver, of_receiver in groupby(of_source, lambda request: request.receiver):
                asking = self._level(payer, "21", has_children=True)
                self.out += participant_segments(receiver)
                for subscriber, requests in groupby(of_receiver, lambda r: r.subscriber):
                    self._subscriber(asking, subscriber, list(requests))
        return self.out

    def _level(self, parent: str, kind: str, *, has_children: bool) -> str:
        self.out.append(self.levels.open(parent, kind, has_children=has_children))
        return str(self.levels.count)

    def _subscriber(
        self, parent: str, subscriber: Member, requests: Sequence[EligibilityRequest]
    ) -> None:
        """A level of the subscriber for each request of their own, dependents' below it."""
        own = [number for number, request in enumerate(requests) if request.dependent is None]
        starts = own if own and not own[0] else [0, *own]
        for start, end in pairwise([*starts, len(requests)]):
            first = requests[start]
            below = requests[start + (first.dependent is None) : end]
            level = self._level(parent, "22", has_children=bool(below))
            self.out += member_segments(subscriber, "IL")
            if first.dependent is None:
                self._questions(first.questions)
            for request in below:
                if request.dependent is not None:
                    self._level(level, "23", has_children=False)
                    self.out += member_segments(request.dependent, "03")
                    self._questions(request.questions)

    def _questions(self, questions: Iterable[Question]) -> None:
        for question in questions:
            self.out += _question(question)


def _question(question: Question) -> _Segments:
    procedure = question.procedure
    return [
        (
            "EQ",
            Repeated(question.service_types),
            write_procedure(procedure) if procedure else "",
            question.coverage_level,
            "",
            tuple(map(str, question.pointers)),
        ),
        *[("AMT", qualifier, format_cents(cents)) for qualifier, cents in question.amounts],
        *([question.facility] if question.facility else []),
        *map(write_reference, question.references),
        *date_segments(question.dates),
    ]
