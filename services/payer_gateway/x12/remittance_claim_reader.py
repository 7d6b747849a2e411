"""Reads one CLP loop (2100) of an 835 with its service lines (2110)."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from services.payer_gateway.x12.adjustment import Adjustment, by_group, read_adjustments
from services.payer_gateway.x12.amounts import AmountError, parse_cents, parse_quantity
from services.payer_gateway.x12.codes import ADJUSTMENT_GROUPS_835, CLAIM_PAYMENT_STATUSES
from services.payer_gateway.x12.dates import QualifiedDate, parse_date
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error, warning
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import (
    Contact,
    Party,
    Reference,
    read_contact,
    read_party,
)
from services.payer_gateway.x12.procedure import Procedure, read_procedure
from services.payer_gateway.x12.remittance import RemittanceClaim, ServicePayment
from services.payer_gateway.x12.segments import FreeSegment, Segment, at, free
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

NO_CLAIM_ID = error("remittance.claim-id-missing", 2, Scope.CLAIM, "835 CLP01")
CLAIM_AMOUNT = error("remittance.claim-amount", 1, Scope.CLAIM, "835 loops 2100 and 2110")
CLAIM_STATUS = warning("remittance.claim-status", 2, Scope.CLAIM, "835 CLP02")
CLAIM_QUANTITY = warning("remittance.quantity", 1, Scope.CLAIM, "835 SVC05, SVC07, QTY02")
CLAIM_DATE = warning("remittance.date", 1, Scope.CLAIM, "835 DTM02")
NO_PATIENT = warning("remittance.patient-missing", 2, Scope.CLAIM, "835 2100 NM1*QC")
CONTROL_NUMBER = warning("remittance.payer-claim-number-missing", 2, Scope.CLAIM, "835 CLP07")
PROCEDURE = warning("remittance.procedure-missing", 2, Scope.CLAIM, "835 SVC01-2")
GROUP_CODE = warning("remittance.adjustment-group", 2, Scope.CLAIM, "835 CAS01 (1033)")
NO_REASON = warning("remittance.adjustment-reason-missing", 2, Scope.CLAIM, "835 CAS02 (1034)")
UNEXPECTED = warning("remittance.unexpected-claim-segment", 2, Scope.CLAIM, "835 loop 2100")


_claim = maker(RemittanceClaim)
_service = maker(ServicePayment)
_adjustment = maker(Adjustment)
_reference = maker(Reference)

_ADJUSTMENTS, _DATES, _REFERENCES, _AMOUNTS, _REMARKS, _QUANTITIES = range(6)
_MOST_KNOWN = 8192


class _Service(NamedTuple):
    """What one SVC segment says."""

    procedure: Procedure
    charge_cents: int
    paid_cents: int
    revenue_code: str
    units: Decimal | None
    submitted_procedure: Procedure | None
    submitted_units: Decimal | None


class _Known:
    """Segments that were read before without a finding, by their text.

    Fees, reasons, dates and numbers of lines come again and again in the files of a payer. Names
    of patients are never kept. ``segments`` gives the kind and the values of a segment.
    """

    __slots__ = ("providers", "segments", "services")

    def __init__(self) -> None:
        self.segments: dict[str, tuple[int, tuple[Any, ...]]] = {}
        self.services: dict[str, _Service] = {}
        self.providers: dict[str, Party] = {}


@lru_cache(maxsize=16)
def _known_under(delimiters: Delimiters) -> _Known:
    """What is known under these delimiters."""
    del delimiters
    return _Known()


class _Unreadable(Exception):  # noqa: N818
    """Ends the reading of one claim; its finding has been noted."""


@lru_cache(maxsize=4096)
def _dated(qualifier: str, text: str) -> QualifiedDate | None:
    day = parse_date(text) if len(text) == 8 else None
    return None if day is None else QualifiedDate(qualifier, day)


class ClaimReader:
    """Reads CLP loops one after the other; what is wrong with them is added to ``findings``."""

    __slots__ = (
        "_claim_id",
        "_index",
        "_known",
        "_position",
        "delimiters",
        "findings",
        "mark",
    )

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        self.delimiters = delimiters
        self.findings = findings
        self.mark = delimiters.element
        self._known = _known_under(delimiters)
        self._claim_id = ""
        self._index = self._position = 0

    def read(
        self, raw: Sequence[str], *, position: int, index: int, group_number: str
    ) -> RemittanceClaim | UnreadableClaim:
        """One claim from its raw segments, CLP first; ``position`` is that of CLP (ST = 1).

        An amount that cannot be read makes the claim unreadable; everything else is a warning.
        """
        clp = raw[0].split(self.mark)
        self._claim_id = at(clp, 1)
        self._position, self._index = position, index
        try:
            return self._claim(clp, raw, group_number)
        except _Unreadable:
            return UnreadableClaim(self._claim_id, index, position, position + len(raw) - 1)

    def _claim(self, clp: Segment, raw: Sequence[str], group_number: str) -> RemittanceClaim:
        mark = self.mark
        known = self._known.segments
        known_services = self._known.services
        if len(known) > _MOST_KNOWN:
            known.clear()
        if len(known_services) > _MOST_KNOWN:
            known_services.clear()
        parties: list[Party] = []
        adjudication: list[FreeSegment] = []
        contacts: list[Contact] = []
        services: list[ServicePayment] = []
        of_claim = into = _lists()
        service: _Service | None = None
        service_at = 0
        first = self._position
        for offset, text in enumerate(raw):
            hit = known.get(text)
            if hit is not None:
                kind, values = hit
                if kind != _REMARKS or service is not None:
                    into[kind] += values
                    continue
            elif not offset:
                continue
            name = text[:3]
            if name == "SVC" and text[3:4] == mark:
                if service is not None:
                    services.append(_paid(service, into, first + service_at))
                service = known_services.get(text)
                if service is None:
                    service = self._service(text, offset)
                into, service_at = _lists(), offset
            elif name == "NM1" and text[3:4] == mark:
                parties.append(self._party(text))
            else:
                self._other(text, offset, into, adjudication, contacts, in_line=service is not None)
        if service is not None:
            services.append(_paid(service, into, first + service_at))
        if len(clp) < 14:
            clp += [""] * (14 - len(clp))
        self._check(clp, parties)
        share = clp[5]
        return _claim(
            clp[1],
            clp[2],
            self._cents(clp, 3, "2100/CLP", 0),
            self._cents(clp, 4, "2100/CLP", 0),
            self._cents(clp, 5, "2100/CLP", 0) if share else None,
            clp[6],
            clp[7],
            clp[8],
            clp[9],
            (clp[11], clp[12], clp[13]) if clp[11] or clp[12] or clp[13] else _NO_DRG,
            _in_order(of_claim[_ADJUSTMENTS]),
            tuple(parties),
            tuple(adjudication),
            tuple(of_claim[_REFERENCES]),
            tuple(of_claim[_DATES]),
            tuple(contacts),
            tuple(of_claim[_AMOUNTS]),
            tuple(of_claim[_QUANTITIES]),
            tuple(services),
            group_number,
            self._index,
            first,
            first + len(raw) - 1,
        )

    def _other(
        self,
        text: str,
        offset: int,
        into: list[list[Any]],
        adjudication: list[FreeSegment],
        contacts: list[Contact],
        *,
        in_line: bool,
    ) -> None:
        """A segment whose text was not met before; it is known from now on where it is sound."""
        segment = text.split(self.mark)
        name = segment[0]
        before = len(self.findings)
        kind = -1
        values: tuple[Any, ...] = ()
        if name == "CAS":
            kind, values = _ADJUSTMENTS, self._adjustments(segment, offset)
        elif name == "DTM":
            kind, dated = _DATES, _dated(at(segment, 1), at(segment, 2))
            values = () if dated is None else (dated,)
            if dated is None:
                self._note(CLAIM_DATE, "a date is written CCYYMMDD", "DTM", offset, "DTM02")
        elif name == "REF":
            kind, values = _REFERENCES, (_reference(at(segment, 1), at(segment, 2)),)
        elif name == "AMT":
            cents = self._cents(segment, 2, "2100/AMT", offset)
            kind, values = _AMOUNTS, ((at(segment, 1), cents),)
        elif name == "LQ" and in_line:
            kind, values = _REMARKS, ((at(segment, 1), at(segment, 2)),)
        elif name == "QTY":
            units = self._quantity(segment, 2, "2100/QTY", offset)
            kind, values = _QUANTITIES, () if units is None else ((at(segment, 1), units),)
        elif name in {"MIA", "MOA"}:
            adjudication.append(free(segment, self.delimiters))
        elif name == "PER":
            contacts.append(read_contact(segment))
        else:
            self._note(UNEXPECTED, "the segment was not read", "2100", offset)
        if kind >= 0:
            into[kind] += values
            if len(self.findings) == before:
                self._known.segments[text] = (kind, values)

    def _party(self, text: str) -> Party:
        segment = text.split(self.mark)
        if at(segment, 1) != "82":
            return read_party(segment)
        providers = self._known.providers
        provider = providers.get(text)
        if provider is None:
            if len(providers) > _MOST_KNOWN:
                providers.clear()
            provider = providers[text] = read_party(segment)
        return provider

    def _note(self, rule: Rule, message: str, path: str, offset: int, element: str = "") -> None:
        self.findings.append(
            rule.found(
                message,
                path=path,
                segment=self._position + offset,
                element=element,
                claim=self._claim_id,
                claim_index=self._index,
            )
        )

    def _refuse(self, problem: AmountError, path: str, offset: int, element: str) -> NoReturn:
        message = f"{problem}: ask the payer for a corrected 835"
        self._note(CLAIM_AMOUNT, message, path, offset, element)
        raise _Unreadable

    def _cents(self, segment: Segment, number: int, path: str, offset: int) -> int:
        try:
            return parse_cents(segment[number] if number < len(segment) else "")
        except AmountError as problem:
            self._refuse(problem, path, offset, f"{segment[0]}{number:02d}")

    def _check(self, clp: Segment, parties: list[Party]) -> None:
        if not clp[1]:
            self._note(NO_CLAIM_ID, "without CLP01 the claim is nobody's", "2100/CLP", 0, "CLP01")
        if clp[2] not in CLAIM_PAYMENT_STATUSES:
            self._note(CLAIM_STATUS, "the status is not of the guide", "2100/CLP", 0, "CLP02")
        if not clp[7]:
            message = "the payer's claim number is missing: it is needed to correct the claim"
            self._note(CONTROL_NUMBER, message, "2100/CLP", 0, "CLP07")
        if not (parties and parties[0].role == "QC") and not any(p.role == "QC" for p in parties):
            self._note(NO_PATIENT, "the patient is not named", "2100/NM1", 0)

    def _adjustments(self, segment: Segment, offset: int) -> tuple[Adjustment, ...]:
        try:
            found = read_adjustments(segment)
        except AmountError as problem:
            self._refuse(problem, "2100/CAS", offset, "CAS03")
        if at(segment, 1) not in ADJUSTMENT_GROUPS_835:
            self._note(GROUP_CODE, "the group must be CO, PR, OA or PI", "CAS", offset, "CAS01")
        for adjustment in found:
            if not adjustment.reason:
                self._note(NO_REASON, "an adjustment needs a reason", "CAS", offset, "CAS02")
        return tuple(found)

    def _quantity(self, segment: Segment, number: int, path: str, offset: int) -> Decimal | None:
        text = at(segment, number)
        if not text:
            return None
        try:
            return parse_quantity(text)
        except AmountError as problem:
            element = f"{segment[0]}{number:02d}"
            self._note(CLAIM_QUANTITY, f"{problem}, it was not read", path, offset, element)
            return None

    def _service(self, text: str, offset: int) -> _Service:
        svc = text.split(self.mark)
        if len(svc) < 8:
            svc += [""] * (8 - len(svc))
        separator = self.delimiters.component
        before = len(self.findings)
        procedure = read_procedure(svc[1], separator)
        if not procedure.code:
            message = "the procedure code is missing: match the line by its control number"
            self._note(PROCEDURE, message, "2110/SVC", offset, "SVC01-2")
        service = _Service(
            procedure,
            self._cents(svc, 2, "2110/SVC", offset),
            self._cents(svc, 3, "2110/SVC", offset),
            svc[4],
            self._quantity(svc, 5, "2110/SVC", offset),
            read_procedure(svc[6], separator) if svc[6] else None,
            self._quantity(svc, 7, "2110/SVC", offset),
        )
        if len(self.findings) == before:
            self._known.services[text] = service
        return service


_NO_DRG = ("", "", "")


def _lists() -> list[list[Any]]:
    return [[], [], [], [], [], []]


def _paid(service: _Service, rest: list[list[Any]], position: int) -> ServicePayment:
    adjustments, dates, references, amounts, remarks, quantities = rest
    return _service(
        *service,
        tuple(dates),
        _in_order(adjustments),
        tuple(references),
        tuple(amounts),
        tuple(quantities),
        tuple(remarks),
        position,
    )


def _in_order(adjustments: list[Adjustment]) -> tuple[Adjustment, ...]:
    return by_group(adjustments) if len(adjustments) > 2 else tuple(adjustments)
