"""Reads what stands between CLM and the first other payer or line of an 837I: 2300 and 2310."""

from datetime import date, time

from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.claim_loop import (
    AMOUNT,
    DATE,
    DIAGNOSIS,
    ClaimLoop,
    UnreadableError,
)
from services.payer_gateway.x12.claim_loop_reader import ClaimHead
from services.payer_gateway.x12.dates import parse_period, parse_time
from services.payer_gateway.x12.finding import Scope, error
from services.payer_gateway.x12.institutional_claim import (
    DIAGNOSIS_KINDS,
    DIAGNOSIS_QUALIFIERS,
    InpatientProcedure,
    InstitutionalDiagnosis,
    Occurrence,
    OccurrenceSpan,
    ValueAmount,
)
from services.payer_gateway.x12.segments import Segment, at, free

HEALTH_INFORMATION = error("claim.health-information", 1, Scope.CLAIM, "837I HI01 to HI12 (C022)")

_EXTRA = frozenset({"PWK", "CN1", "K3", "CRC", "HCP"})
_PROCEDURES = frozenset({"BBR", "BR", "CAH", "BBQ", "BQ"})
_DATED_OR_CODED = _PROCEDURES | {"BI", "BH", "BE", "BG", "TC", "DR"}


class InstitutionalHead(ClaimHead):
    """Loops 2300 and 2310 of an institutional claim."""

    def __init__(self, loop: ClaimLoop, end: int) -> None:
        self.statement: tuple[date | None, date | None] = (None, None)
        self.admission_date: date | None = None
        self.admission_time: time | None = None
        self.discharge_time: time | None = None
        self.admission = ("", "", "")
        self.drg = ""
        self.diagnoses: list[InstitutionalDiagnosis] = []
        self.procedures: list[InpatientProcedure] = []
        self.occurrence_spans: list[OccurrenceSpan] = []
        self.occurrences: list[Occurrence] = []
        self.value_amounts: list[ValueAmount] = []
        self.conditions: list[str] = []
        self.treatments: list[str] = []
        super().__init__(loop, end)

    def dated(self, segment: Segment, offset: int) -> None:
        """A DTP: 434, 435 and 096 have fields of their own."""
        qualifier = at(segment, 1)
        if qualifier == "096":
            self.discharge_time = parse_time(at(segment, 3)[:4])
            if at(segment, 2) != "TM" or self.discharge_time is None:
                self.loop.note(DATE, "write the hour as TM HHMM", "2300/DTP", offset, "DTP03")
        elif qualifier in {"434", "435"}:
            period = self.loop.period(segment, "2300/DTP", offset)
            if period and qualifier == "434":
                self.statement = period
            elif period:
                self._admission(segment, period[0], offset)
        else:
            super().dated(segment, offset)

    def _admission(self, segment: Segment, day: date, offset: int) -> None:
        self.admission_date = day
        if at(segment, 2) == "DT":
            self.admission_time = parse_time(at(segment, 3)[8:])
            if self.admission_time is None:
                message = "write the admission as DT CCYYMMDDHHMM or D8 CCYYMMDD"
                self.loop.note(DATE, message, "2300/DTP", offset, "DTP03")

    def other(self, segment: Segment, offset: int) -> None:
        """CL1, HI, and what is kept as sent."""
        name = segment[0]
        if name == "CL1":
            self.admission = (at(segment, 1), at(segment, 2), at(segment, 3))
        elif name == "HI":
            for number, composite in enumerate(segment[1:], 1):
                if composite:
                    self._information(composite, offset, f"HI{number:02d}")
        elif name in _EXTRA:
            self.extra.append(free(segment, self.loop.delimiters))
        else:
            self.loop.unexpected("2300", offset)

    def _information(self, composite: str, offset: int, element: str) -> None:
        """One C022: qualifier, code, date form, date, amount, and present on admission ninth."""
        loop = self.loop
        qualifier, code, form, day, amount, *rest = [*composite.split(loop.separator), *[""] * 8]
        if not code:
            message = "write a qualifier of the guide and a code"
            rule = HEALTH_INFORMATION if qualifier in _DATED_OR_CODED else DIAGNOSIS
            loop.note(rule, message, "2300/HI", offset, element)
        elif qualifier in DIAGNOSIS_QUALIFIERS:
            self.diagnoses.append(InstitutionalDiagnosis(code, qualifier, rest[3]))
        elif qualifier in _PROCEDURES:
            performed = self._period(form, day, offset, element)[0]
            self.procedures.append(InpatientProcedure(code, performed, qualifier))
        elif qualifier == "BI":
            span = self._period(form, day, offset, element)
            self.occurrence_spans.append(OccurrenceSpan(code, *span))
        elif qualifier == "BH":
            occurred = self._period(form, day, offset, element)[0]
            self.occurrences.append(Occurrence(code, occurred))
        elif qualifier == "BE":
            self.value_amounts.append(ValueAmount(code, self._cents(amount, offset, element)))
        elif qualifier == "BG":
            self.conditions.append(code)
        elif qualifier == "TC":
            self.treatments.append(code)
        elif qualifier == "DR":
            self.drg = code
        else:
            message = "the qualifier is none of the guide's"
            loop.note(HEALTH_INFORMATION, message, "2300/HI", offset, f"{element}-1")

    def _period(
        self, form: str, text: str, offset: int, element: str
    ) -> tuple[date | None, date | None]:
        period = parse_period(form, text)
        if period is None:
            message = "write the day as D8 CCYYMMDD, a span as RD8 CCYYMMDD-CCYYMMDD"
            self.loop.note(DATE, message, "2300/HI", offset, f"{element}-4")
            return None, None
        return period

    def _cents(self, text: str, offset: int, element: str) -> int:
        try:
            return parse_cents(text)
        except AmountError as problem:
            message = f"{problem}: write it as 12.34"
            self.loop.note(AMOUNT, message, "2300/HI", offset, f"{element}-5")
            raise UnreadableError from None

    def diagnoses_in_order(self) -> tuple[InstitutionalDiagnosis, ...]:
        """By what they are for, as the guide orders HI."""
        return tuple(sorted(self.diagnoses, key=lambda each: DIAGNOSIS_KINDS.index(each.kind)))

    def procedures_in_order(self) -> tuple[InpatientProcedure, ...]:
        """The principal one first."""
        return tuple(sorted(self.procedures, key=lambda each: not each.is_principal))
