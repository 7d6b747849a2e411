"""Evaluation and management services: family, level, new or established.

Sources: CMS MLN006764 (level by decision making or by total time, whichever is higher; emergency
by decision making only); CPT time minima "must be met or exceeded"; new patient: no face-to-face
service by the same specialty of the group within three years; preventive visits by age.
"""

from datetime import date

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import PastVisit, PatientFacts, VisitHistory
from services.coding.domain.procedures.decision_making import Columns, columns

# (code, minutes) by level from straightforward to high; minutes None: time does not choose it.
_OFFICE_NEW = (("99202", 15), ("99203", 30), ("99204", 45), ("99205", 60))
_OFFICE_ESTABLISHED = (("99212", 10), ("99213", 20), ("99214", 30), ("99215", 40))
_EMERGENCY = (("99282", None), ("99283", None), ("99284", None), ("99285", None))
_HOSPITAL_FIRST = (("99221", 40), ("99221", 40), ("99222", 55), ("99223", 75))
_HOSPITAL_LATER = (("99231", 25), ("99231", 25), ("99232", 35), ("99233", 50))
_NURSING_FIRST = (("99304", 25), ("99304", 25), ("99305", 35), ("99306", 50))
_NURSING_LATER = (("99307", 10), ("99308", 20), ("99309", 30), ("99310", 45))
_HOME_NEW = (("99341", 15), ("99342", 30), ("99344", 60), ("99345", 75))
_HOME_ESTABLISHED = (("99347", 20), ("99348", 30), ("99349", 40), ("99350", 60))

_PREVENTIVE_AGES = (0, 4, 11, 17, 39, 64)
_NEW_AFTER_YEARS = 3
_FAMILIES = {
    "99221", "99222", "99223", "99231", "99232", "99233",
    "99304", "99305", "99306", "99307", "99308", "99309", "99310",
}  # fmt: skip


class Visit(Struct, frozen=True, gc=False):
    """The E/M service of an encounter; ``columns`` when decision making was recorded."""

    code: str
    rules: tuple[str, ...]
    confidence: int
    columns: Columns | None = None


class NoLevel(Struct, frozen=True, gc=False):
    """Time was recorded and is below the least minimum of the setting's family: no level is met."""

    reason: str = "time_below_least_minimum"


def years_before(day: date, years: int) -> date:
    """The same day ``years`` earlier; 29 February becomes 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def is_established(encounter: EncounterDocumented, history: VisitHistory) -> tuple[bool, str]:
    """Whether the group saw the patient in the same specialty within three years, and the rule.

    The practice's own history decides; where it knows nothing, the EHR's word that the patient is
    established stands, since the history may begin later than the practice.
    """
    day = encounter.service_date
    since = years_before(day, _NEW_AFTER_YEARS) if history.visits else day
    for visit in history.visits:
        if (
            visit.encounter_id != encounter.encounter_id
            and since < visit.service_date < day
            and (not history.taxonomy or visit.taxonomy == history.taxonomy)
        ):
            return True, "established by history"
    if encounter.new_patient is False:
        return True, "established by EHR"
    return False, "new: no visit in 3 years"


def level_ladder(
    encounter: EncounterDocumented, *, established: bool, history: VisitHistory
) -> tuple[tuple[str, int | None], ...]:
    """Codes with their time minima, straightforward to high, for the setting."""
    setting = encounter.setting
    if setting == "emergency":
        return _EMERGENCY
    if setting == "inpatient":
        return _HOSPITAL_LATER if _seen_lately(encounter, history) else _HOSPITAL_FIRST
    if setting == "nursing_facility":
        return _NURSING_LATER if _seen_lately(encounter, history) else _NURSING_FIRST
    if setting == "home":
        return _HOME_ESTABLISHED if established else _HOME_NEW
    return _OFFICE_ESTABLISHED if established else _OFFICE_NEW


def _seen_lately(encounter: EncounterDocumented, history: VisitHistory) -> bool:
    """An earlier facility visit within 30 days counts as the same stay."""
    return any(
        visit.visit_code in _FAMILIES
        and visit.encounter_id != encounter.encounter_id
        and 0 < (encounter.service_date - visit.service_date).days <= 30
        for visit in history.visits
    )


def problem_visit(
    encounter: EncounterDocumented, history: VisitHistory, interpreted_and_billed: int
) -> Visit | NoLevel | None:
    """The problem-oriented visit; None when neither decision making nor time was recorded.

    Never a code of another family than the setting's: too little time is ``NoLevel``.
    """
    recorded = encounter.decision_making
    minutes = encounter.total_minutes
    emergency = encounter.setting == "emergency"
    if recorded is None and (minutes is None or emergency):
        return None
    established, why = is_established(encounter, history)
    ladder = level_ladder(encounter, established=established, history=history)
    made = columns(recorded, interpreted_and_billed) if recorded is not None else None
    by_decision = made.level if made is not None else 0
    by_time = 0
    if minutes is not None and not emergency:
        for _, least in ladder:
            by_time += least is not None and minutes >= least
    level = max(by_decision, by_time)
    rules = [] if encounter.setting in ("emergency", "inpatient", "nursing_facility") else [why]
    if level == 0:
        return NoLevel()
    rules.append("MLN006764 time" if by_time > by_decision else "MLN006764 2 of 3 columns")
    return Visit(ladder[level - 1][0], tuple(rules), 970, made)


def preventive_visit(
    encounter: EncounterDocumented, patient: PatientFacts, history: VisitHistory
) -> Visit:
    """The preventive visit by age and new or established; Medicare has wellness visits instead."""
    established, why = is_established(encounter, history)
    if patient.programme in ("medicare", "medigap"):
        seen = any(
            _is_wellness(visit) and visit.service_date < encounter.service_date
            for visit in history.visits
            if visit.encounter_id != encounter.encounter_id
        )
        return Visit("G0439" if seen else "G0438", ("42 CFR 410.15",), 860)
    step = sum(1 for oldest in _PREVENTIVE_AGES if patient.age_on(encounter.service_date) > oldest)
    first = 99391 if established else 99381
    return Visit(str(first + step), (why, "CPT preventive by age"), 970)


def _is_wellness(visit: PastVisit) -> bool:
    return visit.visit_code in ("G0402", "G0438", "G0439")
