"""What the practice itself reported for a patient before: whose it counts as, and what it holds.

Physicians of one group in one specialty are paid as though they were one (Medicare Claims
Processing Manual 12 section 30.6.5): what another of the specialty reported counts as one's own.
"""

from datetime import timedelta

from schemas.encounter import EarlierProcedure, EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import PastService, PastVisit, VisitHistory
from services.coding.domain.edits.code_families import EVALUATION, SURGERY, family
from services.coding.domain.procedures.surgical_package import package_days

_LONGEST_PACKAGE = timedelta(days=90)
# A part, an assistance or a return within a period begins no period of its own.
_BEGINS_NONE = frozenset(("26", "TC", "78", "80", "81", "82", "AS", "53", "56", "73", "74"))
_NOT_FACE_TO_FACE = frozenset(("36415", "36416"))


def is_one_provider(
    visit: PastVisit, encounter: EncounterDocumented, history: VisitHistory
) -> bool:
    """Whether a past encounter was this provider's, or one's of the same specialty here."""
    if visit.provider_id and visit.provider_id == encounter.rendering_provider_id:
        return True
    return visit.taxonomy == history.taxonomy


def with_own_procedures(
    encounter: EncounterDocumented, history: VisitHistory, sets: CodeSets
) -> EncounterDocumented:
    """The encounter with the procedures of this provider whose global period holds its day.

    Those that the EHR names stand; each procedure of a day counts once.
    """
    day = encounter.service_date
    since = day - _LONGEST_PACKAGE
    found = [
        (service, visit)
        for visit in history.visits
        if since <= visit.service_date < day
        and visit.encounter_id != encounter.encounter_id
        and is_one_provider(visit, encounter, history)
        for service in visit.services
        if family(service.code) & SURGERY
        and _holds(service, (day - visit.service_date).days, visit, sets)
    ]
    if not found:
        return encounter
    named = {(each.code, each.service_date) for each in encounter.earlier_procedures}
    own: dict[tuple[str, object], EarlierProcedure] = {}
    for service, visit in found:
        key = (service.code, visit.service_date)
        if key not in named:
            own.setdefault(
                key,
                EarlierProcedure.model_construct(
                    code=service.code,
                    service_date=visit.service_date,
                    provider_id=None,
                    diagnoses=service.diagnoses,
                ),
            )
    earlier = (*encounter.earlier_procedures, *own.values())
    return encounter.model_copy(update={"earlier_procedures": earlier})


def _holds(service: PastService, days: int, visit: PastVisit, sets: CodeSets) -> bool:
    return 0 < days <= period_of(service, visit, sets)


def period_of(service: PastService, visit: PastVisit, sets: CodeSets) -> int:
    """Days of the global period that a service began; 0 where it began none."""
    if not family(service.code) & SURGERY:
        return 0
    if service.modifiers and not _BEGINS_NONE.isdisjoint(service.modifiers):
        return 0
    return package_days(service.code, sets, visit.service_date) or 0


def is_face_to_face(visit: PastVisit) -> bool:
    """Whether a physician or other qualified professional saw the patient (CPT, new patient).

    Readings, laboratory tests, vaccines and drugs given by staff are no such service.
    """
    if visit.visit_code:
        return True
    return any(
        (family(service.code) & (SURGERY | EVALUATION) or service.code.startswith("908"))
        and service.code not in _NOT_FACE_TO_FACE
        and "26" not in service.modifiers
        for service in visit.services
    )
