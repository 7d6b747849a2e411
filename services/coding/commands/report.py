"""A coding result as plain data: for people on a terminal, and as JSON for programs.

``confidence`` is in permille: 1000 is certain.
"""

import re
from typing import Any

from services.coding.domain.coding_result import (
    CodingResult,
    Column,
    Diagnosis,
    EvidenceAt,
    Line,
    VisitLevel,
)
from services.coding.domain.edits.verdicts import Verdict
from services.coding.domain.encounter_state import EncounterState, Proposal

_CODE = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?|[0-9A-Z][0-9]{3}[0-9A-Z]")


def _evidence(found: tuple[EvidenceAt, ...]) -> list[dict[str, Any]]:
    return [
        {
            name: value
            for name in ("source", "item_id", "section", "start", "end")
            if (value := getattr(item, name)) is not None
        }
        for item in found
    ]


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    present = diagnosis.present_on_admission
    return {
        "code": diagnosis.code,
        "confidence": diagnosis.confidence,
        "rules": list(diagnosis.rules),
        "evidence": _evidence(diagnosis.evidence),
        **({"present_on_admission": present} if present else {}),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "modifiers": list(line.modifiers),
        "units": line.units,
        "pointers": list(line.pointers),
        "ndc": line.ndc,
        "confidence": line.confidence,
        "rules": list(line.rules),
        "evidence": _evidence(line.evidence),
    }


def _codes(proposal: Proposal | CodingResult) -> dict[str, Any]:
    return {
        "diagnoses": [_diagnosis(diagnosis) for diagnosis in proposal.diagnoses],
        "procedures": [_line(line) for line in proposal.lines],
        "alternatives": [
            {
                "code": item.subject if _CODE.fullmatch(item.subject) else None,
                "subject": item.subject,
                "reason": item.reason,
                "item_id": item.item_id,
            }
            for item in proposal.rejected
        ],
        "releases": [
            {
                "code_set": release.code_set,
                "release": release.release,
                "stands_in": release.stands_in,
            }
            for release in proposal.releases
        ],
        "rules_version": proposal.rules_version,
    }


def of_result(result: CodingResult) -> dict[str, Any]:
    """What ``coding code`` prints."""
    return {
        **_codes(result),
        "queries": [
            {
                "kind": query.kind,
                "gap": query.gap or query.kind,
                "item_id": query.item_id,
                "question": query.question,
            }
            for query in result.queries
        ],
        "reasons": list(result.reasons),
        "confidence": result.confidence,
        "route": result.route,
        "evaluation_management": _visit_level(result.visit_levels),
        "edits": [of_verdict(verdict) for verdict in result.edits],
    }


_LEVELS = ("none", "straightforward", "low", "moderate", "high")


def _visit_level(found: tuple[VisitLevel, ...]) -> dict[str, Any] | None:
    """The visit whose level was chosen, before one that has none (a preventive visit)."""
    level = next((each for each in found if each.basis), found[0] if found else None)
    if level is None:
        return None
    columns = {"problems": level.problems, "data": level.data, "risk": level.risk}
    return {
        "code": level.code,
        "basis": level.basis or None,
        "columns": {name: _column(column) for name, column in columns.items() if column} or None,
        "minutes": level.minutes,
        "minutes_evidence": _evidence(level.time_evidence),
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "level": _LEVELS[column.level],
        "elements": [
            {"kind": each.kind, "count": each.count, "evidence": _evidence(each.evidence)}
            for each in column.elements
        ],
    }


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    """A verdict of the edits, without what to report instead."""
    return {
        "rule": verdict.rule,
        "status": verdict.status,
        "lines": list(verdict.lines),
        "codes": list(verdict.codes),
        "modifiers": list(verdict.modifiers),
        "source": verdict.source,
        "release": verdict.release,
        "looked_up": verdict.looked_up,
        "message": verdict.message,
    }


def of_case(practice_id: str, encounter_id: str, state: EncounterState) -> dict[str, Any]:
    """What ``coding queue show`` prints about a case, without its note."""
    return {
        "practice_id": practice_id,
        "encounter_id": encounter_id,
        "state": state.state,
        "revision": state.revision,
        "version": state.version,
        "service_date": state.service_date.isoformat(),
        "reasons": list(state.reasons),
        "open_queries": [
            {"query_id": query.query_id, "kind": query.kind, "due": query.due.isoformat()}
            for query in state.open_queries
        ],
        "proposed": _codes(state.proposal),
        "edits": [of_verdict(verdict) for verdict in state.proposal.edits],
        "final": None if state.final is None else _codes(state.final),
    }
