"""Critical and intensive care of newborns and small children, by the day and not by time.

CPT: critical care of an inpatient 99468 and 99469 to the 28th day of life, 99471 and 99472 below
two years, 99475 and 99476 below six; the first code once a stay. Intensive care of who is not
critical: 99477 on a newborn's first day, then by weight 99478 below 1500 g, 99479 to 2500 g, 99480
to 5000 g; above, and for older children's first day, hospital visits. One service a day (NCCI
Policy Manual XI.U.3, XI.U.6).
"""

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import EvidenceAt, Line, PatientFacts, VisitHistory
from services.coding.domain.procedures.visit_families import codes_of_stay

_NEWBORN_DAYS = 28
_UNTIL_AGE = 6
_INFANT_UNTIL = 2
_KNOWN = 960
_FIRST_OF_NEWBORN = "99477"
_BY_WEIGHT = ((1_500, "99478"), (2_501, "99479"), (5_001, "99480"))
_CRITICAL = frozenset(("99468", "99469", "99471", "99472", "99475", "99476"))
_RULE = "CPT critical and intensive care of children by the day"


class DailyCare(Struct, frozen=True):
    """The line of the day, and what a coder has to look at."""

    line: Line | None = None
    reasons: tuple[str, ...] = ()


def daily_care(
    encounter: EncounterDocumented,
    patient: PatientFacts,
    history: VisitHistory,
    *,
    timed: bool,
) -> DailyCare | None:
    """The care of the day; None where none by the day is documented.

    ``timed``: critical care is documented by its time, which of a small child counts as a day.
    """
    if encounter.setting != "inpatient" or encounter.facility_visit == "discharge":
        return None
    kind = encounter.daily_intensive_care or ("critical" if timed else None)
    day = encounter.service_date
    if kind is None or patient.age_on(day) >= _UNTIL_AGE or patient.birth_date > day:
        return None
    before = codes_of_stay(encounter, history)
    if kind == "critical":
        return _critical(encounter, patient, history, before)
    newborn = patient.days_on(day) <= _NEWBORN_DAYS
    if not before and encounter.facility_visit != "subsequent":
        return _of(_FIRST_OF_NEWBORN) if newborn else None
    weight = encounter.weight_grams
    if weight is None:
        return DailyCare(reasons=("weight_missing",))
    code = next((code for below, code in _BY_WEIGHT if weight < below), "")
    return _of(code) if code else None


def _critical(
    encounter: EncounterDocumented,
    patient: PatientFacts,
    history: VisitHistory,
    before: frozenset[str],
) -> DailyCare:
    day = encounter.service_date
    first, later = "99475", "99476"
    if patient.days_on(day) <= _NEWBORN_DAYS:
        first, later = "99468", "99469"
    elif patient.age_on(day) < _INFANT_UNTIL:
        first, later = "99471", "99472"
    if before & _CRITICAL:
        return _of(later)
    if encounter.facility_visit == "subsequent" and not before and not history.complete:
        return _of(later, "first_day_of_critical_care_unknown")
    return _of(first)


def _of(code: str, *reasons: str) -> DailyCare:
    evidence = (EvidenceAt("structured", "daily_intensive_care"),)
    line = Line(code, evidence=evidence, rules=(_RULE,), confidence=_KNOWN)
    return DailyCare(line, reasons)
