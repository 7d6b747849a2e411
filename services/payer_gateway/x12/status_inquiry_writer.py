"""Writes claim status inquiries (276, 005010X212).

Claims that follow each other under the same parties share their levels, so that the order in
which they are given is the order in which they stand.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.dates import format_date, format_period, format_time
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.hierarchy import Levels
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.parties import Party, write_name, write_reference
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.segments import Element
from services.payer_gateway.x12.status_inquiry import (
    GUIDE,
    ClaimInquiry,
    Insured,
    LineInquiry,
    StatusInquiry,
)

_Segments = list[tuple[Element, ...]]


def write_276(envelope: Envelope, inquiries: Iterable[StatusInquiry]) -> bytes:
    """One interchange with one 276 transaction set for each inquiry.

    What is given is written: ask ``status_validate`` first. Raises WriteError where a value holds
    a delimiter, ValueError where an inquiry asks about no claim.
    """
    bodies = (_Writer(envelope).segments(inquiry) for inquiry in inquiries)
    return write_interchange(envelope, "276", GUIDE, bodies)


class _Writer:
    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.levels = Levels()
        self.out: _Segments = []

    def segments(self, inquiry: StatusInquiry) -> _Segments:
        if not inquiry.claims:
            raise ValueError("an inquiry needs a claim")
        day = format_date(inquiry.created or self.envelope.created)
        moment = format_time(inquiry.created_at or self.envelope.created_at)
        self.out.append(("BHT", "0010", "13", inquiry.reference, day, moment))
        for source, of_source in groupby(inquiry.claims, lambda claim: claim.source):
            payer = self._party("", "20", source)
            for receiver, of_receiver in groupby(of_source, lambda claim: claim.receiver):
                asking = self._party(payer, "21", receiver)
                for provider, of_provider in groupby(of_receiver, lambda claim: claim.provider):
                    own = self._party(asking, "19", provider)
                    for subscriber, claims in groupby(of_provider, lambda claim: claim.subscriber):
                        self._subscriber(own, subscriber, list(claims))
        return self.out

    def _party(self, parent: str, kind: str, party: Party) -> str:
        self.out.append(self.levels.open(parent, kind, has_children=True))
        own = str(self.levels.count)
        qualifier = party.identifier_qualifier
        self.out.append(write_name(party.role, party.name, qualifier, party.identifier))
        return own

    def _subscriber(self, parent: str, subscriber: Insured, claims: Sequence[ClaimInquiry]) -> None:
        """A level of the subscriber's own claims, and a level below it for each dependent.

        Own claims that follow a dependent's open the subscriber's level again.
        """
        starts = [
            number
            for number, claim in enumerate(claims)
            if not number or (claim.dependent is None and claims[number - 1].dependent is not None)
        ]
        for start, end in pairwise([*starts, len(claims)]):
            own_level = str(self.levels.count + 1)
            below = claims[end - 1].dependent is not None
            self.out.append(self.levels.open(parent, "22", has_children=below))
            self._insured("IL", subscriber)
            for dependent, members in groupby(claims[start:end], lambda claim: claim.dependent):
                if dependent is not None:
                    self.out.append(self.levels.open(own_level, "23", has_children=None))
                    self._insured("QC", dependent)
                for claim in members:
                    self._claim(claim)

    def _insured(self, role: str, insured: Insured) -> None:
        if insured.birth_date or insured.sex:
            birth = format_date(insured.birth_date) if insured.birth_date else ""
            self.out.append(("DMG", "D8", birth, insured.sex))
        qualifier = insured.identifier_qualifier
        self.out.append(write_name(role, insured.name, qualifier, insured.identifier))

    def _claim(self, claim: ClaimInquiry) -> None:
        self.out.append(("TRN", "1", claim.trace))
        self.out += map(write_reference, claim.references)
        if claim.charge_cents is not None:
            self.out.append(("AMT", "T3", format_cents(claim.charge_cents)))
        if claim.service_from:
            period = format_period(claim.service_from, claim.service_to)
            self.out.append(("DTP", "472", *period))
        for line in claim.lines:
            self._line(line)

    def _line(self, line: LineInquiry) -> None:
        units = "" if line.units is None else format_quantity(line.units)
        charge = "" if line.charge_cents is None else format_cents(line.charge_cents)
        procedure = write_procedure(line.procedure)
        self.out.append(("SVC", procedure, charge, "", line.revenue_code, "", "", units))
        if line.control_number:
            self.out.append(("REF", "FJ", line.control_number))
        if line.service_from:
            self.out.append(("DTP", "472", *format_period(line.service_from, line.service_to)))
