"""Checks requests for a services review (278) before they are sent.

The guide was not at hand (see ``review_rules``): codes that are not known are warnings.
"""

from services.payer_gateway.x12.checks.inquiry_check import InquiryCheck, QuestionRules
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.review_rules import (
    HEADER,
    IDENTITY,
    NOTHING_ASKED,
    NPI,
    PERIOD,
    PREVIOUS,
    RULES,
)
from services.payer_gateway.x12.service_review import (
    CERTIFICATION_TYPES,
    REQUEST,
    REQUEST_CATEGORIES,
    ReviewedPatient,
    ReviewedService,
    ReviewItem,
    ServiceReview,
)

_RULES = QuestionRules(RULES, NPI, PERIOD)
_REVIEWER_IDS = ("24", "34", "46", "PI", "XV", "XX")
_REQUESTER_IDS = ("24", "34", "46", "XX")
_PATIENT = "2000A/2000B/2000C"
_OF_EARLIER = frozenset({"1", "2", "3", "4", "R", "S", "N"})
"""UM02 that speaks of a certification given or refused before."""


def check_request(review: ServiceReview) -> list[Finding]:
    """What keeps the request from being sent; ``claim_index`` says which event is meant.

    No finding holds a name, a birth date or a member id.
    """
    check = _Check(_RULES)
    if review.purpose != REQUEST:
        check.note(HEADER, "BHT02 of a request is 13", "BHT", "BHT02")
    if not review.reference:
        check.note(HEADER, "BHT03 names the request in the response to it", "BHT", "BHT03")
    for reviewer in review.reviewers:
        party = reviewer.reviewer.party
        check.party(party, "2000A/2010A", ("X3",), _REVIEWER_IDS)
        for requester in reviewer.requesters:
            asking = requester.requester.party
            check.party(asking, "2000A/2000B/2010B", ("1P", "FA"), _REQUESTER_IDS)
            for subscriber in requester.subscribers:
                check.subscriber(subscriber)
    if not check.count:
        check.note(NOTHING_ASKED, "the request has no patient event", "2000E", "UM01")
    return check.findings


class _Check(InquiryCheck):
    count = 0

    def subscriber(self, patient: ReviewedPatient) -> None:
        name = f"{_PATIENT}/2010C/NM1"
        member = patient.member
        self.required(name, NM103=member.name.last, NM109=member.identifier)
        self._events(patient, _PATIENT)
        for dependent in patient.dependents:
            level = f"{_PATIENT}/2000D"
            given = dependent.member
            if not (given.name.last and given.name.first and given.birth_date):
                message = "name the dependent by name and birth date"
                self.note(IDENTITY, message, f"{level}/2010D/NM1", "NM103")
            self._events(dependent, level)

    def _events(self, patient: ReviewedPatient, level: str) -> None:
        for event in patient.events:
            self.index, self.count = self.count, self.count + 1
            self.position = event.position
            self.subject = event.traces[0].number if event.traces else ""
            self._event(event, f"{level}/2000E")
        self.index, self.subject = None, ""

    def _event(self, event: ReviewItem, loop: str) -> None:
        information = event.information
        if information is None:
            message = "the event does not say what kind of review is asked for"
            self.note(NOTHING_ASKED, message, f"{loop}/UM", "UM01")
        else:
            path = f"{loop}/UM"
            self.code(information.category, REQUEST_CATEGORIES, path, "UM01")
            kind = information.certification_type
            self.code(kind, CERTIFICATION_TYPES, path, "UM02")
            if kind in _OF_EARLIER and not event.authorization_number:
                message = "name the certification it is about in REF*BB"
                self.note(PREVIOUS, message, f"{loop}/REF", "REF02")
        self._item(event, loop)
        for service in event.services:
            self._item(service, f"{loop}/2000F")

    def _item(self, item: ReviewItem, loop: str) -> None:
        for dated in item.dates:
            self.period(dated.first, dated.last, f"{loop}/DTP")
        for provider in item.providers:
            self.npi(provider.provider.party, f"{loop}/2010{loop[-1]}A/NM1")
        if item.service is not None:
            self._service(item.service, f"{loop}/{item.service.kind}")

    def _service(self, service: ReviewedService, path: str) -> None:
        if service.procedure is None and not service.revenue_code:
            self.required(path, **{f"{service.kind}01": None})
        self.amount(service.charge_cents, path, f"{service.kind}02")
        if service.quantity is not None and service.quantity <= 0:
            message = "units are more than zero"
            self.note(RULES.amount, message, path, f"{service.kind}04")
