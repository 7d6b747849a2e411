"""From a visit that took place to its documentation, complete or with one gap."""

import random

from schemas.encounter import (
    DataReviewed,
    DecisionMaking,
    EncounterDocumented,
    Problem,
    ProblemAddressed,
    Signature,
)
from schemas.values import Coding
from simulators.ehr.clinic import orders
from simulators.ehr.clinic.gap import Gap
from simulators.ehr.clinic.note import complaint, note
from simulators.ehr.clinic.visit import Visit, happens
from simulators.ehr.clinic.visit_kind import ProblemTemplate, VisitKind
from simulators.ehr.clinic.wording import OTHER_SIDE, fill

_TIME_PERCENT = 35
_NEW_PATIENT_MINUTES = 8
_BOTH_PERCENT = 50


def _problem_code(template: ProblemTemplate, visit: Visit, rng: random.Random) -> Coding | None:
    if not happens(visit.practice.coded_percent, rng):
        return None
    if visit.practice.code_system == "snomed":
        return Coding(system="snomed", code=template.snomed) if template.snomed else None
    sided = template.icd10_left if visit.side == "left" else template.icd10_right
    code = sided or template.icd10
    return Coding(system="icd10cm", code=code) if code else None


def _problems(visit: Visit, gap: Gap | None) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """The problems, and a line of assessment and plan for each."""
    rng = visit.choices("problems")
    side = None if gap is Gap.NO_SIDE else visit.side
    found: list[Problem] = []
    lines: list[str] = []
    for template in visit.kind.problems:
        if not happens(template.chance, rng):
            continue
        wording = rng.choice(template.wording)
        description = fill(wording, {}, side)
        code = _problem_code(template, visit, rng)
        found.append(
            Problem(
                item_id=f"problem-{len(found) + 1}",
                description=description,
                code=None if template.laterality and side is None else code,
                laterality=side if template.laterality else None,
            )
        )
        assessed = description
        if gap is Gap.SIDE_CONFLICT and template.laterality:
            assessed = fill(wording, {}, OTHER_SIDE[visit.side])
        elif gap is Gap.DENIED_PROBLEM:
            assessed = f"No evidence of {description[:1].lower()}{description[1:]}"
        lines.append(f"{len(found)}. {assessed}. {rng.choice(template.plan)}")
    if gap is Gap.NO_DIAGNOSIS:
        return (), ("Continue the present plan. Return as needed.",)
    return tuple(found), tuple(lines)


def _decision_making(kind: VisitKind) -> DecisionMaking:
    return DecisionMaking(
        problems=tuple(
            ProblemAddressed(kind=problem, count=count) for problem, count in kind.mdm_problems
        ),
        data=DataReviewed(
            external_notes=kind.data.external_notes,
            results_reviewed=kind.data.results_reviewed,
            tests_ordered=kind.data.tests_ordered,
            independent_historian=kind.data.independent_historian,
            independent_interpretation=kind.data.independent_interpretation,
        ),
        risk=kind.risk,
    )


def _level(visit: Visit, gap: Gap | None) -> tuple[DecisionMaking | None, int | None]:
    """What decides the level of the visit: decision making, minutes, or both.

    Only visits for a problem are timed; a preventive visit has decision making when a problem
    was addressed as well.
    """
    kind, rng = visit.kind, visit.choices("level")
    if gap is Gap.NO_TIME_OR_DECISION or kind.visit_kind not in {"problem", "preventive"}:
        return None, None
    decided = _decision_making(kind) if kind.mdm_problems else None
    if kind.visit_kind != "problem" or kind.minutes is None:
        return decided, None
    minutes = rng.randrange(kind.minutes[0], kind.minutes[1] + 1)
    if visit.new_patient:
        minutes += _NEW_PATIENT_MINUTES
    if decided is not None and not happens(_TIME_PERCENT, rng):
        return decided, None
    return (decided if happens(_BOTH_PERCENT, rng) else None), minutes


def write(visit: Visit, gap: Gap | None = None) -> EncounterDocumented:
    """The documentation of ``visit``; with a ``gap`` the same visit with that one thing wrong."""
    kind, practice = visit.kind, visit.practice
    problems, assessment = _problems(visit, gap)
    procedures, labs = orders.procedures(visit, gap), orders.lab_tests(visit)
    decided, minutes = _level(visit, gap)
    authorization = visit.choices("authorization").randrange(10**6, 10**7)
    return EncounterDocumented(
        practice_id=practice.practice_id,
        encounter_id=visit.encounter_id,
        revision=1,
        patient_id=visit.patient.patient_id,
        rendering_provider_id=visit.provider_id,
        referring_provider_id=visit.referring_provider_id,
        setting=kind.setting or "office",
        place_of_service=kind.place_of_service or practice.place_of_service,
        service_date=visit.started_at.date(),
        visit_kind=kind.visit_kind,
        new_patient=visit.new_patient,
        chief_complaint=complaint(visit),
        note=note(
            visit,
            gap,
            findings=procedures.findings + labs.findings,
            assessment=assessment,
            minutes=minutes,
        ),
        problems=problems,
        decision_making=decided,
        total_minutes=minutes,
        procedures=procedures.procedures,
        lab_tests=labs.lab_tests,
        immunizations=orders.immunizations(visit),
        drugs=orders.drugs(visit, gap),
        prior_authorization=f"PA{authorization}" if kind.prior_authorization else "",
        signature=None
        if gap is Gap.UNSIGNED
        else Signature(provider_id=visit.provider_id, signed_at=visit.signed_at),
    )
