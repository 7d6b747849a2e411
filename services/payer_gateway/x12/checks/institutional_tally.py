"""What is known of the institutional claims of one subscriber while their segments pass by.

It asks what ``institutional_validate`` asks of the values of a claim together
(``institutional_validate.BEYOND_GUIDE``), where no code sets of a user are at hand.
"""

from datetime import date

from services.payer_gateway.x12 import institutional_codes as lists
from services.payer_gateway.x12.amounts import AmountError, parse_quantity
from services.payer_gateway.x12.checks.billed_tally import (
    BILLED_FACTS,
    BilledTally,
    EarlierPayer,
    cents_of,
)
from services.payer_gateway.x12.checks.claim_tally import (
    SUBSCRIBER_FACTS,
    LoopTally,
    dated,
    listed,
    named,
)
from services.payer_gateway.x12.checks.loop_states import Fact, MakeFact
from services.payer_gateway.x12.dates import parse_period, parse_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.external_codes import DIAGNOSIS_SETS, PROCEDURE_SETS, problem
from services.payer_gateway.x12.institutional_claim import (
    DIAGNOSIS_QUALIFIERS,
    InstitutionalClaim,
)
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.segments import Segment, at

_ICD_9 = frozenset({"BK", "BJ", "PR", "BN", "BF", "BR", "BQ"})
_MAIN_PROCEDURES = frozenset({"BBR", "BR", "CAH"})
_OTHER_PROCEDURES = frozenset({"BBQ", "BQ"})
_WITHOUT_PRESENCE = frozenset({"admitting", "visit reason"})
_CODE_OF_BILL = 2


class Told:
    """What the HI segments of a claim say; ``Told`` of one segment is added to that of its claim.

    ``icd_9`` and ``icd_10`` say that a code of that version is among them.
    """

    __slots__ = (
        "admitting",
        "icd_9",
        "icd_10",
        "lacks_presence",
        "last_performed",
        "main_procedures",
        "other_procedures",
        "principal",
        "visit_reason",
    )

    def __init__(self) -> None:
        self.principal = self.main_procedures = self.other_procedures = 0
        self.admitting = self.visit_reason = self.lacks_presence = False
        self.icd_9 = self.icd_10 = False
        self.last_performed = date.min

    def add(self, more: "Told") -> None:
        """What another segment says as well."""
        self.principal += more.principal
        self.main_procedures += more.main_procedures
        self.other_procedures += more.other_procedures
        self.admitting |= more.admitting
        self.visit_reason |= more.visit_reason
        self.lacks_presence |= more.lacks_presence
        self.icd_9 |= more.icd_9
        self.icd_10 |= more.icd_10
        self.last_performed = max(self.last_performed, more.last_performed)

    def take(self, composite: str, marks: Delimiters) -> bool:
        """One C022; whether nothing is wrong with it."""
        qualifier, code, form, day, amount, *rest = [
            *composite.split(marks.component),
            *[""] * 8,
        ]
        code_set = DIAGNOSIS_SETS.get(qualifier)
        if not code or (code_set and problem(code_set, code)):
            return False
        kind = DIAGNOSIS_QUALIFIERS.get(qualifier)
        if kind is not None:
            self._version(qualifier)
            return self._diagnosis(kind, rest[3])
        if qualifier in _MAIN_PROCEDURES or qualifier in _OTHER_PROCEDURES:
            if qualifier != "CAH":
                self._version(qualifier)
            self.main_procedures += qualifier in _MAIN_PROCEDURES
            self.other_procedures += qualifier in _OTHER_PROCEDURES
            performed = parse_period(form, day)
            if performed is None:
                return False
            self.last_performed = max(self.last_performed, performed[0])
            return True
        return _is_of_bill(qualifier, code, (form, day), amount)

    def _version(self, qualifier: str) -> None:
        self.icd_9 |= qualifier in _ICD_9
        self.icd_10 |= qualifier not in _ICD_9

    def _diagnosis(self, kind: str, present: str) -> bool:
        self.principal += kind == "principal"
        self.admitting |= kind == "admitting"
        self.visit_reason |= kind == "visit reason"
        if kind in _WITHOUT_PRESENCE:
            return not present
        self.lacks_presence |= not present
        return not present or present in lists.PRESENCE


def _is_of_bill(qualifier: str, code: str, day: tuple[str, str], amount: str) -> bool:
    """Whether a code of the bill, or a group or treatment, has what it needs."""
    if qualifier in {"DR", "TC"}:
        return True
    if not (len(code) == _CODE_OF_BILL and code.isascii() and code.isalnum()):
        return False
    match qualifier:
        case "BG":
            return True
        case "BH":
            return parse_period(*day) is not None
        case "BI":
            first, last = parse_period(*day) or (None, None)
            return first is not None and last is not None and first <= last
        case "BE":
            cents = cents_of(amount)
            return cents is not None and cents >= 0
    return False


class InstitutionalTally(BilledTally):
    """A subscriber of an 837I."""

    __slots__ = (
        "admission_type",
        "admitted",
        "begin",
        "end_day",
        "facility",
        "first_service",
        "has_discharge",
        "has_source",
        "is_attended",
        "is_operated",
        "is_undated",
        "is_unplanned",
        "lacks_day",
        "last_service",
        "status",
        "told",
    )

    def __init__(self, count: int, above: str) -> None:
        super().__init__(count, above, lists.MOST_LINES)
        self._open("")

    def _open(self, facility: str) -> None:
        self.facility = facility
        self.begin: date | None = None
        self.end_day: date | None = None
        self.admitted: date | None = None
        self.has_discharge = self.has_source = False
        self.is_attended = self.is_operated = False
        self.admission_type = self.status = ""
        self.told = Told()
        self.is_unplanned = self.is_undated = self.lacks_day = False
        self.first_service, self.last_service = date.max, date.min

    def charged_claim(self, claim_id: str, charge: int, facility: str, frequency: str) -> None:
        """CLM."""
        self.claim(claim_id)
        self.clear(charge, frequency)
        self._open(facility)
        self.content.append(facility)

    def settle(self) -> None:
        begin, end = self.begin, self.end_day
        self.lacks_day |= self.is_undated
        is_well = (
            begin is not None
            and end is not None
            and self._is_stay_whole(end)
            and self._is_told_well(end)
            and self._is_cared_for()
            and (begin <= self.first_service and self.last_service <= end)
            and not (self.lacks_day and begin != end and self.facility in lists.OUTPATIENT)
        )
        if not is_well:
            self.is_sound = False
        super().settle()

    def _is_stay_whole(self, end: date) -> bool:
        """Whether admission, status and discharge are there and agree, by the type of bill."""
        if self.admitted is None:
            if self.facility in lists.ADMITTED:
                return False
        elif self.admitted > end:
            return False
        if not self.status:
            return False
        if self.facility not in lists.INPATIENT:
            return True
        is_still_there = self.status in lists.STILL_PATIENT
        if self.frequency in lists.COMPLETE_STAY and (
            is_still_there or not (self.has_discharge or self.facility == "21")
        ):
            return False
        if self.frequency in lists.INTERIM_STAY and not is_still_there:
            return False
        return bool(self.admission_type) and self.has_source and self.told.admitting

    def _is_told_well(self, end: date) -> bool:
        """Whether diagnoses and procedures are of one version, in order, and those that are due."""
        told = self.told
        if told.principal != 1 or (told.icd_9 and told.icd_10):
            return False
        if told.lacks_presence and self.facility in lists.REPORTS_PRESENCE:
            return False
        is_unplanned = (
            self.is_unplanned
            and self.facility in lists.WITH_VISIT_REASON
            and self.admission_type in lists.UNSCHEDULED_TYPES
        )
        if is_unplanned and not told.visit_reason:
            return False
        if told.main_procedures or told.other_procedures:
            return (
                told.main_procedures == 1
                and told.last_performed <= end
                and self.facility not in lists.OUTPATIENT
            )
        return True

    def _is_cared_for(self) -> bool:
        """Whether those who cared are named; a claim of transports alone is not looked at here."""
        return self.is_attended and (self.is_operated or not self.told.main_procedures)


def keys_of(claim: InstitutionalClaim) -> tuple[object, object]:
    """What a claim has in common with every claim that it may be the same as.

    Its number, and a hash of what makes it likely to be the same under another number.
    """
    content: list[object] = [claim.subscriber.member_id, claim.frequency, claim.facility_code]
    for line in claim.lines:
        content += (line.revenue_code, line.charge_cents, line.service_from)
    return claim.claim_id, hash(tuple(content))


def _sequence(sbr: Segment, marks: Delimiters) -> Fact[InstitutionalTally]:
    of_subscriber = SUBSCRIBER_FACTS["2000B", "SBR"](sbr, marks)
    sequence = at(sbr, 1)

    def fact(tally: InstitutionalTally) -> None:
        if of_subscriber is not None:
            of_subscriber(tally)
        tally.sequence = sequence

    return fact


def _claim(clm: Segment, marks: Delimiters) -> Fact[InstitutionalTally]:
    charge = cents_of(at(clm, 2))
    facility, _, frequency = (*at(clm, 5).split(marks.component), "", "", "")[:3]
    if charge is None or len(frequency) != 1 or not (frequency.isascii() and frequency.isalnum()):
        return LoopTally.doubt
    cents, claim_id = charge, at(clm, 1)
    return lambda tally: tally.charged_claim(claim_id, cents, facility, frequency)


def _day_of_claim(dtp: Segment, marks: Delimiters) -> Fact[InstitutionalTally] | None:
    of_day = dated(dtp, marks)
    qualifier = at(dtp, 1)
    if qualifier == "096":
        if at(dtp, 2) != "TM" or parse_time(at(dtp, 3)[:4]) is None:
            return LoopTally.doubt

        def discharged(tally: InstitutionalTally) -> None:
            tally.has_discharge = True

        return discharged
    if qualifier not in {"434", "435"}:
        return of_day
    period = parse_period(at(dtp, 2), at(dtp, 3))
    if period is None:
        return LoopTally.doubt
    first, last = period

    def fact(tally: InstitutionalTally) -> None:
        if of_day is not None:
            of_day(tally)
        if qualifier == "434":
            tally.begin, tally.end_day = first, last
        else:
            tally.admitted = first

    return fact


def _admission(cl1: Segment, _: Delimiters) -> Fact[InstitutionalTally]:
    kind, source, status = at(cl1, 1), at(cl1, 2), at(cl1, 3)
    if (
        (kind and kind not in lists.ADMISSION_TYPES)
        or (source and source not in lists.ADMISSION_SOURCES)
        or status not in lists.PATIENT_STATUSES
    ):
        return LoopTally.doubt

    def fact(tally: InstitutionalTally) -> None:
        tally.admission_type, tally.status = kind, status
        tally.has_source = bool(source)

    return fact


def _information(hi: Segment, marks: Delimiters) -> Fact[InstitutionalTally]:
    told = Told()
    if listed(hi, marks) or not all(told.take(each, marks) for each in hi[1:] if each):
        return LoopTally.doubt
    return lambda tally: tally.told.add(told)


def _attending(nm1: Segment, marks: Delimiters) -> Fact[InstitutionalTally]:
    if named(nm1, marks) or at(nm1, 1) != "71":
        return LoopTally.doubt

    def fact(tally: InstitutionalTally) -> None:
        tally.is_attended = True

    return fact


def _operating(nm1: Segment, marks: Delimiters) -> Fact[InstitutionalTally]:
    if named(nm1, marks) or at(nm1, 1) != "72":
        return LoopTally.doubt

    def fact(tally: InstitutionalTally) -> None:
        tally.is_operated = True

    return fact


def _other_payer(sbr: Segment, _: Delimiters) -> Fact[InstitutionalTally]:
    sequence = at(sbr, 1)
    return lambda tally: tally.others.append(EarlierPayer(sequence))


def _service(sv2: Segment, marks: Delimiters) -> Fact[InstitutionalTally]:
    revenue, charge = at(sv2, 1), cents_of(at(sv2, 3))
    if charge is None or charge < 0 or revenue == lists.TOTAL_LINE or not _is_some(at(sv2, 5)):
        return LoopTally.doubt
    not_covered = cents_of(at(sv2, 7)) if at(sv2, 7) else 0
    if not_covered is None or not 0 <= not_covered <= charge:
        return LoopTally.doubt
    has_procedure = bool(at(sv2, 2))
    if has_procedure:
        procedure = read_procedure(at(sv2, 2), marks.component)
        code_set = PROCEDURE_SETS.get(procedure.qualifier)
        if code_set and problem(code_set, procedure.code):
            return LoopTally.doubt
    cents, is_unplanned = charge, revenue.startswith(lists.UNSCHEDULED_REVENUE)

    def fact(tally: InstitutionalTally) -> None:
        tally.charged += cents
        tally.last_charge = cents
        tally.content += (revenue, cents, None)
        tally.is_unplanned |= is_unplanned
        tally.lacks_day |= tally.is_undated
        tally.is_undated = has_procedure

    return fact


def _day_of_line(dtp: Segment, marks: Delimiters) -> Fact[InstitutionalTally] | None:
    of_day = dated(dtp, marks)
    if at(dtp, 1) != "472":
        return of_day
    period = parse_period(at(dtp, 2), at(dtp, 3))
    if period is None:
        return LoopTally.doubt
    first, last = period[0], period[1] or period[0]

    def fact(tally: InstitutionalTally) -> None:
        if of_day is not None:
            of_day(tally)
        tally.content[-1] = first
        tally.is_undated = False
        tally.first_service = min(tally.first_service, first)
        tally.last_service = max(tally.last_service, last)

    return fact


def _is_some(units: str) -> bool:
    """Whether units are more than none."""
    try:
        return parse_quantity(units) > 0
    except AmountError:
        return False


INSTITUTIONAL_FACTS: dict[tuple[str, str], MakeFact[InstitutionalTally]] = {
    **BILLED_FACTS,
    ("2000B", "SBR"): _sequence,
    ("", "CLM"): _claim,
    ("2300", "DTP"): _day_of_claim,
    ("2300", "CL1"): _admission,
    ("2300", "HI"): _information,
    ("2310A", "NM1"): _attending,
    ("2310B", "NM1"): _operating,
    ("2320", "SBR"): _other_payer,
    ("2400", "SV2"): _service,
    ("2400", "DTP"): _day_of_line,
}
"""What the segments of a subscriber say in an 837I, as ``LoopStates`` takes it."""
