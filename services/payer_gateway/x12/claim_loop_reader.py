"""Reads one CLM loop (2300) of an 837P with its other payers (2320) and lines (2400)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from services.payer_gateway.x12.adjustment import Adjustment, by_group, read_adjustments
from services.payer_gateway.x12.amounts import AmountError, parse_cents, parse_quantity
from services.payer_gateway.x12.dates import QualifiedDate, parse_period
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error
from services.payer_gateway.x12.parties import (
    Party,
    Reference,
    read_address,
    read_contact,
    read_name,
    read_reference,
)
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.professional_claim import (
    BillingProvider,
    Claim,
    Diagnosis,
    Drug,
    LineAdjudication,
    OtherPayer,
    Patient,
    PayerName,
    RelatedCauses,
    ServiceLine,
    Subscriber,
    UnreadableClaim,
)
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, component, free

AMOUNT = error("claim.amount", 1, Scope.CLAIM, "837P CLM02, SV102, AMT02, SVD02, CAS")
QUANTITY = error("claim.quantity", 1, Scope.CLAIM, "837P SV104, SVD05")
DATE = error("claim.date", 1, Scope.CLAIM, "837P DTP02, DTP03")
DIAGNOSIS = error("claim.diagnosis-format", 1, Scope.CLAIM, "837P HI01 to HI12 (C022)")
POINTER = error("claim.pointer-format", 1, Scope.CLAIM, "837P SV107 (C004)")
NO_SERVICE = error("claim.service-missing", 2, Scope.CLAIM, "837P loop 2400 SV1")
UNEXPECTED = error("claim.unexpected-segment", 2, Scope.CLAIM, "837P 3.1, IK304 2")

_PARTY_SEGMENTS = frozenset({"PRV", "N2", "N3", "N4", "REF", "PER"})
_CLAIM_EXTRA = frozenset({"PWK", "CN1", "K3", "CR1", "CR2", "CRC", "HCP", "HI"})
_LINE_EXTRA = frozenset(
    {"SV5", "PWK", "CR1", "CR3", "CRC", "QTY", "MEA", "CN1", "K3", "PS1", "HCP", "LQ", "FRM"}
)
_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
_OTHER_HI = frozenset({"BP", "BO", "BG"})


class Context(NamedTuple):
    """What stands above a claim in the hierarchy."""

    billing_provider: BillingProvider
    subscriber: Subscriber
    payer: PayerName
    patient: Patient | None


class _Unreadable(Exception):  # noqa: N818
    """Ends the reading of one claim; its finding has been noted."""


def read_party_loop(segments: Sequence[Segment], separator: str) -> Party:
    """An NM1 with the PRV, N3, N4, REF and PER after it."""
    nm1 = segments[0]
    n3: Segment | None = None
    n4: Segment | None = None
    taxonomy = ""
    references: list[Reference] = []
    contacts = []
    for segment in segments[1:]:
        match segment[0]:
            case "N3":
                n3 = segment
            case "N4":
                n4 = segment
            case "PRV":
                taxonomy = at(segment, 3)
            case "REF":
                references.append(read_reference(segment, separator))
            case "PER":
                contacts.append(read_contact(segment))
            case _:
                continue
    return Party(
        role=at(nm1, 1),
        name=read_name(nm1),
        identifier_qualifier=at(nm1, 8),
        identifier=at(nm1, 9),
        taxonomy=taxonomy,
        address=read_address(n3, n4),
        references=tuple(references),
        contacts=tuple(contacts),
    )


def read_claim(
    segments: Sequence[Segment],
    context: Context,
    findings: list[Finding],
    *,
    position: int,
    index: int,
    delimiters: Delimiters,
) -> Claim | UnreadableClaim:
    """One claim from its segments, CLM first; ``position`` is that of CLM (ST = 1)."""
    loop = ClaimLoop(segments, findings, position=position, index=index, delimiters=delimiters)
    try:
        return loop.read(context)
    except _Unreadable:
        return UnreadableClaim(loop.claim_id, index, position, position + len(segments) - 1)


class ClaimLoop:
    """The state of reading one CLM loop."""

    def __init__(
        self,
        segments: Sequence[Segment],
        findings: list[Finding],
        *,
        position: int,
        index: int,
        delimiters: Delimiters,
    ) -> None:
        self.segments = segments
        self.findings = findings
        self.position = position
        self.index = index
        self.delimiters = delimiters
        self.separator = delimiters.component
        self.claim_id = at(segments[0], 1)

    def note(self, rule: Rule, message: str, path: str, offset: int, element: str = "") -> None:
        self.findings.append(
            rule.found(
                message,
                path=path,
                segment=self.position + offset,
                element=element,
                claim=self.claim_id,
                claim_index=self.index,
            )
        )

    def cents(self, segment: Segment, number: int, path: str, offset: int) -> int:
        try:
            return parse_cents(at(segment, number))
        except AmountError as problem:
            element = f"{segment[0]}{number:02d}"
            self.note(AMOUNT, f"{problem}: write it as 12.34", path, offset, element)
            raise _Unreadable from None

    def adjustments(self, cas: Segment, path: str, offset: int) -> list[Adjustment]:
        try:
            return read_adjustments(cas)
        except AmountError as problem:
            self.note(AMOUNT, f"{problem}: write it as 12.34", path, offset, "CAS03")
            raise _Unreadable from None

    def units(self, segment: Segment, number: int, path: str, offset: int) -> Decimal:
        try:
            return parse_quantity(at(segment, number))
        except AmountError as problem:
            self.note(QUANTITY, str(problem), path, offset, f"{segment[0]}{number:02d}")
            return Decimal(0)

    def period(self, dtp: Segment, path: str, offset: int) -> tuple[date, date | None] | None:
        period = parse_period(at(dtp, 2), at(dtp, 3))
        if period is None:
            self.note(DATE, "write D8 CCYYMMDD or RD8 CCYYMMDD-CCYYMMDD", path, offset, "DTP03")
        return period

    def unexpected(self, path: str, offset: int) -> None:
        self.note(UNEXPECTED, "the segment does not belong here", path, offset)

    def read(self, context: Context) -> Claim:
        heads = [
            number
            for number, segment in enumerate(self.segments)
            if segment[0] in {"SBR", "LX"} and number
        ]
        bounds = [*heads, len(self.segments)]
        head = _ClaimHead(self, bounds[0])
        other_payers: list[OtherPayer] = []
        lines: list[ServiceLine] = []
        for start, end in pairwise(bounds):
            if self.segments[start][0] == "LX":
                line = self._line(start, end)
                if line:
                    lines.append(line)
            else:
                other_payers.append(_OtherPayerLoop(self, start, end).read())
        clm = [*self.segments[0], *[""] * 21]
        return Claim(
            claim_id=clm[1],
            billing_provider=context.billing_provider,
            subscriber=context.subscriber,
            payer=context.payer,
            total_charge_cents=self.cents(clm, 2, "2300/CLM", 0),
            place_of_service=component(clm[5], self.separator, 1),
            diagnoses=tuple(head.diagnoses),
            lines=tuple(lines),
            patient=context.patient,
            frequency=component(clm[5], self.separator, 3),
            facility_qualifier=component(clm[5], self.separator, 2),
            signature=clm[6],
            assignment=clm[7],
            benefits_assigned=clm[8],
            release_of_information=clm[9],
            patient_signature=clm[10],
            related_causes=self._causes(clm[11]),
            special_program=clm[12],
            delay_reason=clm[20],
            dates=tuple(head.dates),
            amounts=tuple(head.amounts),
            references=tuple(head.references),
            notes=tuple(head.notes),
            parties=tuple(head.parties),
            other_payers=tuple(other_payers),
            extra=tuple(head.extra),
            index=self.index,
            position=self.position,
            last_position=self.position + len(self.segments) - 1,
        )

    def _causes(self, composite: str) -> RelatedCauses | None:
        if not composite:
            return None
        parts = [*composite.split(self.separator), *[""] * 5]
        return RelatedCauses(tuple(part for part in parts[:3] if part), parts[3], parts[4])

    def parties_end(self, start: int, end: int) -> int:
        """Where the NM1 loop that begins at ``start`` ends."""
        number = start + 1
        while number < end and self.segments[number][0] in _PARTY_SEGMENTS:
            number += 1
        return number

    def _line(self, start: int, end: int) -> ServiceLine | None:
        sv1_at = next((n for n in range(start, end) if self.segments[n][0] == "SV1"), None)
        if sv1_at is None:
            self.note(NO_SERVICE, "a service line needs an SV1 segment", "2400/SV1", start)
            return None
        return _LineLoop(self, start, end, sv1_at).read()


class _ClaimHead:
    """The segments between CLM and the first other payer or line: 2300 and 2310."""

    def __init__(self, loop: ClaimLoop, end: int) -> None:
        self.loop = loop
        self.dates: list[QualifiedDate] = []
        self.amounts: list[tuple[str, int]] = []
        self.references: list[Reference] = []
        self.notes: list[tuple[str, str]] = []
        self.diagnoses: list[Diagnosis] = []
        self.parties: list[Party] = []
        self.extra: list[FreeSegment] = []
        number = 1
        while number < end:
            segment = loop.segments[number]
            if segment[0] == "NM1":
                stop = loop.parties_end(number, end)
                self.parties.append(read_party_loop(loop.segments[number:stop], loop.separator))
                number = stop
                continue
            self._read(segment, number)
            number += 1

    def _read(self, segment: Segment, offset: int) -> None:
        loop = self.loop
        match segment[0]:
            case "DTP":
                period = loop.period(segment, "2300/DTP", offset)
                if period:
                    self.dates.append(QualifiedDate(at(segment, 1), *period))
            case "AMT":
                self.amounts.append((at(segment, 1), loop.cents(segment, 2, "2300/AMT", offset)))
            case "REF":
                self.references.append(read_reference(segment, loop.separator))
            case "NTE":
                self.notes.append((at(segment, 1), at(segment, 2)))
            case "HI" if component(at(segment, 1), loop.separator, 1) not in _OTHER_HI:
                self._diagnoses(segment, offset)
            case name if name in _CLAIM_EXTRA:
                self.extra.append(free(segment, loop.delimiters))
            case _:
                loop.unexpected("2300", offset)

    def _diagnoses(self, segment: Segment, offset: int) -> None:
        for number, composite in enumerate(segment[1:], 1):
            qualifier, _, code = composite.partition(self.loop.separator)
            if qualifier in _DIAGNOSIS_QUALIFIERS and code:
                self.diagnoses.append(Diagnosis(code, qualifier))
            elif composite:
                message = "write a diagnosis as a qualifier (ABK, ABF) and a code"
                element = f"HI{number:02d}"
                self.loop.note(DIAGNOSIS, message, "2300/HI", offset, element)


class _OtherPayerLoop:
    """Loop 2320 with 2330."""

    def __init__(self, loop: ClaimLoop, start: int, end: int) -> None:
        self.loop = loop
        self.start = start
        self.end = end
        self.adjustments: list[Adjustment] = []
        self.amounts: dict[str, int] = {}
        self.oi: Segment = []
        self.moa: FreeSegment = ()
        self.paid_date: date | None = None
        self.subscriber = Party("IL", read_name([]))
        self.payer = Party("PR", read_name([]))
        self.parties: list[Party] = []

    def read(self) -> OtherPayer:
        loop = self.loop
        number = self.start + 1
        while number < self.end:
            segment = loop.segments[number]
            if segment[0] == "NM1":
                number = self._party(number)
                continue
            self._read(segment, number)
            number += 1
        sbr = loop.segments[self.start]
        known = {"D", "A8", "EAF"}
        return OtherPayer(
            payer_sequence=at(sbr, 1),
            relationship=at(sbr, 2),
            subscriber_name=self.subscriber.name,
            member_id=self.subscriber.identifier,
            payer_name=self.payer.name.last,
            payer_id=self.payer.identifier,
            filing_indicator=at(sbr, 9),
            group_number=at(sbr, 3),
            group_name=at(sbr, 4),
            insurance_type=at(sbr, 5),
            adjustments=by_group(self.adjustments),
            paid_cents=self.amounts.get("D"),
            non_covered_cents=self.amounts.get("A8"),
            patient_liability_cents=self.amounts.get("EAF"),
            amounts=tuple(pair for pair in self.amounts.items() if pair[0] not in known),
            benefits_assigned=at(self.oi, 3),
            patient_signature=at(self.oi, 4),
            release_of_information=at(self.oi, 6),
            adjudication=self.moa,
            member_id_qualifier=self.subscriber.identifier_qualifier,
            subscriber_address=self.subscriber.address,
            subscriber_references=self.subscriber.references,
            payer_id_qualifier=self.payer.identifier_qualifier,
            payer_address=self.payer.address,
            paid_date=self.paid_date,
            claim_control_number=next(
                (r.value for r in self.payer.references if r.qualifier == "F8"), ""
            ),
            payer_references=tuple(r for r in self.payer.references if r.qualifier != "F8"),
            parties=tuple(self.parties),
        )

    def _read(self, segment: Segment, offset: int) -> None:
        loop = self.loop
        match segment[0]:
            case "CAS":
                self.adjustments += loop.adjustments(segment, "2320/CAS", offset)
            case "AMT":
                self.amounts[at(segment, 1)] = loop.cents(segment, 2, "2320/AMT", offset)
            case "OI":
                self.oi = segment
            case "MOA" | "MIA":
                self.moa = free(segment, loop.delimiters)
            case _:
                loop.unexpected("2320", offset)

    def _party(self, start: int) -> int:
        loop = self.loop
        stop = loop.parties_end(start, self.end)
        segments = list(loop.segments[start:stop])
        if stop < self.end and loop.segments[stop][0] == "DTP":
            period = loop.period(loop.segments[stop], "2330B/DTP", stop)
            self.paid_date = period[0] if period else None
            following = loop.parties_end(stop, self.end)
            segments += loop.segments[stop + 1 : following]
            stop = following
        party = read_party_loop(segments, loop.separator)
        if party.role == "IL":
            self.subscriber = party
        elif party.role == "PR":
            self.payer = party
        else:
            self.parties.append(party)
        return stop


class _LineLoop:
    """Loop 2400 with 2410 to 2440."""

    def __init__(self, loop: ClaimLoop, start: int, end: int, sv1_at: int) -> None:
        self.loop = loop
        self.start = start
        self.end = end
        self.sv1_at = sv1_at
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

    def read(self) -> ServiceLine:
        loop = self.loop
        number = self.start + 1
        while number < self.end:
            name = loop.segments[number][0]
            if name == "NM1":
                stop = loop.parties_end(number, self.end)
                self.parties.append(read_party_loop(loop.segments[number:stop], loop.separator))
                number = stop
            elif name == "SVD":
                number = self._adjudication(number)
            elif name == "LIN":
                number = self._drug(number)
            else:
                if number != self.sv1_at:
                    self._read(loop.segments[number], number)
                number += 1
        sv1 = [*loop.segments[self.sv1_at], *[""] * 16]
        at_sv1 = self.sv1_at
        return ServiceLine(
            control_number=self.control_number,
            procedure=read_procedure(sv1[1], loop.separator),
            charge_cents=loop.cents(sv1, 2, "2400/SV1", at_sv1),
            units=loop.units(sv1, 4, "2400/SV1", at_sv1),
            pointers=self._pointers(sv1[7]),
            service_from=self.service[0] if self.service else None,
            service_to=self.service[1] if self.service else None,
            unit=sv1[3],
            place_of_service=sv1[5],
            emergency=sv1[9],
            epsdt=sv1[11],
            family_planning=sv1[12],
            copay_status=sv1[15],
            dates=tuple(self.dates),
            references=tuple(self.references),
            amounts=tuple(self.amounts),
            notes=tuple(self.notes),
            drug=self.drug,
            parties=tuple(self.parties),
            adjudications=tuple(self.adjudications),
            extra=tuple(self.extra),
            position=loop.position + at_sv1,
        )

    def _pointers(self, composite: str) -> tuple[int, ...]:
        pointers: list[int] = []
        for part in composite.split(self.loop.separator) if composite else ():
            if part.isascii() and part.isdigit() and len(part) <= 2:
                pointers.append(int(part))
            elif part:
                message = "a diagnosis pointer is a number from 1 to 12"
                self.loop.note(POINTER, message, "2400/SV1", self.sv1_at, "SV107")
        return tuple(pointers)

    def _read(self, segment: Segment, offset: int) -> None:
        loop = self.loop
        match segment[0]:
            case "DTP":
                period = loop.period(segment, "2400/DTP", offset)
                if period and at(segment, 1) == "472":
                    self.service = period
                elif period:
                    self.dates.append(QualifiedDate(at(segment, 1), *period))
            case "REF" if at(segment, 1) == "6R":
                self.control_number = at(segment, 2)
            case "REF":
                self.references.append(read_reference(segment, loop.separator))
            case "AMT":
                self.amounts.append((at(segment, 1), loop.cents(segment, 2, "2400/AMT", offset)))
            case "NTE":
                self.notes.append((at(segment, 1), at(segment, 2)))
            case name if name in _LINE_EXTRA:
                self.extra.append(free(segment, loop.delimiters))
            case _:
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
            LineAdjudication(
                payer_id=at(svd, 1),
                paid_cents=loop.cents(svd, 2, "2430/SVD", start),
                procedure=read_procedure(at(svd, 3), loop.separator),
                units=loop.units(svd, 5, "2430/SVD", start),
                paid_date=paid,
                adjustments=by_group(adjustments),
                bundled_line=at(svd, 6),
                patient_liability_cents=liability,
            )
        )
        return stop
