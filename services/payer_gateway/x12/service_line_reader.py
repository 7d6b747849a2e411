"""Reads one LX loop (2400) of an 837P with its drug, providers and adjudications (2410 to 2440)."""

from datetime import date
from decimal import Decimal

from services.payer_gateway.x12.adjustment import Adjustment, by_group
from services.payer_gateway.x12.claim_loop import POINTER, ClaimLoop
from services.payer_gateway.x12.claim_loop_writer import (
    LINE_ORDER,
    LINE_PARTIES,
    in_order,
    parties_in_order,
)
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import Party, Reference, read_reference
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.professional_claim import Drug, LineAdjudication, ServiceLine
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, component, free

_LINE_EXTRA = frozenset(
    {"SV5", "PWK", "CR1", "CR3", "CRC", "QTY", "MEA", "CN1", "K3", "PS1", "HCP", "LQ", "FRM"}
)


_line = maker(ServiceLine)
_line_adjudication = maker(LineAdjudication)
_ONE_POINTER = {"": (), **{str(number): (number,) for number in range(1, 13)}}


class CommonLineLoop:
    """Loop 2400 with 2410 to 2440, but for the service segment (SV1, SV2) at ``service_at``."""

    def __init__(self, loop: ClaimLoop, start: int, end: int, service_at: int) -> None:
        self.loop = loop
        self.start = start
        self.end = end
        self.service_at = service_at
        self.service: tuple[date, date | None] | None = None
        self.control_number = ""
        self.dates: list[QualifiedDate] = []
        self.references: list[Reference] = []
        self.amounts: list[tuple[str, int]] = []
        self.notes: list[tuple[str, str]] = []
        self.drug: Drug | None = None
        self.parties: list[Party] = []
        self.adjudications: list[LineAdjudication] = []
        self.extra: list[FreeSegment] = []

    def read_around(self) -> None:
        """Reads everything but the service segment."""
        loop = self.loop
        segments, end = loop.segments, self.end
        number = self.start + 1
        while number < end:
            name = segments[number][0]
            if name == "NM1":
                stop = loop.parties_end(number, end)
                self.parties.append(loop.party(number, stop))
                number = stop
            elif name == "SVD":
                number = self._adjudication(number)
            elif name == "LIN":
                number = self._drug(number)
            else:
                if number != self.service_at:
                    self._read(segments[number], number)
                number += 1

    def _read(self, segment: Segment, offset: int) -> None:
        loop = self.loop
        name = segment[0]
        if name == "DTP":
            period = loop.period(segment, "2400/DTP", offset)
            if period and segment[1] == "472":
                self.service = period
            elif period:
                self.dates.append(QualifiedDate(segment[1], *period))
        elif name == "REF":
            if at(segment, 1) == "6R":
                self.control_number = at(segment, 2)
            else:
                self.references.append(read_reference(segment, loop.separator))
        elif name == "AMT":
            self.amounts.append((at(segment, 1), loop.cents(segment, 2, "2400/AMT", offset)))
        elif name == "NTE":
            self.notes.append((at(segment, 1), at(segment, 2)))
        elif name in _LINE_EXTRA:
            self.extra.append(free(segment, loop.delimiters))
        else:
            loop.unexpected("2400", offset)

    def _drug(self, start: int) -> int:
        loop = self.loop
        lin, stop = loop.segments[start], start + 1
        quantity: Decimal | None = None
        unit = ""
        references: list[Reference] = []
        while stop < self.end and loop.segments[stop][0] in {"CTP", "REF"}:
            segment = loop.segments[stop]
            if segment[0] == "CTP":
                quantity = loop.units(segment, 4, "2410/CTP", stop)
                unit = component(at(segment, 5), loop.separator, 1)
            else:
                references.append(read_reference(segment, loop.separator))
            stop += 1
        self.drug = Drug(at(lin, 3), quantity, unit, at(lin, 2), tuple(references))
        return stop

    def _adjudication(self, start: int) -> int:
        loop = self.loop
        svd, stop = loop.segments[start], start + 1
        adjustments: list[Adjustment] = []
        paid: date | None = None
        liability: int | None = None
        while stop < self.end and loop.segments[stop][0] in {"CAS", "DTP", "AMT"}:
            segment = loop.segments[stop]
            if segment[0] == "CAS":
                adjustments += loop.adjustments(segment, "2430/CAS", stop)
            elif segment[0] == "DTP":
                period = loop.period(segment, "2430/DTP", stop)
                paid = period[0] if period else None
            else:
                liability = loop.cents(segment, 2, "2430/AMT", stop)
            stop += 1
        self.adjudications.append(
            _line_adjudication(
                payer_id=at(svd, 1),
                paid_cents=loop.cents(svd, 2, "2430/SVD", start),
                procedure=read_procedure(at(svd, 3), loop.separator),
                units=loop.units(svd, 5, "2430/SVD", start),
                paid_date=paid,
                adjustments=by_group(adjustments),
                bundled_line=at(svd, 6),
                patient_liability_cents=liability,
                revenue_code=at(svd, 4),
            )
        )
        return stop


class LineLoop(CommonLineLoop):
    """Loop 2400 of a professional claim."""

    def read(self) -> ServiceLine:
        """The line; raises UnreadableError where its money cannot be read."""
        self.read_around()
        loop = self.loop
        at_sv1 = self.service_at
        sv1 = loop.segments[at_sv1]
        if len(sv1) < 16:
            sv1 += [""] * (16 - len(sv1))
        first, last = self.service or (None, None)
        return _line(
            self.control_number,
            read_procedure(sv1[1], loop.separator),
            loop.cents(sv1, 2, "2400/SV1", at_sv1),
            loop.units(sv1, 4, "2400/SV1", at_sv1),
            self._pointers(sv1[7]),
            first,
            last,
            sv1[3],
            sv1[5],
            sv1[9],
            sv1[11],
            sv1[12],
            sv1[15],
            tuple(self.dates),
            tuple(self.references),
            tuple(self.amounts),
            tuple(self.notes),
            self.drug,
            parties_in_order(self.parties, LINE_PARTIES),
            tuple(self.adjudications),
            tuple(in_order(self.extra, LINE_ORDER)),
            loop.position + at_sv1,
        )

    def _pointers(self, composite: str) -> tuple[int, ...]:
        if composite in _ONE_POINTER:
            return _ONE_POINTER[composite]
        pointers: list[int] = []
        for part in composite.split(self.loop.separator) if composite else ():
            if part.isascii() and part.isdigit() and len(part) <= 2:
                pointers.append(int(part))
            elif part:
                message = "a diagnosis pointer is a number from 1 to 12"
                self.loop.note(POINTER, message, "2400/SV1", self.service_at, "SV107")
        return tuple(pointers)
