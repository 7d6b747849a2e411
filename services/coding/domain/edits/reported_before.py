"""What an encounter is judged beside: lines of other encounters that the practice reported.

Those of the same day, of any provider; a major procedure of the next day, or beside one the visit
of the day before; and those whose number is limited. Procedures whose global period holds the day
come with the encounter.
"""

from collections.abc import Collection
from datetime import date, timedelta

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import PastService, PastVisit, VisitHistory
from services.coding.domain.edits.frequency import LIMITS
from services.coding.domain.edits.service_line import MEDICARE, PastLine

_MAJOR = "090"
_ONE_DAY = timedelta(days=1)
_NO_NAME = "another"


def reported_before(
    encounter: EncounterDocumented,
    history: VisitHistory,
    sets: CodeSets,
    codes: Collection[str],
    programme: str,
) -> tuple[PastLine, ...]:
    """Lines that may bear on those with ``codes``; own, where the specialty of the practice is.

    A line of another specialty keeps its provider, so that it is not taken for this one's.
    """
    day, this = encounter.service_date, encounter.encounter_id
    limited: set[str] = set()
    for code in codes:
        limit = LIMITS.get(code)
        if limit is not None and (limit.everywhere or programme in MEDICARE):
            limited.update(limit.alike or (code,))
    found: list[PastLine] = []
    yesterday, tomorrow = day - _ONE_DAY, day + _ONE_DAY
    decided = any(is_major(code, day, sets) for code in codes)
    for visit in history.visits:
        past = visit.service_date
        if (
            (past < day and not limited and not (decided and past == yesterday))
            or past > tomorrow
            or visit.encounter_id == this
        ):
            continue
        days = (day - past).days
        if days == 0:
            found.extend(_line(each, visit, encounter, history) for each in visit.lines)
        elif days == -1:
            found.extend(
                _line(each, visit, encounter, history)
                for each in visit.lines
                if is_major(each.code, past, sets)
            )
        elif days == 1 and decided and visit.visit_code:
            found.append(_line(visit.lines[0], visit, encounter, history))
        if days > 0 and limited:
            found.extend(
                PastLine(
                    each.code,
                    visit.service_date,
                    _NO_NAME,
                    each.diagnoses,
                    each.modifiers,
                    each.units,
                )
                for each in visit.lines
                if each.code in limited
            )
    return tuple(found)


def _line(
    service: PastService, visit: PastVisit, encounter: EncounterDocumented, history: VisitHistory
) -> PastLine:
    own = visit.taxonomy == history.taxonomy
    provider = encounter.rendering_provider_id if own else visit.provider_id or _NO_NAME
    return PastLine(
        service.code,
        visit.service_date,
        provider,
        service.diagnoses,
        service.modifiers,
        service.units,
    )


def is_major(code: str, on: date, sets: CodeSets) -> bool:
    """Whether a procedure has 90 global days, by the fee schedule at hand, else by our own set."""
    fee = sets.edits.fee_indicators(code, on)
    days = getattr(fee, "global_days", "")
    if not days:
        entry = sets.procedures.entry(code)
        days = entry.global_days if entry is not None else ""
    return bool(days == _MAJOR)
