"""Writes services review requests and responses (278, 005010X217).

The order of segments within a level is that of public samples and of the 004010X094A1 maps.
"""

from collections.abc import Iterable

from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.dates import format_date, format_time
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.hierarchy import Levels
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.member_writer import (
    date_segments,
    member_segments,
    participant_segments,
    trace_segment,
)
from services.payer_gateway.x12.parties import write_reference
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.rejection import write_rejection
from services.payer_gateway.x12.segments import Element
from services.payer_gateway.x12.service_review import (
    GUIDE,
    Decision,
    ReviewedPatient,
    ReviewedService,
    ReviewInformation,
    ReviewItem,
    ServiceReview,
)

_Segments = list[tuple[Element, ...]]


def write_278(envelope: Envelope, reviews: Iterable[ServiceReview]) -> bytes:
    """One interchange with one 278 transaction set for each request or response.

    What is given is written: ask ``review_validate`` first. Raises WriteError where a value holds
    a delimiter.
    """
    bodies = (_Writer(envelope).segments(review) for review in reviews)
    return write_interchange(envelope, "278", GUIDE, bodies)


class _Writer:
    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.levels = Levels()
        self.out: _Segments = []

    def segments(self, review: ServiceReview) -> _Segments:
        day = format_date(review.created or self.envelope.created)
        moment = format_time(review.created_at or self.envelope.created_at)
        opening = ("BHT", "0007", review.purpose, review.reference, day, moment, review.kind)
        self.out.append(opening)
        for reviewer in review.reviewers:
            own = self._level("", "20", below=bool(reviewer.requesters))
            self.out += map(write_rejection, reviewer.rejections)
            rejections = map(write_rejection, reviewer.name_rejections)
            self.out += participant_segments(reviewer.reviewer, rejections)
            for requester in reviewer.requesters:
                level = self._level(own, "21", below=bool(requester.subscribers))
                rejections = map(write_rejection, requester.rejections)
                self.out += participant_segments(requester.requester, rejections)
                for subscriber in requester.subscribers:
                    self._patient(level, subscriber, "22")
        return self.out

    def _level(self, parent: str, kind: str, *, below: bool) -> str:
        self.out.append(self.levels.open(parent, kind, has_children=below))
        return str(self.levels.count)

    def _patient(self, parent: str, patient: ReviewedPatient, kind: str) -> None:
        own = self._level(parent, kind, below=bool(patient.events or patient.dependents))
        role = "IL" if kind == "22" else "QC"
        rejections = map(write_rejection, patient.rejections)
        self.out += member_segments(patient.member, role, rejections)
        for event in patient.events:
            level = self._level(own, "EV", below=bool(event.services))
            self._item(event)
            for service in event.services:
                self._level(level, "SS", below=False)
                self._item(service)
        for dependent in patient.dependents:
            self._patient(own, dependent, "23")

    def _item(self, item: ReviewItem) -> None:
        out = self.out
        out += map(trace_segment, item.traces)
        out += map(write_rejection, item.rejections)
        if item.information:
            out.append(_information(item.information))
        if item.decision:
            out.append(_decision(item.decision))
        out += map(write_reference, item.references)
        out += date_segments(item.dates)
        out += item.health_information
        if item.service:
            out.append(_service(item.service))
        out += item.delivery
        out += item.extra
        out += [("MSG", message) for message in item.messages]
        for provider in item.providers:
            rejections = map(write_rejection, provider.rejections)
            out += participant_segments(provider.provider, rejections)


def _information(information: ReviewInformation) -> tuple[Element, ...]:
    return (
        "UM",
        information.category,
        information.certification_type,
        information.service_type,
        (information.facility_code, information.facility_qualifier),
        information.related_causes,
        information.urgency,
        *information.rest,
    )


def _decision(decision: Decision) -> tuple[Element, ...]:
    return ("HCR", decision.action, decision.number, decision.reason, decision.second_opinion)


def _service(service: ReviewedService) -> tuple[Element, ...]:
    revenue_code: tuple[Element, ...] = (service.revenue_code,) if service.kind == "SV2" else ()
    cents, quantity = service.charge_cents, service.quantity
    return (
        service.kind,
        *revenue_code,
        write_procedure(service.procedure) if service.procedure else "",
        "" if cents is None else format_cents(cents),
        service.unit,
        "" if quantity is None else format_quantity(quantity),
        *service.rest,
    )
