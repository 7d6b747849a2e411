"""Reads claim acknowledgements (277CA, 005010X214); writing is at hand here too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from services.payer_gateway.x12.amounts import AmountError, parse_cents, parse_quantity
from services.payer_gateway.x12.claim_acknowledgement_writer import write_277ca
from services.payer_gateway.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    ReceiverStatus,
    Status,
    Totals,
    read_status_code,
)
from services.payer_gateway.x12.codes import CLAIM_STATUS_CATEGORIES
from services.payer_gateway.x12.dates import parse_date, parse_period, parse_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error, warning
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import Name, Reference, read_name
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.segments import Segment, at

WRONG_SET = error("status.not-277ca", 1, Scope.TRANSACTION, "ST01, ST03 005010X214")
LEVEL = error("status.hierarchy", 2, Scope.TRANSACTION, "277CA HL03")
ORPHAN = error("status.outside-hierarchy", 2, Scope.CLAIM, "277CA 3.1, loops 2000A to 2000C")
NO_CLAIM = error("status.claim-id-missing", 2, Scope.CLAIM, "277CA 2200D TRN02")
NO_STATUS = error("status.missing", 2, Scope.CLAIM, "277CA 2200D STC")
CATEGORY = warning("status.category", 5, Scope.CLAIM, "277CA STC01-1, X12 interpretation 1942")
ACTION = warning("status.action", 2, Scope.CLAIM, "277CA STC03")
CONTRADICTION = warning("status.contradiction", 4, Scope.CLAIM, "277CA STC01-1 and STC03")
AMOUNT = warning("status.amount", 1, Scope.CLAIM, "277CA STC04, AMT02, SVC02")
UNEXPECTED = warning("status.unexpected-segment", 2, Scope.TRANSACTION, "277CA 3.1")

__all__ = ["read_277ca", "write_277ca"]

_LEVELS = ("20", "21", "19", "PT")


def read_277ca(transaction: Transaction) -> tuple[ClaimAcknowledgement, list[Finding]]:
    """The acknowledgement in a 277CA, and what is wrong with it. Never raises.

    A 277 of another guide (a status response, X212) is refused with a finding and read empty.
    """
    reader = AcknowledgementReader(transaction.delimiters, [])
    if transaction.set_id != "277" or not transaction.version.startswith("005010X214"):
        reader.note(WRONG_SET, "this is not a claim acknowledgement of 005010X214", 1, "ST03")
        return reader.result([]), reader.findings
    segments = transaction.segments
    if segments[-1][0] == "SE":
        segments.pop()
    levels = [number for number, segment in enumerate(segments) if segment[0] == "HL"]
    bounds = [*levels, len(segments)]
    for start, end in pairwise(bounds):
        reader.level(segments[start:end], start + 1)
    bht = next((s for s in segments[: bounds[0]] if s[0] == "BHT"), [])
    return reader.result(bht), reader.findings


_claim_status = maker(ClaimStatus)
_status = maker(Status)
_reference = maker(Reference)


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    return parse_date(text)


@dataclass(slots=True)
class _Receiver:
    value: ReceiverStatus
    providers: list["_Provider"] = field(default_factory=list)


@dataclass(slots=True)
class _Provider:
    value: ProviderStatus
    claims: list[ClaimStatus] = field(default_factory=list)


class AcknowledgementReader:
    """Takes in one level after the other; what is wrong is added to ``findings``."""

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        self.separator = delimiters.component
        self.findings = findings
        self.source: Segment = []
        self.trace = ""
        self.dates: dict[str, date | None] = {}
        self.receivers: list[_Receiver] = []
        self.claim_id = ""
        self.count = 0

    def note(self, rule: Rule, message: str, segment: int, element: str = "") -> None:
        """Something wrong at a place."""
        claim_index = self.count if rule.scope is Scope.CLAIM else None
        self.findings.append(
            rule.found(
                message,
                path="277",
                segment=segment,
                element=element,
                claim=self.claim_id,
                claim_index=claim_index,
            )
        )

    def take(
        self, segments: Sequence[Segment], position: int
    ) -> Iterator[ReceiverStatus | ProviderStatus | ClaimStatus]:
        """What one level says; only the receiver and provider that are open are held."""
        self.level(segments, position)
        kind = at(segments[0], 3)
        if kind == "21":
            yield self.receivers[-1].value
        *_, latest = [None, *self.receivers]
        held = [receiver for receiver in self.receivers if receiver.providers][-1:]
        for receiver in held:
            del receiver.providers[:-1]
            (provider,) = receiver.providers
            if kind == "19":
                yield provider.value
            claims, provider.claims = provider.claims, []
            yield from claims
        self.receivers = [*held, *([latest] if latest and latest not in held else [])]

    def result(self, bht: Segment) -> ClaimAcknowledgement:
        """Everything that was taken in and is held."""
        return ClaimAcknowledgement(
            reference=at(bht, 3),
            created=parse_date(at(bht, 4)),
            created_at=parse_time(at(bht, 5)),
            source=read_name(self.source),
            source_id=at(self.source, 9),
            trace=self.trace,
            received=self.dates.get("050"),
            processed=self.dates.get("009"),
            receivers=tuple(map(_receiver, self.receivers)),
            source_role=at(self.source, 1) or "PR",
            source_id_qualifier=at(self.source, 8),
        )

    def level(self, segments: Sequence[Segment], position: int) -> None:
        """One HL with everything up to the next; ``position`` is that of the HL (ST = 1)."""
        kind = at(segments[0], 3)
        self.claim_id = ""
        if kind not in _LEVELS:
            self.note(LEVEL, "HL03 must be 20, 21, 19 or PT", position, "HL03")
            return
        if kind == "20":
            self._source(segments, position)
        elif kind == "21":
            self._open_receiver(segments, position)
        elif kind == "19":
            self._open_provider(segments, position)
        else:
            self._claims(segments, position)

    def _source(self, segments: Sequence[Segment], position: int) -> None:
        for offset, segment in enumerate(segments[1:], 1):
            match segment[0]:
                case "NM1":
                    self.source = segment
                case "TRN":
                    self.trace = at(segment, 2)
                case "DTP":
                    self.dates[at(segment, 1)] = parse_date(at(segment, 3))
                case _:
                    self.note(UNEXPECTED, "the segment was not read", position + offset)

    def _open_receiver(self, segments: Sequence[Segment], position: int) -> None:
        body = _Body(self, segments[1:], position + 1)
        self.receivers.append(
            _Receiver(
                ReceiverStatus(
                    name=read_name(body.nm1),
                    identifier=at(body.nm1, 9),
                    batch_id=body.trace,
                    statuses=tuple(body.statuses),
                    totals=body.totals("90", "AA"),
                )
            )
        )

    def _open_provider(self, segments: Sequence[Segment], position: int) -> None:
        body = _Body(self, segments[1:], position + 1)
        if not self.receivers:
            self.note(LEVEL, "a provider stands below an information receiver", position, "HL02")
            self.receivers.append(_Receiver(ReceiverStatus(Name(""), "", "", ())))
        self.receivers[-1].providers.append(
            _Provider(
                ProviderStatus(
                    name=read_name(body.nm1),
                    identifier=at(body.nm1, 9),
                    identifier_qualifier=at(body.nm1, 8),
                    trace=body.trace,
                    statuses=tuple(body.statuses),
                    references=tuple(body.references),
                    totals=body.totals("QA", "QC"),
                )
            )
        )

    def _claims(self, segments: Sequence[Segment], position: int) -> None:
        provider = next((p for r in reversed(self.receivers) for p in reversed(r.providers)), None)
        nm1 = next((s for s in segments if s[0] == "NM1"), [])
        traces = [n for n, segment in enumerate(segments) if segment[0] == "TRN"]
        if not traces:
            self.note(NO_CLAIM, "the patient level names no claim", position, "TRN02")
        for start, end in pairwise([*traces, len(segments)]):
            claim = self._claim(nm1, segments[start:end], position + start)
            if provider is None:
                message = "a claim stands below a provider"
                self.note(ORPHAN, message, position + start)
            else:
                provider.claims.append(claim)
            self.count += 1

    def _claim(self, nm1: Segment, segments: Sequence[Segment], position: int) -> ClaimStatus:
        self.claim_id = at(segments[0], 2)
        if not self.claim_id:
            self.note(NO_CLAIM, "without TRN02 the status is nobody's", position, "TRN02")
        lines = [number for number, segment in enumerate(segments) if segment[0] == "SVC"]
        bounds = [*lines, len(segments)]
        body = _Body(self, segments[: bounds[0]], position)
        if not body.statuses:
            self.note(NO_STATUS, "the claim has no status", position, "STC")
        return _claim_status(
            claim_id=self.claim_id,
            patient=read_name(nm1),
            member_id=at(nm1, 9),
            statuses=tuple(body.statuses),
            member_id_qualifier=at(nm1, 8),
            payer_claim_number=body.reference("1K"),
            clearinghouse_number=body.reference("D9"),
            bill_type=body.reference("BLT"),
            service_from=body.service[0],
            service_to=body.service[1],
            lines=tuple(
                self._line(segments[start:end], position + start) for start, end in pairwise(bounds)
            ),
            position=position,
        )

    def _line(self, segments: Sequence[Segment], position: int) -> LineStatus:
        svc = segments[0]
        body = _Body(self, segments[1:], position + 1)
        units: Decimal | None = None
        if at(svc, 7):
            try:
                units = parse_quantity(at(svc, 7))
            except AmountError as problem:
                self.note(AMOUNT, str(problem), position, "SVC07")
        return LineStatus(
            procedure=read_procedure(at(svc, 1), self.separator),
            charge_cents=self.cents(svc, 2, position) or 0,
            statuses=tuple(body.statuses),
            units=units,
            revenue_code=at(svc, 4),
            line_control_number=body.reference("FJ"),
            prescription_number=body.reference("XZ"),
            service_from=body.service[0],
            service_to=body.service[1],
        )

    def cents(self, segment: Segment, number: int, position: int) -> int | None:
        """An amount, None where there is none or it cannot be read."""
        text = at(segment, number)
        if not text:
            return None
        try:
            return parse_cents(text)
        except AmountError as problem:
            self.note(AMOUNT, str(problem), position, f"{segment[0]}{number:02d}")
            return None

    def status(self, stc: Segment, position: int) -> Status:
        """What an STC says."""
        codes = tuple(
            read_status_code(at(stc, n), self.separator) for n in (1, 10, 11) if at(stc, n)
        )
        status = _status(
            codes=codes,
            effective=_day(at(stc, 2)),
            action=at(stc, 3),
            amount_cents=self.cents(stc, 4, position),
            message=at(stc, 12),
        )
        if status.category not in CLAIM_STATUS_CATEGORIES:
            self.note(CATEGORY, "a 277CA uses categories A0 to A8 only", position, "STC01-1")
        if status.action not in {"WQ", "U"}:
            self.note(ACTION, "the action must be WQ or U", position, "STC03")
        elif (status.action == "U") != (status.category in {"A3", "A4", "A6", "A7", "A8"}):
            message = "category and action contradict each other; a rejection is believed"
            self.note(CONTRADICTION, message, position, "STC03")
        return status


class _Body:
    """The segments after an HL or SVC: NM1, TRN, STC, REF, DTP, QTY, AMT."""

    def __init__(
        self, reader: AcknowledgementReader, segments: Sequence[Segment], position: int
    ) -> None:
        self.nm1: Segment = []
        self.trace = ""
        self.statuses: list[Status] = []
        self.references: list[Reference] = []
        self.service: tuple[date | None, date | None] = (None, None)
        self.quantities: dict[str, int | None] = {}
        self.amounts: dict[str, int | None] = {}
        for offset, segment in enumerate(segments):
            place = position + offset
            match segment[0]:
                case "NM1":
                    self.nm1 = segment
                case "TRN":
                    self.trace = at(segment, 2)
                case "STC":
                    self.statuses.append(reader.status(segment, place))
                case "REF":
                    self.references.append(_reference(at(segment, 1), at(segment, 2)))
                case "DTP":
                    period = parse_period(at(segment, 2), at(segment, 3))
                    self.service = period or (None, None)
                case "QTY":
                    text = at(segment, 2)
                    is_count = text.isascii() and text.isdigit() and len(text) < 10
                    self.quantities[at(segment, 1)] = int(text) if is_count else None
                case "AMT":
                    self.amounts[at(segment, 1)] = reader.cents(segment, 2, place)
                case _:
                    reader.note(UNEXPECTED, "the segment was not read", place)

    def reference(self, qualifier: str) -> str:
        return next((r.value for r in self.references if r.qualifier == qualifier), "")

    def totals(self, accepted: str, rejected: str) -> Totals:
        return Totals(
            accepted=self.quantities.get(accepted),
            rejected=self.quantities.get(rejected),
            accepted_cents=self.amounts.get("YU"),
            rejected_cents=self.amounts.get("YY"),
        )


def _receiver(receiver: _Receiver) -> ReceiverStatus:
    return replace(
        receiver.value,
        providers=tuple(replace(p.value, claims=tuple(p.claims)) for p in receiver.providers),
    )
