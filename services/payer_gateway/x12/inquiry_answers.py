"""Answers to questions, level by level: a 277 to a 276, a 271 to a 270.

What a payer says of each claim or person is given; names, traces and order are the question's.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from services.payer_gateway.x12.eligibility_inquiry import EligibilityInquiry, EligibilityRequest
from services.payer_gateway.x12.eligibility_response import (
    Benefit,
    EligibilityResponse,
    MemberEligibility,
    ReceiverEligibility,
    SourceEligibility,
)
from services.payer_gateway.x12.member import Member
from services.payer_gateway.x12.rejection import Rejection
from services.payer_gateway.x12.status_inquiry import ClaimInquiry, Insured, StatusInquiry
from services.payer_gateway.x12.status_response import (
    ClaimReport,
    PatientReport,
    ProviderReport,
    ReceiverReport,
    SourceReport,
    StatusResponse,
)

RETURNED = "2"
"""TRN01 of a trace that is given back."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one person: benefits, or why there are none."""

    benefits: tuple[Benefit, ...] = ()
    rejections: tuple[Rejection, ...] = ()


def answer_status(
    inquiry: StatusInquiry, reference: str, say: Callable[[ClaimInquiry], Iterable[ClaimReport]]
) -> StatusResponse:
    """The response to an inquiry; ``say`` gives the reports of a claim, with the trace asked."""
    return StatusResponse(
        reference=reference,
        created=None,
        created_at=None,
        sources=tuple(
            SourceReport(
                source,
                tuple(
                    ReceiverReport(
                        receiver,
                        providers=tuple(
                            ProviderReport((provider,), subscribers=_patients(list(claims), say))
                            for provider, claims in groupby(of_receiver, lambda c: c.provider)
                        ),
                    )
                    for receiver, of_receiver in groupby(of_source, lambda c: c.receiver)
                ),
            )
            for source, of_source in groupby(inquiry.claims, lambda claim: claim.source)
        ),
    )


def _patients(
    claims: Sequence[ClaimInquiry], say: Callable[[ClaimInquiry], Iterable[ClaimReport]]
) -> tuple[PatientReport, ...]:
    """A subscriber's own claims, and those of each dependent, in order of first appearance."""
    subscribers: dict[Insured, dict[Insured | None, list[ClaimReport]]] = {}
    for claim in claims:
        of_subscriber = subscribers.setdefault(claim.subscriber, {})
        of_subscriber.setdefault(claim.dependent, []).extend(say(claim))
    return tuple(
        PatientReport(
            name=subscriber.name,
            identifier=subscriber.identifier,
            identifier_qualifier=subscriber.identifier_qualifier,
            claims=tuple(reports.get(None, ())),
            dependents=tuple(
                PatientReport(dependent.name, claims=tuple(of_dependent))
                for dependent, of_dependent in reports.items()
                if dependent is not None
            ),
        )
        for subscriber, reports in subscribers.items()
    )


def answer_eligibility(
    inquiry: EligibilityInquiry, say: Callable[[EligibilityRequest], Said]
) -> EligibilityResponse:
    """The response to an inquiry; ``say`` tells of the patient of each request."""
    return EligibilityResponse(
        reference=inquiry.reference,
        created=None,
        created_at=None,
        sources=tuple(
            SourceEligibility(
                source,
                receivers=tuple(
                    ReceiverEligibility(receiver, subscribers=_members(list(requests), say))
                    for receiver, requests in groupby(of_source, lambda r: r.receiver)
                ),
            )
            for source, of_source in groupby(inquiry.requests, lambda request: request.source)
        ),
    )


def _members(
    requests: Sequence[EligibilityRequest], say: Callable[[EligibilityRequest], Said]
) -> tuple[MemberEligibility, ...]:
    """A level for each request of a subscriber's own, those of dependents below it."""
    members: list[MemberEligibility] = []
    latest: Member | None = None
    for request in requests:
        said = say(request)
        if request.dependent is None:
            members.append(_member(request.subscriber, said))
        else:
            if request.subscriber != latest:
                members.append(_member(request.subscriber, Said()))
            dependent = _member(request.dependent, said)
            above = members.pop()
            members.append(replace(above, dependents=(*above.dependents, dependent)))
        latest = request.subscriber
    return tuple(members)


def _member(member: Member, said: Said) -> MemberEligibility:
    """The member as asked about, traces given back."""
    traces = tuple(replace(trace, kind=RETURNED) for trace in member.traces)
    return MemberEligibility(replace(member, traces=traces), said.rejections, said.benefits)
