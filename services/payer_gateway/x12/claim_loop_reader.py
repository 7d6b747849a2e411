"""Reads one CLM loop (2300) of an 837P with its other payers (2320) and lines (2400).

``ClaimHead`` and ``OtherPayerLoop`` read what the institutional claim has in common with it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from services.payer_gateway.x12.adjustment import Adjustment, by_group
from services.payer_gateway.x12.claim_loop import (
    DIAGNOSIS,
    NO_SERVICE,
    ClaimLoop,
    UnreadableError,
    read_party_loop,
)
from services.payer_gateway.x12.claim_loop_writer import (
    CLAIM_ORDER,
    CLAIM_PARTIES,
    OTHER_PAYER_PARTIES,
    in_order,
    parties_in_order,
)
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import (
    Party,
    Reference,
    read_name,
    read_reference,
)
from services.payer_gateway.x12.professional_claim import (
    BillingProvider,
    Claim,
    Diagnosis,
    OtherPayer,
    Patient,
    PayerName,
    RelatedCauses,
    ServiceLine,
    Subscriber,
)
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, component, free
from services.payer_gateway.x12.service_line_reader import LineLoop
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

_CLAIM_EXTRA = frozenset({"PWK", "CN1", "K3", "CR1", "CR2", "CRC", "HCP", "HI"})
_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
_OTHER_HI = frozenset({"BP", "BO", "BG"})


_claim = maker(Claim)
_other_payer = maker(OtherPayer)


@lru_cache(maxsize=4096)
def _diagnosis(code: str, qualifier: str) -> Diagnosis:
    return Diagnosis(code, qualifier)


@lru_cache(maxsize=1024)
def _facility(composite: str, separator: str) -> tuple[str, str, str]:
    """Place of service, its qualifier and the frequency of CLM05."""
    parts = [*composite.split(separator), "", "", ""]
    return parts[0], parts[1], parts[2]


class Context(NamedTuple):
    """What stands above a claim in the hierarchy."""

    billing_provider: BillingProvider
    subscriber: Subscriber
    payer: PayerName
    patient: Patient | None


def read_claim(
    raw: Sequence[str],
    context: Context,
    findings: list[Finding],
    *,
    position: int,
    index: int,
    delimiters: Delimiters,
) -> Claim | UnreadableClaim:
    """One claim from its raw segments, CLM first; ``position`` is that of CLM (ST = 1)."""
    loop = _ClaimLoop(raw, findings, position=position, index=index, delimiters=delimiters)
    try:
        return loop.read(context)
    except UnreadableError:
        return UnreadableClaim(loop.claim_id, index, position, position + len(raw) - 1)


class _ClaimLoop(ClaimLoop):
    """Reads a CLM loop."""

    def read(self, context: Context) -> Claim:
        heads = [n for n, s in enumerate(self.segments) if s[0] in {"SBR", "LX"} and n]
        bounds = [*heads, len(self.segments)]
        head = _ProfessionalHead(self, bounds[0])
        other_payers: list[OtherPayer] = []
        lines: list[ServiceLine] = []
        for start, end in pairwise(bounds):
            if self.segments[start][0] == "LX":
                line = self._line(start, end)
                if line:
                    lines.append(line)
            else:
                other_payers.append(OtherPayerLoop(self, start, end).read(OTHER_PAYER_PARTIES))
        clm = self.segments[0]
        if len(clm) < 21:
            clm += [""] * (21 - len(clm))
        place, qualifier, frequency = _facility(clm[5], self.separator)
        return _claim(
            claim_id=clm[1],
            billing_provider=context.billing_provider,
            subscriber=context.subscriber,
            payer=context.payer,
            total_charge_cents=self.cents(clm, 2, "2300/CLM", 0),
            place_of_service=place,
            diagnoses=tuple(head.diagnoses),
            lines=tuple(lines),
            patient=context.patient,
            frequency=frequency,
            facility_qualifier=qualifier,
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
            parties=parties_in_order(head.parties, CLAIM_PARTIES),
            other_payers=tuple(other_payers),
            extra=tuple(in_order(head.extra, CLAIM_ORDER)),
            index=self.index,
            position=self.position,
            last_position=self.position + len(self.segments) - 1,
        )

    def _causes(self, composite: str) -> RelatedCauses | None:
        if not composite:
            return None
        parts = [*composite.split(self.separator), *[""] * 5]
        return RelatedCauses(tuple(part for part in parts[:3] if part), parts[3], parts[4])

    def _line(self, start: int, end: int) -> ServiceLine | None:
        sv1_at = next((n for n in range(start, end) if self.segments[n][0] == "SV1"), None)
        if sv1_at is None:
            self.note(NO_SERVICE, "a service line needs an SV1 segment", "2400/SV1", start)
            return None
        return LineLoop(self, start, end, sv1_at).read()


class ClaimHead(ABC):
    """The segments between CLM and the first other payer or line: 2300 and 2310."""

    def __init__(self, loop: ClaimLoop, end: int) -> None:
        self.loop = loop
        self.dates: list[QualifiedDate] = []
        self.amounts: list[tuple[str, int]] = []
        self.references: list[Reference] = []
        self.notes: list[tuple[str, str]] = []
        self.parties: list[Party] = []
        self.extra: list[FreeSegment] = []
        number = 1
        while number < end:
            segment = loop.segments[number]
            if segment[0] == "NM1":
                stop = loop.parties_end(number, end)
                self.parties.append(loop.party(number, stop))
                number = stop
                continue
            self._read(segment, number)
            number += 1

    def _read(self, segment: Segment, offset: int) -> None:
        loop = self.loop
        name = segment[0]
        if name == "DTP":
            self.dated(segment, offset)
        elif name == "REF":
            self.references.append(read_reference(segment, loop.separator))
        elif name == "AMT":
            self.amounts.append((at(segment, 1), loop.cents(segment, 2, "2300/AMT", offset)))
        elif name == "NTE":
            self.notes.append((at(segment, 1), at(segment, 2)))
        else:
            self.other(segment, offset)

    def dated(self, segment: Segment, offset: int) -> None:
        """A DTP."""
        period = self.loop.period(segment, "2300/DTP", offset)
        if period:
            self.dates.append(QualifiedDate(at(segment, 1), *period))

    @abstractmethod
    def other(self, segment: Segment, offset: int) -> None:
        """What one guide has in loop 2300 and the other has not."""


class _ProfessionalHead(ClaimHead):
    def __init__(self, loop: ClaimLoop, end: int) -> None:
        self.diagnoses: list[Diagnosis] = []
        super().__init__(loop, end)

    def other(self, segment: Segment, offset: int) -> None:
        loop = self.loop
        name = segment[0]
        if name == "HI" and component(at(segment, 1), loop.separator, 1) not in _OTHER_HI:
            self._diagnoses(segment, offset)
        elif name in _CLAIM_EXTRA:
            self.extra.append(free(segment, loop.delimiters))
        else:
            loop.unexpected("2300", offset)

    def _diagnoses(self, segment: Segment, offset: int) -> None:
        for number, composite in enumerate(segment[1:], 1):
            qualifier, _, code = composite.partition(self.loop.separator)
            if qualifier in _DIAGNOSIS_QUALIFIERS and code:
                self.diagnoses.append(_diagnosis(code, qualifier))
            elif composite:
                message = "write a diagnosis as a qualifier (ABK, ABF) and a code"
                element = f"HI{number:02d}"
                self.loop.note(DIAGNOSIS, message, "2300/HI", offset, element)


class OtherPayerLoop:
    """Loop 2320 with 2330."""

    def __init__(self, loop: ClaimLoop, start: int, end: int) -> None:
        self.loop = loop
        self.start = start
        self.end = end
        self.adjustments: list[Adjustment] = []
        self.amounts: dict[str, int] = {}
        self.oi: Segment = []
        self.mia: FreeSegment = ()
        self.moa: FreeSegment = ()
        self.paid_date: date | None = None
        self.subscriber = Party("IL", read_name([]))
        self.payer = Party("PR", read_name([]))
        self.parties: list[Party] = []

    def read(self, order: Mapping[str, int]) -> OtherPayer:
        """The other payer, its providers in the order of their roles."""
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
        return _other_payer(
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
            inpatient_adjudication=self.mia,
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
            parties=parties_in_order(self.parties, order),
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
            case "MIA":
                self.mia = free(segment, loop.delimiters)
            case "MOA":
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
