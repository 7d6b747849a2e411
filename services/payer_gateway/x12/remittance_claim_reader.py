"""Reads one CLP loop (2100) of an 835 with its service lines (2110)."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NoReturn

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


def read_claim(
    raw: Sequence[str],
    findings: list[Finding],
    *,
    position: int,
    index: int,
    group_number: str,
    delimiters: Delimiters,
) -> RemittanceClaim | UnreadableClaim:
    """One claim from its raw segments, CLP first; ``position`` is that of CLP (ST = 1).

    An amount that cannot be read makes the claim unreadable; everything else is a warning.
    """
    loop = _ClaimLoop(raw, position, index, delimiters, findings)
    try:
        return loop.read(group_number)
    except _Unreadable:
        return UnreadableClaim(loop.claim_id, index, position, position + len(raw) - 1)


class _Unreadable(Exception):  # noqa: N818
    """Ends the reading of one claim; its finding has been noted."""


@lru_cache(maxsize=4096)
def _procedure(composite: str, separator: str) -> Procedure:
    return read_procedure(composite, separator)


@lru_cache(maxsize=4096)
def _dated(qualifier: str, text: str) -> QualifiedDate | None:
    day = parse_date(text) if len(text) == 8 else None
    return None if day is None else QualifiedDate(qualifier, day)


@lru_cache(maxsize=4096)
def _provider(raw: str, mark: str) -> Party:
    """A rendering provider, who stands in many claims."""
    return read_party(raw.split(mark))


@lru_cache(maxsize=4096)
def _own_reference(qualifier: str, value: str) -> Reference:
    """REF*6R above all, whose values are the numbers of lines."""
    return _reference(qualifier, value)


@lru_cache(maxsize=1024)
def _units(text: str) -> Decimal:
    return parse_quantity(text)


@lru_cache(maxsize=16384)
def _cents(text: str) -> int | None:
    """The cents of an amount, ``None`` where it is none; fees and payments come again and again."""
    try:
        return parse_cents(text)
    except AmountError:
        return None


class _Segments:
    """The segments of a claim or of one of its service lines, sorted by kind."""

    __slots__ = ("adjustments", "amounts", "dates", "quantities", "references", "remarks")

    def __init__(self) -> None:
        self.adjustments: list[Adjustment] = []
        self.dates: list[QualifiedDate] = []
        self.references: list[Reference] = []
        self.amounts: list[tuple[str, int]] = []
        self.quantities: list[tuple[str, Decimal]] = []
        self.remarks: list[tuple[str, str]] = []


class _ClaimLoop:
    """The state of reading one CLP loop."""

    __slots__ = ("claim_id", "delimiters", "findings", "index", "position", "raw")

    def __init__(
        self,
        raw: Sequence[str],
        position: int,
        index: int,
        delimiters: Delimiters,
        findings: list[Finding],
    ) -> None:
        self.raw = raw
        self.position = position
        self.index = index
        self.delimiters = delimiters
        self.findings = findings
        self.claim_id = at(raw[0].split(delimiters.element), 1)

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

    def refuse(self, problem: AmountError, path: str, offset: int, element: str) -> NoReturn:
        message = f"{problem}: ask the payer for a corrected 835"
        self.note(CLAIM_AMOUNT, message, path, offset, element)
        raise _Unreadable

    def cents(self, segment: Segment, number: int, path: str, offset: int) -> int:
        text = segment[number] if number < len(segment) else ""
        cents = _cents(text)
        if cents is not None:
            return cents
        try:
            return parse_cents(text)
        except AmountError as problem:
            self.refuse(problem, path, offset, f"{segment[0]}{number:02d}")

    def read(self, group_number: str) -> RemittanceClaim:
        mark = self.delimiters.element
        clp = (self.raw[0] + mark * 14).split(mark)
        parties: list[Party] = []
        adjudication: list[FreeSegment] = []
        contacts: list[Contact] = []
        services: list[ServicePayment] = []
        of_claim = into = _Segments()
        svc: Segment | None = None
        svc_at = 0
        for offset in range(1, len(self.raw)):
            raw = self.raw[offset]
            segment = raw.split(mark)
            name = segment[0]
            if name == "CAS":
                self._cas(segment, into.adjustments, offset)
            elif name == "DTM":
                dated = _dated(segment[1], segment[2]) if len(segment) > 2 else None
                if dated is not None:
                    into.dates.append(dated)
                else:
                    self.note(CLAIM_DATE, "a date is written CCYYMMDD", "DTM", offset, "DTM02")
            elif name == "REF":
                if len(segment) < 3:
                    segment += ["", ""]
                into.references.append(_own_reference(segment[1], segment[2]))
            elif name == "AMT":
                into.amounts.append((at(segment, 1), self.cents(segment, 2, "2100/AMT", offset)))
            elif name == "SVC":
                if svc is not None:
                    services.append(self._service(svc, svc_at, into))
                into, svc, svc_at = _Segments(), segment, offset
            elif name == "LQ" and svc is not None:
                into.remarks.append((at(segment, 1), at(segment, 2)))
            elif name == "NM1":
                is_provider = len(segment) > 1 and segment[1] == "82"
                parties.append(_provider(raw, mark) if is_provider else read_party(segment))
            elif name == "QTY":
                units = self._quantity(segment, 2, "2100/QTY", offset)
                if units is not None:
                    into.quantities.append((at(segment, 1), units))
            elif name in {"MIA", "MOA"}:
                adjudication.append(free(segment, self.delimiters))
            elif name == "PER":
                contacts.append(read_contact(segment))
            else:
                self.note(UNEXPECTED, "the segment was not read", "2100", offset)
        if svc is not None:
            services.append(self._service(svc, svc_at, into))
        self._check(clp, parties)
        return _claim(
            claim_id=clp[1],
            status=clp[2],
            charge_cents=self.cents(clp, 3, "2100/CLP", 0),
            paid_cents=self.cents(clp, 4, "2100/CLP", 0),
            patient_responsibility_cents=self.cents(clp, 5, "2100/CLP", 0) if clp[5] else None,
            filing_indicator=clp[6],
            payer_claim_number=clp[7],
            facility_code=clp[8],
            frequency=clp[9],
            drg=(clp[11], clp[12], clp[13]),
            adjustments=_in_order(of_claim.adjustments),
            parties=tuple(parties),
            adjudication=tuple(adjudication),
            references=tuple(of_claim.references),
            dates=tuple(of_claim.dates),
            contacts=tuple(contacts),
            amounts=tuple(of_claim.amounts),
            quantities=tuple(of_claim.quantities),
            services=tuple(services),
            group_number=group_number,
            index=self.index,
            position=self.position,
            last_position=self.position + len(self.raw) - 1,
        )

    def _check(self, clp: Segment, parties: list[Party]) -> None:
        if not clp[1]:
            self.note(NO_CLAIM_ID, "without CLP01 the claim is nobody's", "2100/CLP", 0, "CLP01")
        if clp[2] not in CLAIM_PAYMENT_STATUSES:
            self.note(CLAIM_STATUS, "the status is not of the guide", "2100/CLP", 0, "CLP02")
        if not clp[7]:
            message = "the payer's claim number is missing: it is needed to correct the claim"
            self.note(CONTROL_NUMBER, message, "2100/CLP", 0, "CLP07")
        if not (parties and parties[0].role == "QC") and not any(p.role == "QC" for p in parties):
            self.note(NO_PATIENT, "the patient is not named", "2100/NM1", 0)

    def _cas(self, segment: Segment, into: list[Adjustment], offset: int) -> None:
        cents = _cents(segment[3]) if len(segment) == 4 else None
        if cents is not None and segment[2] and segment[1] in ADJUSTMENT_GROUPS_835:
            into.append(_adjustment(segment[1], segment[2], cents))
            return
        try:
            found = read_adjustments(segment)
        except AmountError as problem:
            self.refuse(problem, "2100/CAS", offset, "CAS03")
        if at(segment, 1) not in ADJUSTMENT_GROUPS_835:
            self.note(GROUP_CODE, "the group must be CO, PR, OA or PI", "CAS", offset, "CAS01")
        for adjustment in found:
            if not adjustment.reason:
                self.note(NO_REASON, "an adjustment needs a reason", "CAS", offset, "CAS02")
        into += found

    def _quantity(self, segment: Segment, number: int, path: str, offset: int) -> Decimal | None:
        text = at(segment, number)
        if not text:
            return None
        try:
            return _units(text)
        except AmountError as problem:
            element = f"{segment[0]}{number:02d}"
            self.note(CLAIM_QUANTITY, f"{problem}, it was not read", path, offset, element)
            return None

    def _service(self, svc: Segment, offset: int, rest: _Segments) -> ServicePayment:
        separator = self.delimiters.component
        if len(svc) < 8:
            svc = [*svc, *[""] * (8 - len(svc))]
        procedure = _procedure(svc[1], separator)
        if not procedure.code:
            message = "the procedure code is missing: match the line by its control number"
            self.note(PROCEDURE, message, "2110/SVC", offset, "SVC01-2")
        return _service(
            procedure=procedure,
            charge_cents=self.cents(svc, 2, "2110/SVC", offset),
            paid_cents=self.cents(svc, 3, "2110/SVC", offset),
            revenue_code=svc[4],
            units=self._quantity(svc, 5, "2110/SVC", offset) if svc[5] else None,
            submitted_procedure=_procedure(svc[6], separator) if svc[6] else None,
            submitted_units=self._quantity(svc, 7, "2110/SVC", offset) if svc[7] else None,
            dates=tuple(rest.dates),
            adjustments=_in_order(rest.adjustments),
            references=tuple(rest.references),
            amounts=tuple(rest.amounts),
            quantities=tuple(rest.quantities),
            remark_codes=tuple(rest.remarks),
            position=self.position + offset,
        )


def _in_order(adjustments: list[Adjustment]) -> tuple[Adjustment, ...]:
    return by_group(adjustments) if len(adjustments) > 2 else tuple(adjustments)
