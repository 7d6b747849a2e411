"""Writes claim status responses (277, 005010X212)."""

from collections.abc import Iterable, Sequence
from datetime import date

from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.claim_status import write_status_code
from services.payer_gateway.x12.dates import format_date, format_period, format_time
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.hierarchy import Levels
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.parties import (
    Party,
    write_contact,
    write_name,
    write_reference,
)
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.segments import Element
from services.payer_gateway.x12.status_response import (
    GUIDE,
    ClaimReport,
    LineReport,
    PatientReport,
    ProviderReport,
    ReceiverReport,
    StatusReport,
    StatusResponse,
)

_Segments = list[tuple[Element, ...]]


def write_277(envelope: Envelope, responses: Iterable[StatusResponse]) -> bytes:
    """One interchange with one 277 transaction set for each response.

    Raises WriteError where a value holds a delimiter.
    """
    bodies = (_Writer(envelope).segments(response) for response in responses)
    return write_interchange(envelope, "277", GUIDE, bodies)


class _Writer:
    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.levels = Levels()
        self.out: _Segments = []

    def segments(self, response: StatusResponse) -> _Segments:
        day = format_date(response.created or self.envelope.created)
        moment = format_time(response.created_at or self.envelope.created_at)
        opening = ("BHT", "0010", "08", response.reference, day, moment, response.kind)
        self.out.append(opening)
        for source in response.sources:
            own = self._level("", "20", source.receivers)
            self._name(source.party)
            self.out += map(write_contact, source.party.contacts)
            for receiver in source.receivers:
                self._receiver(own, receiver)
        return self.out

    def _level(self, parent: str, kind: str, below: Sequence[object]) -> str:
        self.out.append(self.levels.open(parent, kind, has_children=bool(below)))
        return str(self.levels.count)

    def _name(self, party: Party) -> None:
        qualifier = party.identifier_qualifier
        self.out.append(write_name(party.role, party.name, qualifier, party.identifier))

    def _receiver(self, parent: str, receiver: ReceiverReport) -> None:
        own = self._level(parent, "21", receiver.providers)
        self._name(receiver.party)
        self._answer("2", receiver.trace, receiver.statuses)
        for provider in receiver.providers:
            self._provider(own, provider)

    def _provider(self, parent: str, provider: ProviderReport) -> None:
        own = self._level(parent, "19", provider.subscribers)
        for party in provider.parties:
            self._name(party)
        self._answer("1", provider.trace, provider.statuses)
        for subscriber in provider.subscribers:
            level = self._level(own, "22", subscriber.dependents)
            self._patient("IL", subscriber)
            for dependent in subscriber.dependents:
                self.out.append(self.levels.open(level, "23", has_children=None))
                self._patient("QC", dependent)

    def _answer(self, kind: str, trace: str, statuses: Sequence[StatusReport]) -> None:
        if trace or statuses:
            self.out.append(("TRN", kind, trace))
        self.out += map(_status, statuses)

    def _patient(self, role: str, patient: PatientReport) -> None:
        qualifier = patient.identifier_qualifier
        self.out.append(write_name(role, patient.name, qualifier, patient.identifier))
        for claim in patient.claims:
            self._claim(claim)

    def _claim(self, claim: ClaimReport) -> None:
        self.out.append(("TRN", "2", claim.trace))
        self.out += map(_status, claim.statuses)
        self.out += map(write_reference, claim.references)
        self.out += _service_dates(claim.service_from, claim.service_to)
        for line in claim.lines:
            self._line(line)

    def _line(self, line: LineReport) -> None:
        units = "" if line.units is None else format_quantity(line.units)
        procedure = write_procedure(line.procedure)
        charge, paid = _amount(line.charge_cents), _amount(line.paid_cents)
        self.out.append(("SVC", procedure, charge, paid, line.revenue_code, "", "", units))
        self.out += map(_status, line.statuses)
        if line.control_number:
            self.out.append(("REF", "FJ", line.control_number))
        self.out += _service_dates(line.service_from, line.service_to)


def _status(status: StatusReport) -> tuple[Element, ...]:
    first, second, third = (*map(write_status_code, status.codes), "", "", "")[:3]
    return (
        "STC",
        first,
        _day(status.effective),
        status.action,
        _amount(status.charge_cents),
        _amount(status.paid_cents),
        _day(status.adjudicated),
        "",
        _day(status.payment_date),
        status.payment_trace,
        second,
        third,
        status.message,
    )


def _amount(cents: int | None) -> str:
    return "" if cents is None else format_cents(cents)


def _day(day: date | None) -> str:
    return format_date(day) if day else ""


def _service_dates(first: date | None, last: date | None) -> _Segments:
    return [("DTP", "472", *format_period(first, last))] if first else []
