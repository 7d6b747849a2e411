"""Writes eligibility answers (271, 005010X279A1)."""

from collections.abc import Iterable
from decimal import Decimal

from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.dates import format_date, format_time
from services.payer_gateway.x12.eligibility_inquiry import GUIDE
from services.payer_gateway.x12.eligibility_response import (
    Benefit,
    EligibilityResponse,
    MemberEligibility,
    SourceEligibility,
)
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.hierarchy import Levels
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.member import Participant
from services.payer_gateway.x12.member_writer import (
    date_segments,
    member_segments,
    participant_segments,
)
from services.payer_gateway.x12.parties import (
    write_address,
    write_contact,
    write_name,
    write_reference,
)
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.rejection import write_rejection
from services.payer_gateway.x12.segments import Element, Repeated

_Segments = list[tuple[Element, ...]]


def write_271(envelope: Envelope, responses: Iterable[EligibilityResponse]) -> bytes:
    """One interchange with one 271 transaction set for each response.

    Raises WriteError where a value holds a delimiter.
    """
    bodies = (_Writer(envelope).segments(response) for response in responses)
    return write_interchange(envelope, "271", GUIDE, bodies)


class _Writer:
    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.levels = Levels()
        self.out: _Segments = []

    def segments(self, response: EligibilityResponse) -> _Segments:
        day = format_date(response.created or self.envelope.created)
        moment = format_time(response.created_at or self.envelope.created_at)
        purpose, kind = response.purpose, response.kind
        self.out.append(("BHT", "0022", purpose, response.reference, day, moment, kind))
        for source in response.sources:
            self._source(source)
        return self.out

    def _level(self, parent: str, kind: str, *, has_children: bool) -> str:
        self.out.append(self.levels.open(parent, kind, has_children=has_children))
        return str(self.levels.count)

    def _source(self, source: SourceEligibility) -> None:
        own = self._level("", "20", has_children=bool(source.receivers))
        self.out += map(write_rejection, source.rejections)
        party = source.source
        name = write_name(party.role, party.name, party.identifier_qualifier, party.identifier)
        self.out += [name, *map(write_contact, party.contacts)]
        self.out += map(write_rejection, source.name_rejections)
        for receiver in source.receivers:
            level = self._level(own, "21", has_children=bool(receiver.subscribers))
            rejections = map(write_rejection, receiver.rejections)
            self.out += participant_segments(receiver.receiver, rejections)
            for subscriber in receiver.subscribers:
                below = self._level(level, "22", has_children=bool(subscriber.dependents))
                self._member(subscriber, "IL")
                for dependent in subscriber.dependents:
                    self._level(below, "23", has_children=False)
                    self._member(dependent, "03")

    def _member(self, given: MemberEligibility, role: str) -> None:
        self.out += member_segments(given.member, role, map(write_rejection, given.rejections))
        for benefit in given.benefits:
            self.out += _benefit(benefit)


def _benefit(benefit: Benefit) -> _Segments:
    cents, points = benefit.amount_cents, benefit.share_basis_points
    eb: tuple[Element, ...] = (
        "EB",
        benefit.information,
        benefit.coverage_level,
        Repeated(benefit.service_types),
        benefit.insurance_type,
        benefit.plan,
        benefit.period,
        "" if cents is None else format_cents(cents),
        "" if points is None else format_quantity(Decimal(points).scaleb(-4)),
        benefit.quantity_qualifier,
        "" if benefit.quantity is None else format_quantity(benefit.quantity),
        benefit.authorization,
        benefit.in_network,
        write_procedure(benefit.procedure) if benefit.procedure else "",
        tuple(map(str, benefit.pointers)),
    )
    segments: _Segments = [eb, *benefit.delivery]
    segments += map(write_reference, benefit.references)
    segments += date_segments(benefit.dates)
    segments += map(write_rejection, benefit.rejections)
    segments += [("MSG", message) for message in benefit.messages]
    segments += benefit.additional
    if benefit.entities:
        entities = [segment for entity in benefit.entities for segment in _entity(entity)]
        segments += [("LS", "2120"), *entities, ("LE", "2120")]
    return segments


def _entity(entity: Participant) -> _Segments:
    """Loop 2120: NM1, N3, N4, PER, PRV."""
    party = entity.party
    return [
        write_name(party.role, party.name, party.identifier_qualifier, party.identifier),
        *write_address(party.address),
        *map(write_contact, party.contacts),
        *([entity.provider] if entity.provider else []),
    ]
