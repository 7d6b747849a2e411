"""A case as a coder sees it: codes with their evidence in the note, edits, gaps, decisions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from schemas.encounter import EncounterDocumented, NoteSection
from services.chassis.clock import clock_from_environment
from services.chassis.incoming import Incoming
from services.coding.codesets.library import NoReleaseError
from services.coding.commands import report
from services.coding.commands.review import of_flag
from services.coding.commands.shared import code_sets
from services.coding.domain.coding_result import Diagnosis, Line, VisitHistory
from services.coding.domain.edits.encounter_edits import EncounterEdits
from services.coding.domain.encounter_state import EncounterState, Proposal
from services.coding.domain.reading.note_reading import NoteReading
from services.coding.domain.review.marked_text import Mark, marked, marks
from services.coding.domain.review.queue_reasons import explained
from services.coding.domain.review.review import Known, review
from services.coding.records import CodingWorkspace, DecisionRow, EncounterRow, facts
from services.coding.resolve_encounter import ResolveEncounter


def looked_at(practice_id: str, encounter_id: str) -> Incoming[ResolveEncounter]:
    """What makes the store load all that a decision about the encounter would need."""
    command = ResolveEncounter(
        practice_id=practice_id, actor="", role="", encounter_id=encounter_id, action="accept"
    )
    return Incoming(UUID(int=0), "", command.key, command, clock_from_environment().now())


def shown_case(
    practice_id: str,
    encounter_id: str,
    row: EncounterRow,
    known: CodingWorkspace,
    decisions: Sequence[DecisionRow],
    *,
    note: bool,
) -> dict[str, Any]:
    """The case as plain data; its note, evidence marked, only when asked for."""
    documented = EncounterDocumented.from_json(row.documentation)
    state = row.state
    patient = known.patients.get((practice_id, state.patient_id))
    sex = patient.sex if patient is not None else "U"
    case = report.of_case(practice_id, encounter_id, state)
    case["why"] = [{"reason": reason, "meaning": explained(reason)} for reason in state.reasons]
    case["edits"] = _edits(documented, state, known)
    flags = review(documented, NoteReading(documented.note), Known(sex))
    case["flags"] = [of_flag(flag) for flag in flags]
    case["decisions"] = [of_decision(decision) for decision in decisions]
    if note:
        coded: tuple[Diagnosis | Line, ...] = (*state.proposal.diagnoses, *state.proposal.lines)
        case["note"] = [
            _section(section, marks(coded, number, len(section.text)))
            for number, section in enumerate(documented.note)
        ]
        case["problems"] = [problem.description for problem in documented.problems]
    return case


def _section(section: NoteSection, places: Sequence[Mark]) -> dict[str, Any]:
    """A part of the note with its evidence marked, and each stretch with its exact characters."""
    return {
        "heading": section.heading,
        "text": marked(section.text, places),
        "evidence": [
            {
                "start": place.start,
                "end": place.end,
                "text": section.text[place.start : place.end],
                "codes": list(place.codes),
            }
            for place in places
        ],
    }


def _edits(
    documented: EncounterDocumented, state: EncounterState, known: CodingWorkspace
) -> list[dict[str, Any]]:
    """The verdicts on what is proposed, or on what is final."""
    key = (documented.practice_id, documented.patient_id)
    patient, coverage = known.patients.get(key), known.coverages.get(key)
    codes = state.final or state.proposal
    if patient is None or coverage is None or not codes.lines:
        return []
    try:
        sets = code_sets().on(documented.service_date)
    except NoReleaseError as missing:
        return [{"rule": "release", "status": "no_data", "message": str(missing)}]
    taxonomy = known.providers.get((documented.practice_id, documented.rendering_provider_id))
    history = VisitHistory(taxonomy or "", known.histories.get(key) or ())
    verdicts = EncounterEdits(sets).check(
        documented,
        facts(patient, coverage, documented.service_date),
        history,
        codes.diagnoses,
        codes.lines,
    )
    return [report.of_verdict(verdict) for verdict in verdicts]


def of_decision(row: DecisionRow) -> dict[str, Any]:
    """A decision as plain data: who, under which role, when, why, and the codes it changed."""
    return {
        "at": row.decided_at.isoformat(),
        "actor": row.actor,
        "role": row.role,
        "action": row.action,
        "reason": row.reason,
        "revision": row.revision,
        "before": codes_of(row.before),
        "after": codes_of(row.after),
    }


def codes_of(proposal: Proposal) -> dict[str, Any]:
    """Codes alone: diagnoses in order, lines as ``99213-25*1@1,2``."""
    return {
        "diagnoses": [diagnosis.code for diagnosis in proposal.diagnoses],
        "lines": [
            f"{'-'.join((line.code, *line.modifiers))}*{line.units}"
            f"@{','.join(map(str, line.pointers))}"
            for line in proposal.lines
        ],
    }
