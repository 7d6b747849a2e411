"""Evaluation and management services: level, new or established, preventive and discharge visits.

Sources: CMS MLN006764 (level by decision making or by total time, whichever is higher; emergency
by decision making only); CPT time minima "must be met or exceeded"; new patient: no face-to-face
service by the same specialty of the group within three years; preventive visits by age.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import (
    CodingOptions,
    Column,
    Diagnosis,
    EvidenceAt,
    PastVisit,
    PatientFacts,
    VisitHistory,
    VisitLevel,
)
from services.coding.domain.procedures.decision_making import Columns, columns, explained
from services.coding.domain.procedures.note_circumstances import tells_later_wellness
from services.coding.domain.procedures.note_decision import decision_of_note, total_time
from services.coding.domain.procedures.own_history import is_face_to_face
from services.coding.domain.procedures.prolonged_time import (
    MEDICARE_PROGRAMMES,
    Prolonged,
    prolonged,
)
from services.coding.domain.procedures.visit_families import (
    AUDIO_ESTABLISHED,
    CONSULTATION,
    CONSULTATION_OF_A_STAY,
    FOR_THE_ESTABLISHED,
    VIDEO_ESTABLISHED,
    Ladder,
    admitted_today,
    discharge_code,
    is_consultation,
    is_stay,
    ladder,
    stay_doubts,
    stay_of,
)
from services.coding.domain.reading.note_reading import NoteReading

_PREVENTIVE_AGES = (0, 4, 11, 17, 39, 64)
_NEW_AFTER_YEARS = 3
_RECORDED = 970
_TIME_IN_NOTE = 900
_STAFF, _BY_RECORD = 950, 970
_FIRST_AS_FAR_AS_KNOWN = 860
"""A first wellness visit (G0438) is one in a lifetime, of which a short history knows little."""
_DECISION_IN_NOTE = 760
_PLAIN = CodingOptions()
_BRIEF, _LEAST_BRIEF = "98016", 5
_BRIEF_INSTEAD = (VIDEO_ESTABLISHED, AUDIO_ESTABLISHED)
_CONSULTATIONS = (CONSULTATION, CONSULTATION_OF_A_STAY)
_STRUCTURED_TIME = (EvidenceAt("structured", "total_minutes"),)


class Visit(Struct, frozen=True, gc=False):
    """The E/M service of an encounter; ``columns`` when decision making is known.

    ``prolonged`` is time beyond the highest level; ``reasons`` are for a coder. Where it is not
    known whether the patient is a new one, the code is an established patient's, and
    ``patient_unknown``.
    """

    code: str
    rules: tuple[str, ...]
    confidence: int
    columns: Columns | None = None
    level: VisitLevel | None = None
    prolonged: Prolonged | None = None
    reasons: tuple[str, ...] = ()
    patient_unknown: bool = False


class NoLevel(Struct, frozen=True, gc=False):
    """Something was recorded and no code of the setting's family comes of it."""

    reason: str = "time_below_least_minimum"


class _Time(Struct, frozen=True, gc=False):
    minutes: int | None
    evidence: tuple[EvidenceAt, ...]
    confidence: int
    reasons: tuple[str, ...] = ()


class _Decision(Struct, frozen=True, gc=False):
    levels: Columns
    shown: tuple[Column, Column, Column]
    confidence: int


def years_before(day: date, years: int) -> date:
    """The same day ``years`` earlier; 29 February becomes 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def is_established(
    encounter: EncounterDocumented, history: VisitHistory
) -> tuple[bool | None, str]:
    """Whether the group saw the patient in the same specialty within three years, and the rule.

    The practice's own history decides; where it knows nothing of the patient, the EHR's word
    stands, since the history may begin later than the practice. None: neither tells.
    """
    day = encounter.service_date
    this = encounter.encounter_id
    since = years_before(day, _NEW_AFTER_YEARS) if history.visits else day
    known = history.complete
    for visit in reversed(history.visits):
        if visit.service_date >= day or visit.encounter_id == this:
            continue
        known = True
        if visit.service_date <= since:
            continue
        if (not history.taxonomy or visit.taxonomy == history.taxonomy) and is_face_to_face(visit):
            return True, "established by history"
    if encounter.new_patient is False:
        return True, "established by EHR"
    if encounter.new_patient or known:
        return False, "new: no visit in 3 years"
    return None, "new or established is not known"


def problem_visit(  # noqa: PLR0917 - what is known of the visit
    encounter: EncounterDocumented,
    history: VisitHistory,
    interpreted_and_billed: int,
    note: NoteReading,
    diagnoses: Sequence[Diagnosis],
    programme: str = "",
    options: CodingOptions = _PLAIN,
    *,
    timed: bool = True,
    beside_new: bool = False,
) -> Visit | NoLevel | None:
    """The problem-oriented visit; None when neither decision making nor time is documented.

    ``timed``: whether time may choose the level; not beside a service that took it.
    ``beside_new``: a preventive visit of the day is a new patient's, which is the only one. Never a
    code of another family than the setting's: too little time is ``NoLevel``.
    """
    time = _time(encounter, note) if timed else _Time(None, (), _RECORDED)
    doubts: tuple[str, ...] = ()
    if is_stay(encounter):
        doubts = stay_doubts(encounter, programme)
        if stay_of(encounter, history, programme) == "discharge":
            return _discharge(encounter, history, time)
    established, why = is_established(encounter, history)
    if beside_new and established is False:
        established, why = True, "NCCI XI.U.1 one new-patient code a day"
    if encounter.seen_by == "clinical_staff":
        return _staff_visit(encounter, established=established)
    decision = _decision(encounter, note, diagnoses, interpreted_and_billed)
    emergency = encounter.setting == "emergency"
    if decision is None and (time.minutes is None or emergency):
        return None
    steps = ladder(
        encounter,
        history,
        established=established is not False,
        programme=programme,
        options=options,
    )
    if programme in options.consultations and _is_unasked_consultation(encounter):
        doubts = (*doubts, "consultation_without_request")
    by_decision = decision.levels.level if decision is not None else 0
    by_time = 0 if emergency else _level_by_time(steps, time.minutes)
    level = max(by_decision, by_time)
    if level == 0:
        if steps in _BRIEF_INSTEAD and (time.minutes or 0) >= _LEAST_BRIEF and established:
            brief = VisitLevel(_BRIEF, "time", minutes=time.minutes, time_evidence=time.evidence)
            return Visit(_BRIEF, (why, "CPT telemedicine, brief"), time.confidence, level=brief)
        return NoLevel()
    timed = by_time > by_decision
    code = steps[level - 1][0]
    asked_for = steps in _CONSULTATIONS
    rules = [] if emergency or asked_for or is_stay(encounter) else [why]
    if asked_for:
        rules.append("CPT consultation; the payer takes it")
    rules.append("MLN006764 time" if timed else "MLN006764 2 of 3 columns")
    beyond = None
    if by_time == len(steps) and time.minutes is not None:
        beyond = prolonged(code, time.minutes, programme)
    sure = time.confidence if timed or decision is None else decision.confidence
    problems, data, risk = decision.shown if decision is not None else (None, None, None)
    return Visit(
        code,
        tuple(rules),
        sure,
        decision.levels if decision is not None else None,
        VisitLevel(
            code,
            "time" if timed or beyond is not None else "mdm",
            problems,
            data,
            risk,
            None if emergency else time.minutes,
            () if emergency or time.minutes is None else time.evidence,
        ),
        beyond,
        (*time.reasons, *doubts),
        established is None and any(steps is each for each in FOR_THE_ESTABLISHED),
    )


def _is_unasked_consultation(encounter: EncounterDocumented) -> bool:
    return "consultation" in (encounter.circumstances or ()) and not is_consultation(encounter)


def _level_by_time(steps: Ladder, minutes: int | None) -> int:
    if minutes is None:
        return 0
    return sum(1 for _, least in steps if least is not None and minutes >= least)


def _time(encounter: EncounterDocumented, note: NoteReading) -> _Time:
    """Total time as recorded, else as the note states it; statements that differ do not count."""
    if encounter.total_minutes is not None:
        return _Time(encounter.total_minutes, _STRUCTURED_TIME, _RECORDED)
    stated = total_time(note)
    if stated is None:
        return _Time(None, (), _RECORDED)
    if stated.minutes == 0:
        return _Time(None, stated.evidence, _TIME_IN_NOTE, ("total_time_contradictory",))
    return _Time(stated.minutes, stated.evidence, _TIME_IN_NOTE)


def _decision(
    encounter: EncounterDocumented,
    note: NoteReading,
    diagnoses: Sequence[Diagnosis],
    interpreted_and_billed: int,
) -> _Decision | None:
    """Decision making as recorded; where neither it nor time was, as the note tells it."""
    recorded = encounter.decision_making
    if recorded is not None:
        levels = columns(recorded, interpreted_and_billed)
        return _Decision(levels, explained(recorded, levels, interpreted_and_billed), _RECORDED)
    if not encounter.note or (encounter.total_minutes is not None and encounter.problems):
        return None
    read = decision_of_note(encounter, note, diagnoses, interpreted_and_billed)
    if read is None:
        return None
    return _Decision(read.levels, (read.problems, read.data, read.risk), _DECISION_IN_NOTE)


def _discharge(
    encounter: EncounterDocumented, history: VisitHistory, time: _Time
) -> Visit | NoLevel:
    """99238 and 99239, 99315 and 99316: by time alone; nothing else that day (NCCI XI)."""
    if encounter.setting != "nursing_facility" and admitted_today(encounter, history):
        return NoLevel("admitted_and_discharged_on_one_day")
    code = discharge_code(encounter, time.minutes)
    return Visit(
        code,
        ("discharge: more than 30 minutes must be documented",),
        time.confidence,
        None,
        VisitLevel(code, "time", minutes=time.minutes, time_evidence=time.evidence),
        None,
        time.reasons,
    )


def _staff_visit(encounter: EncounterDocumented, *, established: bool | None) -> Visit | NoLevel:
    """99211 and 99281 may not need a physician's presence; 99211 not beside a drug or vaccine."""
    if encounter.setting == "emergency":
        return Visit("99281", ("MLN006764 may not need a physician",), _STAFF)
    office = encounter.setting in ("office", "telehealth", "outpatient_hospital")
    if office and established is not False:
        if encounter.drugs or encounter.immunizations:
            return NoLevel("staff_visit_within_administration")
        rules = ("MLN006764 may not need a physician",)
        return Visit("99211", rules, _STAFF, patient_unknown=established is None)
    return NoLevel("staff_visit_without_code")


def preventive_visit(
    encounter: EncounterDocumented, patient: PatientFacts, history: VisitHistory
) -> Visit:
    """The preventive visit by age and new or established; Medicare has wellness visits instead."""
    established, why = is_established(encounter, history)
    if patient.programme in MEDICARE_PROGRAMMES:
        if encounter.welcome_to_medicare:
            return Visit("G0402", ("42 CFR 410.16",), _BY_RECORD, level=VisitLevel("G0402", ""))
        seen = any(
            _is_wellness(visit) and visit.service_date < encounter.service_date
            for visit in history.visits
            if visit.encounter_id != encounter.encounter_id
        )
        seen = seen or tells_later_wellness(encounter)
        code = "G0439" if seen else "G0438"
        sure = _BY_RECORD if seen or history.complete else _FIRST_AS_FAR_AS_KNOWN
        return Visit(code, ("42 CFR 410.15",), sure, level=VisitLevel(code, ""))
    step = sum(1 for oldest in _PREVENTIVE_AGES if patient.age_on(encounter.service_date) > oldest)
    code = str((99381 if established is False else 99391) + step)
    rules = (why, "CPT preventive by age")
    unknown = established is None
    return Visit(code, rules, 970, level=VisitLevel(code, ""), patient_unknown=unknown)


def _is_wellness(visit: PastVisit) -> bool:
    """An earlier annual wellness visit; the welcome visit is none (42 CFR 410.15)."""
    return any(line.code in ("G0438", "G0439") for line in visit.lines)
