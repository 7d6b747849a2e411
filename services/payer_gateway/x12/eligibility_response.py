"""Eligibility answers (271, 005010X279A1) as values. Amounts are cents, shares basis points."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.eligibility_codes import (
    ACTIVE,
    INACTIVE,
    PLAN_BEGIN,
    PLAN_END,
    PLAN_PERIOD,
    WHOLE_PLAN,
)
from services.payer_gateway.x12.member import Member, Participant
from services.payer_gateway.x12.parties import Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.rejection import Rejection
from services.payer_gateway.x12.segments import FreeSegment

_ASKED_ABOUT = "307"


class Coverage(StrEnum):
    """Whether coverage was in force. ``unknown``: the answer does not say."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Benefit:
    """Loop 2110: one EB with what belongs to it.

    ``information`` is EB01 (1 active, 6 inactive, A coinsurance, B copayment, C deductible, G
    out-of-pocket maximum, R other payer ...), ``service_types`` EB03, ``period`` EB06 (27 visit,
    23 calendar year, 29 remaining ...). ``amount_cents`` is EB07, ``share_basis_points`` EB08 in
    ten-thousandths (0.2 is 2000). ``authorization`` (EB11) and ``in_network`` (EB12) are Y, N, U
    or W. ``delivery`` are HSD and ``additional`` III as sent, ``messages`` MSG01, ``entities`` the
    NM1 loops 2120.
    """

    information: str
    coverage_level: str = ""
    service_types: tuple[str, ...] = ()
    insurance_type: str = ""
    plan: str = ""
    period: str = ""
    amount_cents: int | None = None
    share_basis_points: int | None = None
    quantity_qualifier: str = ""
    quantity: Decimal | None = None
    authorization: str = ""
    in_network: str = ""
    procedure: Procedure | None = None
    pointers: tuple[int, ...] = ()
    delivery: tuple[FreeSegment, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    messages: tuple[str, ...] = ()
    additional: tuple[FreeSegment, ...] = ()
    entities: tuple[Participant, ...] = ()

    def is_about(self, service_type: str) -> bool:
        """Whether it is said of that service type, or of none in particular."""
        return not self.service_types or service_type in self.service_types


@dataclass(frozen=True, slots=True)
class MemberEligibility:
    """Level 22 or 23: what is said of a subscriber or of a dependent."""

    member: Member
    rejections: tuple[Rejection, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    dependents: tuple["MemberEligibility", ...] = ()
    position: int = field(default=0, compare=False)

    def benefits_of(
        self, information: str, service_type: str = WHOLE_PLAN, in_network: str = ""
    ) -> tuple[Benefit, ...]:
        """The benefits of that EB01 and service type, and of that network (Y, N) where asked."""
        return tuple(
            benefit
            for benefit in self.benefits
            if benefit.information == information
            and benefit.is_about(service_type)
            and in_network in {"", benefit.in_network}
        )

    def coverage(self, day: date, service_type: str = WHOLE_PLAN) -> Coverage:
        """Whether the member was covered for that service type on that day.

        What is said of the service type itself goes before what is said of the whole plan, a
        refusal before a promise. Both the member's dates and the benefit's must allow the day; the
        day or period that was asked about (DTP*307 of the member) says nothing of other days.
        """
        if self.rejections:
            return Coverage.UNKNOWN
        asked_about = [each for each in self.member.dates if each.qualifier == _ASKED_ABOUT]
        if not _covers([d for d in self.member.dates if d.qualifier != _ASKED_ABOUT], day):
            return Coverage.INACTIVE
        if not _covers(asked_about, day):
            return Coverage.UNKNOWN
        for asked in dict.fromkeys((service_type, WHOLE_PLAN)):
            said = [
                benefit
                for benefit in self.benefits
                if benefit.information in ACTIVE | INACTIVE and benefit.is_about(asked)
            ]
            if any(b.information in INACTIVE and _covers(b.dates, day) for b in said):
                return Coverage.INACTIVE
            active = [benefit for benefit in said if benefit.information in ACTIVE]
            if active:
                in_force = any(_covers(benefit.dates, day) for benefit in active)
                return Coverage.ACTIVE if in_force else Coverage.INACTIVE
        return Coverage.UNKNOWN


@dataclass(frozen=True, slots=True)
class ReceiverEligibility:
    """Level 21: who asked, and why it may have got no answer."""

    receiver: Participant
    rejections: tuple[Rejection, ...] = ()
    subscribers: tuple[MemberEligibility, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceEligibility:
    """Level 20: who answers.

    ``rejections`` are AAA of 2000A (the system could not answer), ``name_rejections`` of 2100A.
    """

    source: Party
    rejections: tuple[Rejection, ...] = ()
    name_rejections: tuple[Rejection, ...] = ()
    receivers: tuple[ReceiverEligibility, ...] = ()


@dataclass(frozen=True, slots=True)
class EligibilityResponse:
    """One 271 transaction set. ``reference`` is BHT03, given back from the 270."""

    reference: str
    created: date | None
    created_at: time | None
    sources: tuple[SourceEligibility, ...]
    purpose: str = "11"
    kind: str = ""

    @property
    def members(self) -> Iterator[MemberEligibility]:
        """Every subscriber and dependent, in order."""
        for source in self.sources:
            for receiver in source.receivers:
                for subscriber in receiver.subscribers:
                    yield subscriber
                    yield from subscriber.dependents

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """Why the set as a whole was not answered: those of sources and receivers."""
        return tuple(
            rejection
            for source in self.sources
            for rejection in (
                *source.rejections,
                *source.name_rejections,
                *(r for receiver in source.receivers for r in receiver.rejections),
            )
        )

    def answer_to(self, trace: str) -> MemberEligibility | None:
        """What is said of the person whose question had that trace number."""
        return next(
            (
                member
                for member in self.members
                if any(given.number == trace for given in member.member.traces)
            ),
            None,
        )


def _covers(dates: Iterable[QualifiedDate], day: date) -> bool:
    """Whether no date of the coverage rules the day out."""
    for dated in dates:
        last = dated.last
        if dated.qualifier in PLAN_BEGIN and day < dated.first:
            return False
        if dated.qualifier in PLAN_END and day > dated.first:
            return False
        if dated.qualifier in PLAN_PERIOD and (day < dated.first or (last and day > last)):
            return False
    return True
