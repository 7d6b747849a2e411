"""A provider's answer merged into the documentation: the addendum, and the facts it settles."""

import re
from decimal import Decimal
from typing import Any

from schemas.encounter import (
    Anesthesia,
    DocumentationQueryAnswered,
    DrugAdministration,
    EncounterDocumented,
    NoteSection,
    Procedure,
    Psychotherapy,
)
from schemas.values import Laterality
from services.coding.domain.diagnosis.specificity import wanted_side
from services.coding.domain.procedures.anesthesia import is_anesthetic
from services.coding.domain.procedures.note_circumstances import tells_new_patient
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import triggers

_MINUTES = re.compile(r"\b([0-9]{1,3})\s*(?:min|minutes)\b", re.IGNORECASE)
_DISCARDED = re.compile(
    r"\b(?:discarded|wasted|waste)\b[^0-9.;]{0,30}([0-9]{1,6}(?:\.[0-9]{1,4})?)"
    r"|([0-9]{1,6}(?:\.[0-9]{1,4})?)\s*(?:mg|mcg|g|ml|units?)?\s*(?:was |were )?"
    r"(?:discarded|wasted)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_YEARS = 3
_NOTHING_DISCARDED = re.compile(
    r"\b(?:nothing|none|no (?:drug|waste|wastage|amount))\b[^.]{0,40}(?:discarded|wasted)?",
    re.IGNORECASE,
)


def merged(
    encounter: EncounterDocumented, answer: DocumentationQueryAnswered, kind: str, item: str | None
) -> EncounterDocumented:
    """The documentation as of the answer; the addendum is kept word for word as a note section."""
    changes: dict[str, Any] = {}
    if answer.addendum:
        heading = "Assessment" if kind == "missing_diagnosis" else "Addendum"
        section = NoteSection(heading=heading, text=answer.addendum)
        changes["note"] = (*encounter.note, section)
    if answer.signature is not None:
        changes["signature"] = answer.signature
    problem_changes: dict[str, Any] = {}
    side = answered_side(answer, kind)
    if side is not None:
        problem_changes["laterality"] = side
    if answer.problem_status is not None:
        problem_changes["status"] = answer.problem_status
    if problem_changes:
        changes["problems"] = tuple(
            problem.model_copy(update=problem_changes) if problem.item_id == item else problem
            for problem in encounter.problems
        )
    if item is not None and kind in ("missing_report", "missing_laterality"):
        changes["procedures"] = tuple(
            _procedure(procedure, answer, side) if procedure.item_id == item else procedure
            for procedure in encounter.procedures
        )
    if kind == "missing_dose":
        changes["drugs"] = tuple(
            _drug(drug, answer.addendum) if drug.item_id == item else drug
            for drug in encounter.drugs
        )
    if kind == "missing_time_or_decision_making":
        minutes = _MINUTES.search(answer.addendum)
        if minutes is not None and 1 <= int(minutes.group(1)) <= 1440:
            changes.update(_timed(encounter, item, int(minutes.group(1))))
        if encounter.new_patient is None:
            changes["new_patient"] = _new_patient(answer.addendum, encounter.service_date.year)
    return encounter.model_copy(update=changes)


def _timed(encounter: EncounterDocumented, item: str | None, minutes: int) -> dict[str, Any]:
    """The time answered, of the service that had none: anesthesia, a session, else the visit."""
    asked = next((each for each in encounter.procedures if each.item_id == item), None)
    session, given = encounter.psychotherapy, encounter.anesthesia
    if asked is not None and is_anesthetic(asked):
        told = given or Anesthesia()
        return {"anesthesia": told.model_copy(update={"minutes": minutes})}
    if session is not None and session.minutes is None and session.kind != "group":
        return {"psychotherapy": session.model_copy(update={"minutes": minutes})}
    if asked is not None and session is None:
        return {"psychotherapy": Psychotherapy(minutes=minutes)}
    return {"total_minutes": minutes}


def _new_patient(addendum: str, this_year: int) -> bool | None:
    """Whether the answer says so; a last visit three calendar years back tells neither."""
    if any(this_year - int(year) >= _YEARS for year in _YEAR.findall(addendum)):
        return None
    return tells_new_patient(addendum)


def answered_side(answer: DocumentationQueryAnswered, kind: str) -> Laterality | None:
    """The side that the answer gives: as a fact, or as the only side that its addendum names."""
    if answer.laterality is not None or kind not in ("missing_laterality", "contradiction"):
        return answer.laterality
    named: dict[str, Laterality] = {"left": "left", "right": "right", "bilateral": "bilateral"}
    return named.get(wanted_side(wording.read(answer.addendum).sides))


def settles(answer: DocumentationQueryAnswered, kind: str) -> bool:
    """Whether the answer holds a fact about a problem, and not words alone."""
    return answer.problem_status is not None or answered_side(answer, kind) is not None


def _procedure(
    procedure: Procedure, answer: DocumentationQueryAnswered, side: Laterality | None
) -> Procedure:
    """The side answered, or the report: an addendum that denies nothing is the missing report."""
    if side is not None:
        return procedure.model_copy(update={"laterality": side})
    denied = any(trigger.kind.startswith("negated") for trigger in triggers(answer.addendum))
    reported = bool(answer.addendum.strip()) and not denied
    return procedure.model_copy(update={"report": True}) if reported else procedure


def _drug(drug: DrugAdministration, addendum: str) -> DrugAdministration:
    match = _DISCARDED.search(addendum)
    if match is not None:
        return drug.model_copy(update={"wasted": Decimal(match.group(1) or match.group(2))})
    if _NOTHING_DISCARDED.search(addendum) is not None:
        return drug.model_copy(update={"wasted": Decimal(0)})
    return drug
