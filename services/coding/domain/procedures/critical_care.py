"""Critical care by its time, and what is part of it.

99291 from 30 minutes of a day; 99292 for each further 30: by CPT from 75 minutes, by Medicare only
once 30 full minutes lie beyond the first 74 (104; physician fee schedule rule 2023). The time of
other services that are reported is none of it (NCCI Policy Manual XI.U.5).
"""

from collections.abc import Sequence

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import EvidenceAt, Line, PatientFacts, Rejected
from services.coding.domain.edits.code_families import WITHIN_CRITICAL_CARE
from services.coding.domain.procedures.visit_families import MEDICARE_PROGRAMMES

FIRST, MORE = "99291", "99292"
_LEAST = 30
_FIRST_FURTHER = 75
_FIRST_FURTHER_MEDICARE = 104
_STEP = 30
_PER_DIEM_UNTIL_AGE = 6
_EVIDENCE = (EvidenceAt("structured", "critical_care_minutes"),)


class CriticalCare(Struct, frozen=True):
    """Lines, further units, and what a coder has to look at; none below the least time."""

    lines: tuple[Line, ...] = ()
    reasons: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def critical_care(encounter: EncounterDocumented, patient: PatientFacts) -> CriticalCare | None:
    """The critical care of an encounter; None where none is documented."""
    minutes = encounter.critical_care_minutes
    if minutes is None:
        return None
    if minutes < _LEAST:
        return CriticalCare(rejected=(Rejected(FIRST, "critical_care_below_30_minutes"),))
    medicare = patient.programme in MEDICARE_PROGRAMMES
    first = _FIRST_FURTHER_MEDICARE if medicare else _FIRST_FURTHER
    further = (minutes - first) // _STEP + 1 if minutes >= first else 0
    rules = ("CPT critical care by time", "NCCI XI.U time of its own")
    lines = [Line(FIRST, evidence=_EVIDENCE, rules=rules, confidence=960)]
    if further:
        lines.append(Line(MORE, units=further, evidence=_EVIDENCE, rules=rules, confidence=960))
    small = (
        encounter.setting == "inpatient"
        and patient.age_on(encounter.service_date) < _PER_DIEM_UNTIL_AGE
    )
    reasons = ("critical_care_of_a_small_child_is_by_day",) if small else ()
    return CriticalCare(tuple(lines), reasons)


def without_included(
    lines: Sequence[Line], visits: Sequence[Line]
) -> tuple[list[Line], list[Rejected]]:
    """The lines beside critical care, without what is part of it."""
    if all(line.code != FIRST for line in visits):
        return list(lines), []
    kept = [line for line in lines if line.code not in WITHIN_CRITICAL_CARE]
    gone = [
        Rejected(line.code, "within_critical_care", line.evidence[0].item_id)
        if line.evidence
        else Rejected(line.code, "within_critical_care")
        for line in lines
        if line.code in WITHIN_CRITICAL_CARE
    ]
    return kept, gone
