"""Services reviews (278, 005010X217) as values: a request for an authorization, and the decision.

Request and response have the same levels; a response carries decisions and rejections too. The
guide was not at hand (see ``review_rules``): what has no field is kept as sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.member import Member, Participant, Trace
from services.payer_gateway.x12.parties import Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.professional_claim import Diagnosis
from services.payer_gateway.x12.rejection import Rejection
from services.payer_gateway.x12.segments import Element, FreeSegment

GUIDE = "005010X217"

REQUEST = "13"
RESPONSE = "11"

REQUEST_CATEGORIES: dict[str, str] = {
    "AR": "admission",
    "HS": "health services",
    "IN": "individual",
    "SC": "specialty care",
}
"""UM01 (data element 1525)."""

CERTIFICATION_TYPES: dict[str, str] = {
    "1": "appeal, immediate",
    "2": "appeal, standard",
    "3": "cancel",
    "4": "extension",
    "5": "notification",
    "6": "verification",
    "I": "initial",
    "N": "reconsideration",
    "R": "renewal",
    "S": "revised",
}
"""UM02 (data element 1322)."""

ACTIONS: dict[str, str] = {
    "A1": "certified in full",
    "A2": "certified in part",
    "A3": "not certified",
    "A4": "pended",
    "A6": "modified",
    "C": "cancelled",
    "CT": "contact the payer",
    "NA": "no action needed",
}
"""HCR01 (data element 306)."""

CERTIFYING = frozenset({"A1", "A2", "A6"})
"""HCR01 after which services may be given under the number in HCR02."""


@dataclass(frozen=True, slots=True)
class ReviewInformation:
    """UM: what kind of review is asked for.

    ``category`` is UM01, ``certification_type`` UM02 (I initial), ``service_type`` UM03 (the list
    of EQ01), ``facility_code`` and ``facility_qualifier`` UM04 (A type of bill, B place of
    service), ``urgency`` UM06 (E elective, U urgent, 03 emergency), ``related_causes`` UM05 and
    ``rest`` the elements from UM07 on as sent.
    """

    category: str
    certification_type: str = "I"
    service_type: str = ""
    facility_code: str = ""
    facility_qualifier: str = ""
    related_causes: tuple[str, ...] = ()
    urgency: str = ""
    rest: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """HCR: what the payer decided, the authorization number (HCR02), and why not (HCR03)."""

    action: str
    number: str = ""
    reason: str = ""
    second_opinion: str = ""

    @property
    def is_certified(self) -> bool:
        """Whether services are authorized, in full, in part or as modified."""
        return self.action in CERTIFYING


@dataclass(frozen=True, slots=True)
class ReviewedService:
    """SV1 (``kind`` SV1, professional) or SV2 (institutional): one procedure or revenue code.

    ``rest`` are the elements after the quantity, as sent.
    """

    procedure: Procedure | None
    charge_cents: int | None = None
    unit: str = "UN"
    quantity: Decimal | None = None
    revenue_code: str = ""
    kind: str = "SV1"
    rest: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewProvider:
    """Loop 2010EA or 2010FA: a provider of the event or service, with what is wrong with it."""

    provider: Participant
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Level EV (a patient event) or, in ``services``, level SS (one service of it).

    ``references`` are BB the authorization number and NT the administrative number, ``dates`` 472
    service, 435 admission, 096 discharge, 007 and 036 effective and end of the certification.
    ``health_information`` are HI, ``delivery`` HSD and ``extra`` whatever has no field, as sent.
    """

    information: ReviewInformation | None = None
    decision: Decision | None = None
    traces: tuple[Trace, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    health_information: tuple[FreeSegment, ...] = ()
    service: ReviewedService | None = None
    delivery: tuple[FreeSegment, ...] = ()
    extra: tuple[FreeSegment, ...] = ()
    messages: tuple[str, ...] = ()
    providers: tuple[ReviewProvider, ...] = ()
    services: tuple["ReviewItem", ...] = ()
    position: int = field(default=0, compare=False)

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The codes of HI with their qualifiers, in order."""
        composites = [
            part
            for segment in self.health_information
            for part in segment[1:]
            if isinstance(part, tuple) and len(part) > 1
        ]
        return tuple(Diagnosis(part[1], part[0]) for part in composites)

    @property
    def authorization_number(self) -> str:
        """HCR02 where the service is certified, else REF*BB; empty where there is none."""
        if self.decision and self.decision.is_certified and self.decision.number:
            return self.decision.number
        return next((r.value for r in self.references if r.qualifier == "BB"), "")


@dataclass(frozen=True, slots=True)
class ReviewedPatient:
    """Level 22 or 23: a subscriber or dependent and the events to be reviewed."""

    member: Member
    rejections: tuple[Rejection, ...] = ()
    events: tuple[ReviewItem, ...] = ()
    dependents: tuple["ReviewedPatient", ...] = ()


@dataclass(frozen=True, slots=True)
class Requester:
    """Level 21: the provider that asks."""

    requester: Participant
    rejections: tuple[Rejection, ...] = ()
    subscribers: tuple[ReviewedPatient, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Level 20: who decides. ``rejections`` are AAA of 2000A, ``name_rejections`` of 2010A."""

    reviewer: Participant
    rejections: tuple[Rejection, ...] = ()
    name_rejections: tuple[Rejection, ...] = ()
    requesters: tuple[Requester, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceReview:
    """One 278 transaction set. ``purpose`` is BHT02 (13 request, 11 response).

    ``reference`` is BHT03, which a response gives back, ``kind`` BHT06 (18 final, 19 more to
    come, in a response).
    """

    reference: str
    created: date | None
    created_at: time | None
    reviewers: tuple[Reviewer, ...]
    purpose: str = REQUEST
    kind: str = ""

    @property
    def is_response(self) -> bool:
        """Whether this answers a request."""
        return self.purpose == RESPONSE

    @property
    def patients(self) -> Iterator[ReviewedPatient]:
        """Every subscriber and dependent, in order."""
        for reviewer in self.reviewers:
            for requester in reviewer.requesters:
                for subscriber in requester.subscribers:
                    yield subscriber
                    yield from subscriber.dependents

    @property
    def events(self) -> Iterator[ReviewItem]:
        """The events of all patients, in order."""
        return (event for patient in self.patients for event in patient.events)

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """Why the request as a whole was not reviewed: those above the events."""
        found: list[Rejection] = []
        for reviewer in self.reviewers:
            found += (*reviewer.rejections, *reviewer.name_rejections)
            for requester in reviewer.requesters:
                found += requester.rejections
        return (*found, *(r for patient in self.patients for r in patient.rejections))
