"""Writes claim acknowledgements (277CA, 005010X214)."""

from collections.abc import Iterable
from datetime import date

from services.payer_gateway.x12.amounts import format_cents, format_quantity
from services.payer_gateway.x12.claim_status import (
    GUIDE,
    ClaimAcknowledgement,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    Totals,
    write_status_code,
)
from services.payer_gateway.x12.dates import format_date, format_period, format_time
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.interchange_writer import write_interchange
from services.payer_gateway.x12.parties import write_name, write_reference
from services.payer_gateway.x12.procedure import write_procedure
from services.payer_gateway.x12.segments import Element

_Segments = list[tuple[Element, ...]]


def write_277ca(envelope: Envelope, acknowledgements: Iterable[ClaimAcknowledgement]) -> bytes:
    """One interchange with one 277CA transaction set for each acknowledgement.

    Raises WriteError where a value holds a delimiter.
    """
    bodies = (_Writer(envelope).segments(given) for given in acknowledgements)
    return write_interchange(envelope, "277", GUIDE, bodies)


class _Writer:
    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.out: _Segments = []
        self.levels = 0

    def segments(self, given: ClaimAcknowledgement) -> _Segments:
        created = given.created or self.envelope.created
        created_at = given.created_at or self.envelope.created_at
        day, moment = format_date(created), format_time(created_at)
        self.out.append(("BHT", "0085", "08", given.reference, day, moment, "TH"))
        source = self._level("", "20", has_children=bool(given.receivers))
        name = write_name(
            given.source_role, given.source, given.source_id_qualifier, given.source_id
        )
        self.out += [name, ("TRN", "1", given.trace)]
        for qualifier, at_date in (("050", given.received), ("009", given.processed)):
            if at_date:
                self.out.append(("DTP", qualifier, "D8", format_date(at_date)))
        for receiver in given.receivers:
            self._receiver(receiver, source)
        return self.out

    def _level(self, parent: str, kind: str, *, has_children: bool | None) -> str:
        self.levels += 1
        number = str(self.levels)
        child = "" if has_children is None else str(int(has_children))
        self.out.append(("HL", number, parent, kind, child))
        return number

    def _receiver(self, receiver: ReceiverStatus, source: str) -> None:
        level = self._level(source, "21", has_children=bool(receiver.providers))
        self.out.append(write_name("41", receiver.name, "46", receiver.identifier))
        self.out.append(("TRN", "2", receiver.batch_id))
        self.out += map(_status, receiver.statuses)
        self.out += _totals(receiver.totals, "90", "AA")
        for provider in receiver.providers:
            self._provider(provider, level)

    def _provider(self, provider: ProviderStatus, receiver: str) -> None:
        level = self._level(receiver, "19", has_children=bool(provider.claims))
        self.out.append(
            write_name("85", provider.name, provider.identifier_qualifier, provider.identifier)
        )
        self.out.append(("TRN", "1", provider.trace))
        self.out += map(_status, provider.statuses)
        self.out += map(write_reference, provider.references)
        self.out += _totals(provider.totals, "QA", "QC")
        for claim in provider.claims:
            self._claim(claim, level)

    def _claim(self, claim: ClaimStatus, provider: str) -> None:
        self._level(provider, "PT", has_children=None)
        self.out.append(write_name("QC", claim.patient, claim.member_id_qualifier, claim.member_id))
        self.out.append(("TRN", "2", claim.claim_id))
        self.out += map(_status, claim.statuses)
        ids = (
            ("1K", claim.payer_claim_number),
            ("D9", claim.clearinghouse_number),
            ("BLT", claim.bill_type),
        )
        self.out += [("REF", qualifier, value) for qualifier, value in ids if value]
        self.out += _service_dates(claim.service_from, claim.service_to)
        for line in claim.lines:
            self._line(line)

    def _line(self, line: LineStatus) -> None:
        units = "" if line.units is None else format_quantity(line.units)
        charge = format_cents(line.charge_cents)
        procedure = write_procedure(line.procedure)
        self.out.append(("SVC", procedure, charge, "", line.revenue_code, "", "", units))
        self.out += map(_status, line.statuses)
        ids = (("FJ", line.line_control_number), ("XZ", line.prescription_number))
        self.out += [("REF", qualifier, value) for qualifier, value in ids if value]
        self.out += _service_dates(line.service_from, line.service_to)


def _status(status: Status) -> tuple[Element, ...]:
    first, second, third = (*map(write_status_code, status.codes), "", "", "")[:3]
    return (
        "STC",
        first,
        format_date(status.effective) if status.effective else "",
        status.action,
        "" if status.amount_cents is None else format_cents(status.amount_cents),
        *[""] * 5,
        second,
        third,
        status.message,
    )


def _totals(totals: Totals, accepted: str, rejected: str) -> _Segments:
    counts = ((accepted, totals.accepted), (rejected, totals.rejected))
    amounts = (("YU", totals.accepted_cents), ("YY", totals.rejected_cents))
    segments: _Segments = [("QTY", name, str(count)) for name, count in counts if count is not None]
    segments += [("AMT", name, format_cents(cents)) for name, cents in amounts if cents is not None]
    return segments


def _service_dates(first: date | None, last: date | None) -> _Segments:
    return [("DTP", "472", *format_period(first, last))] if first else []
