"""A provider's answer merged into the documentation: the addendum, and the facts it settles."""

import re
from decimal import Decimal
from typing import Any

from schemas.encounter import (
    DocumentationQueryAnswered,
    DrugAdministration,
    EncounterDocumented,
    NoteSection,
    Procedure,
)
from services.coding.domain.assertion import triggers

_MINUTES = re.compile(r"\b([0-9]{1,3})\s*(?:min|minutes)\b", re.IGNORECASE)
_DISCARDED = re.compile(
    r"\b(?:discarded|wasted|waste)\b[^0-9.;]{0,30}([0-9]{1,6}(?:\.[0-9]{1,4})?)"
    r"|([0-9]{1,6}(?:\.[0-9]{1,4})?)\s*(?:mg|mcg|g|ml|units?)?\s*(?:was |were )?"
    r"(?:discarded|wasted)\b",
    re.IGNORECASE,
)
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
    if answer.laterality is not None:
        problem_changes["laterality"] = answer.laterality
    if answer.problem_status is not None:
        problem_changes["status"] = answer.problem_status
    if problem_changes:
        changes["problems"] = tuple(
            problem.model_copy(update=problem_changes) if problem.item_id == item else problem
            for problem in encounter.problems
        )
    if item is not None and kind in ("missing_report", "missing_laterality"):
        changes["procedures"] = tuple(
            _procedure(procedure, answer, kind) if procedure.item_id == item else procedure
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
            changes["total_minutes"] = int(minutes.group(1))
    return encounter.model_copy(update=changes)


def _procedure(procedure: Procedure, answer: DocumentationQueryAnswered, kind: str) -> Procedure:
    """An addendum that denies nothing is the missing report."""
    if kind == "missing_laterality":
        return (
            procedure.model_copy(update={"laterality": answer.laterality})
            if answer.laterality is not None
            else procedure
        )
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
