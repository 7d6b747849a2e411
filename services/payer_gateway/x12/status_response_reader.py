"""Reads claim status responses (277, 005010X212)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from services.payer_gateway.x12.claim_status import read_status_code
from services.payer_gateway.x12.codes import CLAIM_STATUS_CATEGORIES
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.hierarchy import Level
from services.payer_gateway.x12.parties import (
    Name,
    Party,
    Reference,
    read_contact,
    read_name,
    read_party,
    read_reference,
)
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.segments import Segment, at
from services.payer_gateway.x12.set_reader import SetReader
from services.payer_gateway.x12.status_inquiry_reader import LEVELS
from services.payer_gateway.x12.status_response import (
    GUIDE,
    ClaimReport,
    LineReport,
    PatientReport,
    ProviderReport,
    ReceiverReport,
    SourceReport,
    StatusReport,
    StatusResponse,
)
from services.payer_gateway.x12.status_rules import CATEGORY, RULES

_CATEGORIES = frozenset(CLAIM_STATUS_CATEGORIES) | {
    *("P0", "P1", "P2", "P3", "P4", "P5", "F0", "F1", "F2", "F3", "F3F", "F3N", "F4"),
    *("R0", "R1", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14"),
    *("R15", "R16", "R17", "RQ", "E0", "E1", "E2", "E3", "E4", "D0"),
}
"""Health care claim status categories (code source 507)."""


_SOURCE = frozenset({"NM1", "PER"})
_ANSWERED = frozenset({"NM1", "TRN", "STC"})
_PATIENT = frozenset({"NM1"})
_CLAIM = frozenset({"TRN", "STC", "REF", "DTP"})
_LINE = frozenset({"STC", "REF", "DTP"})


def read_277(transaction: Transaction) -> tuple[StatusResponse, list[Finding]]:
    """The answers of a 277 of X212, and what is wrong with them. Never raises.

    A 277CA (X214) is refused with a finding and read empty: ``read_277ca`` reads it.
    """
    reader = _Reader(transaction)
    if not reader.opens(transaction, "277", GUIDE):
        return StatusResponse("", None, None, ()), reader.findings
    header, sources = LEVELS.read(transaction, reader.findings)
    opening = reader.opening(header)
    response = StatusResponse(
        reference=opening.reference,
        created=opening.created,
        created_at=opening.created_at,
        sources=tuple(map(reader.source, sources)),
        kind=opening.kind,
    )
    return response, reader.findings


class _Reader(SetReader):
    """Walks the levels; ``index`` counts the claims."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, RULES)
        self.count = 0

    def source(self, level: Level) -> SourceReport:
        body = _Body(self, level.segments[1:], level.path, level.position + 1, _SOURCE)
        body.named(1)
        return SourceReport(body.party(), tuple(map(self._receiver, level.children)))

    def _receiver(self, level: Level) -> ReceiverReport:
        body = _Body(self, level.segments[1:], level.path, level.position + 1, _ANSWERED)
        body.named(1)
        providers = tuple(map(self._provider, level.children))
        return ReceiverReport(body.party(), body.trace, tuple(body.statuses), providers)

    def _provider(self, level: Level) -> ProviderReport:
        body = _Body(self, level.segments[1:], level.path, level.position + 1, _ANSWERED)
        subscribers = tuple(map(self._patient, level.children))
        body.named(2)
        parties = tuple(map(read_party, body.names))
        return ProviderReport(parties, body.trace, tuple(body.statuses), subscribers)

    def _patient(self, level: Level) -> PatientReport:
        traces = [n for n, segment in enumerate(level.segments) if segment[0] == "TRN"]
        bounds = [*traces, len(level.segments)]
        head = _Body(self, level.segments[1 : bounds[0]], level.path, level.position + 1, _PATIENT)
        head.named(1)
        nm1 = head.names[0] if head.names else []
        path = f"{level.path}/2200{level.path[-1]}"
        claims = tuple(
            self._claim(level.segments[start:end], path, level.position + start)
            for start, end in pairwise(bounds)
        )
        return PatientReport(
            name=read_name(nm1),
            identifier=at(nm1, 9),
            identifier_qualifier=at(nm1, 8),
            claims=claims,
            dependents=tuple(map(self._patient, level.children)),
        )

    def _claim(self, segments: Sequence[Segment], path: str, position: int) -> ClaimReport:
        self.index, self.subject = self.count, at(segments[0], 2)
        self.count += 1
        lines = [number for number, segment in enumerate(segments) if segment[0] == "SVC"]
        bounds = [*lines, len(segments)]
        body = _Body(self, segments[: bounds[0]], path, position, _CLAIM)
        self.required(f"{path}/TRN", position, TRN02=body.trace)
        self.required(f"{path}/STC", position, STC01=body.statuses)
        line_path = path.replace("/2200", "/2220")
        claim = ClaimReport(
            trace=body.trace,
            statuses=tuple(body.statuses),
            references=tuple(body.references),
            service_from=body.service[0],
            service_to=body.service[1],
            lines=tuple(
                self._line(segments[start:end], line_path, position + start)
                for start, end in pairwise(bounds)
            ),
            position=position,
        )
        self.index, self.subject = None, ""
        return claim

    def _line(self, segments: Sequence[Segment], path: str, position: int) -> LineReport:
        svc = segments[0]
        body = _Body(self, segments[1:], path, position + 1, _LINE)
        self.required(f"{path}/STC", position, STC01=body.statuses)
        if any(reference.qualifier != "FJ" for reference in body.references):
            self.unexpected(f"{path}/REF", position)
        return LineReport(
            procedure=read_procedure(at(svc, 1), self.separator),
            charge_cents=self.cents(svc, 2, f"{path}/SVC", position),
            paid_cents=self.cents(svc, 3, f"{path}/SVC", position),
            statuses=tuple(body.statuses),
            units=self.quantity(svc, 7, f"{path}/SVC", position),
            revenue_code=at(svc, 4),
            control_number=next((r.value for r in body.references if r.qualifier == "FJ"), ""),
            service_from=body.service[0],
            service_to=body.service[1],
        )

    def status(self, stc: Segment, path: str, position: int) -> StatusReport:
        codes = tuple(
            read_status_code(at(stc, n), self.separator) for n in (1, 10, 11) if at(stc, n)
        )
        if codes and codes[0].category not in _CATEGORIES:
            message = "the claim status category is not known"
            self.note(CATEGORY, message, path, position, "STC01-1")
        return StatusReport(
            codes=codes,
            effective=self.day(stc, 2, path, position),
            charge_cents=self.cents(stc, 4, path, position),
            paid_cents=self.cents(stc, 5, path, position),
            adjudicated=self.day(stc, 6, path, position),
            payment_date=self.day(stc, 8, path, position),
            payment_trace=at(stc, 9),
            action=at(stc, 3),
            message=at(stc, 12),
        )


class _Body:
    """The segments after an HL or SVC: NM1, PER, TRN, STC, REF, DTP."""

    def __init__(
        self,
        reader: _Reader,
        segments: Sequence[Segment],
        path: str,
        position: int,
        allowed: frozenset[str],
    ) -> None:
        self.reader = reader
        self.place = (f"{path}/NM1", position)
        self.names: list[Segment] = []
        self.contacts: list[Segment] = []
        self.trace = ""
        self.statuses: list[StatusReport] = []
        self.references: list[Reference] = []
        self.service: tuple[date | None, date | None] = (None, None)
        for offset, segment in enumerate(segments):
            place = position + offset
            if segment[0] not in allowed:
                reader.unexpected(path, place)
                continue
            match segment[0]:
                case "NM1":
                    self.names.append(segment)
                case "PER":
                    self.contacts.append(segment)
                case "TRN" if not self.trace:
                    self.trace = at(segment, 2)
                case "STC":
                    self.statuses.append(reader.status(segment, f"{path}/STC", place))
                case "REF":
                    self.references.append(read_reference(segment, reader.separator))
                case "DTP":
                    self.service = reader.period(segment, f"{path}/DTP", place)
                case _:
                    reader.unexpected(path, place)

    def named(self, most: int) -> None:
        """Notes a level without a name, or with more names than it has."""
        if not self.names:
            self.reader.required(*self.place, NM103="")
        elif len(self.names) > most:
            self.reader.unexpected(*self.place)

    def party(self) -> Party:
        """The first name, with the contacts; an empty one where there is none."""
        if not self.names:
            return Party("", Name(""))
        party = read_party(self.names[0])
        contacts = tuple(map(read_contact, self.contacts))
        return replace(party, contacts=contacts) if contacts else party
