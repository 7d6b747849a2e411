"""Which later encounters of a patient an earlier one bears on that came in after they were coded.

New or established (three years), the stay that a first hospital visit began, an earlier procedure's
global period, and services whose number is limited look back in time: what was not there when they
were judged is there now. Encounters of one day are judged beside each other by the one that comes
in last.
"""

from collections.abc import Iterable

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import PastVisit
from services.coding.domain.edits.code_families import (
    EVALUATION,
    HOSPITAL_INITIAL,
    NEW_PATIENT,
    SURGERY,
    family,
)
from services.coding.domain.edits.frequency import LIMITS, is_within
from services.coding.domain.procedures.evaluation_management import years_before
from services.coding.domain.procedures.own_history import is_face_to_face, period_of

_NEW_AFTER_YEARS = 3
_STAY_DAYS = 30
_TELLS_APART = frozenset(("24", "58", "78", "79"))
_IN_A_PERIOD = EVALUATION | SURGERY


def judged_otherwise(
    came: PastVisit, visits: Iterable[PastVisit], sets: CodeSets
) -> tuple[str, ...]:
    """Encounters later than ``came`` that might be coded otherwise beside it, in order of date."""
    day = came.service_date
    later = [each for each in visits if each.service_date > day]
    if not later:
        return ()
    seen = is_face_to_face(came)
    admitted = _has(came, HOSPITAL_INITIAL)
    longest = max((period_of(each, came, sets) for each in came.services), default=0)
    found: list[PastVisit] = []
    for visit in later:
        own = visit.taxonomy == came.taxonomy
        days = (visit.service_date - day).days
        group = own or (bool(came.provider_id) and visit.provider_id == came.provider_id)
        if (
            (
                own
                and seen
                and _has(visit, NEW_PATIENT)
                and day > years_before(visit.service_date, _NEW_AFTER_YEARS)
            )
            or (own and admitted and days <= _STAY_DAYS and _has(visit, HOSPITAL_INITIAL))
            or (group and days <= longest and _is_untold(visit))
            or _too_often(came, visit)
        ):
            found.append(visit)
    return _in_order(found)


def after(came: PastVisit, visits: Iterable[PastVisit]) -> tuple[str, ...]:
    """All encounters later than ``came``, in order of date."""
    return _in_order(each for each in visits if each.service_date > came.service_date)


def _in_order(visits: Iterable[PastVisit]) -> tuple[str, ...]:
    found = sorted(visits, key=lambda each: (each.service_date, each.encounter_id))
    return tuple(each.encounter_id for each in found)


def _has(visit: PastVisit, families: int) -> bool:
    return any(family(line.code) & families for line in visit.lines)


def _is_untold(visit: PastVisit) -> bool:
    """Whether a visit or procedure says nothing of how it stands to an earlier procedure."""
    return any(
        family(line.code) & _IN_A_PERIOD and _TELLS_APART.isdisjoint(line.modifiers)
        for line in visit.lines
    )


def _too_often(came: PastVisit, visit: PastVisit) -> bool:
    codes = {line.code for line in came.lines}
    for line in visit.lines:
        limit = LIMITS.get(line.code)
        if limit is None or codes.isdisjoint(limit.alike or (line.code,)):
            continue
        if is_within(came.service_date, visit.service_date, limit.months, limit.days):
            return True
    return False
