"""The visits of an encounter: for problems, for prevention, or both, with what adds to them.

A problem beside a preventive visit is a visit of its own where it took significant work beyond
prevention (CPT preventive guidelines; Medicare Claims Processing Manual 12 section 30.6.2).
"""

from collections.abc import Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import (
    CodingOptions,
    Diagnosis,
    EvidenceAt,
    Line,
    PatientFacts,
    Rejected,
    VisitHistory,
    VisitLevel,
)
from services.coding.domain.edits.code_families import NEW_PATIENT, family, is_anesthesia
from services.coding.domain.procedures.critical_care import critical_care
from services.coding.domain.procedures.daily_intensive_care import daily_care
from services.coding.domain.procedures.evaluation_management import (
    NoLevel,
    Visit,
    preventive_visit,
    problem_visit,
)
from services.coding.domain.procedures.psychotherapy import (
    Stated,
    holds_visits,
    interactive_complexity,
    may_report_visits,
    sessions,
    stated_session,
)
from services.coding.domain.procedures.visit_modifiers import telehealth_modifier
from services.coding.domain.reading.note_reading import NoteReading
from services.coding.domain.review.note_hints import CRITICAL_CARE, PSYCHOTHERAPY, hints

_PLAIN = CodingOptions()
_SIGNIFICANT = 2
_MOST_EVIDENCE = 12
_SIGNIFICANT_IN_NOTE = 3
_MODERATE = 3


class Visits(Struct):
    """Visit lines in order, lines that add to them, how each level was found, what is left open.

    ``undocumented``: neither time nor decision making is there for the visit. ``patient_unknown``:
    nothing tells whether the patient is a new one. ``sessions``: psychotherapy, which is no visit;
    ``session_untimed``: its time is not documented.
    """

    lines: list[Line] = field(default_factory=list)
    add_ons: list[Line] = field(default_factory=list)
    levels: list[VisitLevel] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    undocumented: bool = False
    patient_unknown: bool = False
    sessions: list[Line] = field(default_factory=list)
    session_untimed: bool = False


def find_visits(  # noqa: PLR0917 - what is known of the encounter
    encounter: EncounterDocumented,
    patient: PatientFacts,
    history: VisitHistory,
    note: NoteReading,
    diagnoses: Sequence[Diagnosis],
    interpreted_and_billed: int,
    options: CodingOptions = _PLAIN,
    reported: Sequence[str] = (),
) -> Visits:
    """The visits of an encounter, before modifiers; ``reported``: codes of its other lines."""
    found = Visits()
    kind = encounter.visit_kind
    hinted = hints(note)
    told = hinted & CRITICAL_CARE != 0
    critical = _critical(encounter, patient, history, found, told=told)
    if reported and any(map(is_anesthesia, reported)) and not critical:
        if encounter.decision_making is not None:
            found.rejected.append(Rejected("visit", "within_anesthesia"))
        return found
    visit_for_problems = partial(
        problem_visit,
        encounter,
        history,
        interpreted_and_billed,
        note,
        diagnoses,
        patient.programme,
        options,
    )
    session = stated_session(encounter, told=hinted & PSYCHOTHERAPY != 0)
    evaluated = holds_visits(reported) if reported else ""
    if (session is not None or evaluated) and not critical and kind != "preventive":
        problem = None
        if kind == "problem":
            problem = visit_for_problems(timed=False)
        _psychiatric(found, encounter, history, problem, session, evaluated)
        return found
    if kind not in ("problem", "preventive"):
        return found
    preventive = preventive_visit(encounter, patient, history) if kind == "preventive" else None
    problem = visit_for_problems(
        beside_new=preventive is not None and bool(family(preventive.code) & NEW_PATIENT),
    )
    if critical:
        if isinstance(problem, Visit) and encounter.decision_making is not None:
            found.rejected.append(Rejected(problem.code, "beside_critical_care"))
            found.reasons.append(f"visit_beside_critical_care:{problem.code}")
        return found
    if isinstance(problem, NoLevel):
        if kind == "problem":
            found.reasons.append(problem.reason)
            return found
        problem = None
    if preventive is not None:
        _add(found, preventive)
        if session is not None:
            _add_session(found, encounter, session, beside_visit=False)
        if problem is not None and _is_significant(problem, encounter):
            _add(found, problem)
    elif problem is None:
        found.undocumented = True
    elif not may_report_visits(history.taxonomy):
        found.rejected.append(Rejected(problem.code, "not_of_this_profession"))
        found.reasons.append(f"visit_of_another_profession:{problem.code}")
    else:
        _add(found, problem)
    return found


def _psychiatric(  # noqa: PLR0917 - what is known of the session and the visit
    found: Visits,
    encounter: EncounterDocumented,
    history: VisitHistory,
    problem: Visit | NoLevel | None,
    session: Stated | None,
    evaluated: str,
) -> None:
    """A session, with a visit where one was managed as well; neither beside an evaluation."""
    visit = problem if isinstance(problem, Visit) and _is_managed(problem, encounter) else None
    if visit is not None and not may_report_visits(history.taxonomy):
        found.rejected.append(Rejected(visit.code, "not_of_this_profession"))
        visit = None
    if evaluated:
        if visit is not None:
            found.rejected.append(Rejected(visit.code, "within_diagnostic_evaluation"))
        if session is not None:
            found.rejected.append(Rejected("psychotherapy", "within_diagnostic_evaluation"))
            found.sessions.extend(interactive_complexity(session))
        return
    if visit is not None:
        _add(found, visit)
    if session is not None:
        _add_session(found, encounter, session, beside_visit=visit is not None)


def _add_session(
    found: Visits, encounter: EncounterDocumented, session: Stated, *, beside_visit: bool
) -> None:
    made = sessions(session, beside_visit=beside_visit)
    remote = telehealth_modifier(encounter)
    for line in made.lines:
        found.sessions.append(replace(line, modifiers=(remote,)) if remote else line)
    found.reasons.extend(made.reasons)
    found.rejected.extend(made.rejected)
    found.session_untimed = made.undocumented


def _is_managed(visit: Visit, encounter: EncounterDocumented) -> bool:
    """Whether there was a visit beside a session: as recorded, or drugs managed by the note."""
    if encounter.decision_making is not None:
        return True
    return visit.columns is not None and visit.columns.risk >= _MODERATE


def _critical(
    encounter: EncounterDocumented,
    patient: PatientFacts,
    history: VisitHistory,
    found: Visits,
    *,
    told: bool,
) -> bool:
    """Critical care of enough time; another visit of the day needs a time before it (MCPM 12).

    Of a small child in hospital it is by the day, and so is intensive care.
    """
    care = critical_care(encounter, patient, told=told)
    daily = daily_care(encounter, patient, history, timed=care is not None and bool(care.lines))
    if daily is not None:
        found.reasons.extend(daily.reasons)
        if daily.line is not None:
            found.lines.append(daily.line)
            found.levels.append(VisitLevel(daily.line.code, ""))
        return True
    if care is None:
        return False
    found.rejected.extend(care.rejected)
    found.reasons.extend(care.reasons)
    if not care.lines:
        return False
    found.lines.append(care.lines[0])
    found.add_ons.extend(care.lines[1:])
    found.levels.append(
        VisitLevel(
            care.lines[0].code,
            "time",
            minutes=care.minutes,
            time_evidence=care.lines[0].evidence,
        )
    )
    return True


def _is_significant(problem: Visit, encounter: EncounterDocumented) -> bool:
    """What a note alone tells of a problem at a preventive visit has to be plainer."""
    if problem.columns is None:
        return False
    least = _SIGNIFICANT if encounter.decision_making is not None else _SIGNIFICANT_IN_NOTE
    return problem.columns.problems >= least and problem.columns.level >= least


def _add(found: Visits, visit: Visit) -> None:
    found.lines.append(
        Line(
            visit.code,
            evidence=_evidence(visit.level),
            rules=visit.rules,
            confidence=visit.confidence,
        )
    )
    found.reasons.extend(visit.reasons)
    found.patient_unknown = found.patient_unknown or visit.patient_unknown
    if visit.level is not None:
        found.levels.append(visit.level)
    if visit.prolonged is not None:
        evidence = visit.level.time_evidence if visit.level is not None else ()
        found.add_ons.append(
            Line(
                visit.prolonged.code,
                units=visit.prolonged.units,
                evidence=evidence,
                rules=("time beyond the highest level",),
                confidence=visit.confidence,
            )
        )


def _evidence(level: VisitLevel | None) -> tuple[EvidenceAt, ...]:
    """Where the level comes from: the statement of time, or what counted in the columns."""
    if level is None:
        return ()
    if level.basis == "time":
        return level.time_evidence[:_MOST_EVIDENCE]
    places: list[EvidenceAt] = []
    before: tuple[EvidenceAt, ...] = ()
    for column in (level.problems, level.data, level.risk):
        if column is not None:
            for element in column.elements:
                if element.evidence is not before:
                    before = element.evidence
                    places.extend(before)
    return tuple(dict.fromkeys(places))[:_MOST_EVIDENCE]
