"""From what the rules found to the events that the contract names.

Parts that many encounters have alike are validated once and kept.
"""

from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from schemas.coding import CodedDiagnosis, CodedLine, CodeRelease, EncounterCoded
from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import (
    CodingResult,
    Diagnosis,
    EvidenceAt,
    Line,
    PastService,
    Release,
)
from services.coding.domain.encounter_state import EncounterState, Proposal

_VISIT_PREFIXES = ("980", "992", "993", "994", "G0438", "G0439", "G0402")


def is_visit(code: str) -> bool:
    """Whether a code stands for a face-to-face evaluation and management service."""
    return code.startswith(_VISIT_PREFIXES)


def proposal(result: CodingResult) -> Proposal:
    """What is kept of a result."""
    return Proposal(
        result.diagnoses,
        result.lines,
        result.rejected,
        result.releases,
        result.rules_version,
        tuple([verdict for verdict in result.edits if verdict.status != "no_data"]),
    )


def services(final: Proposal) -> tuple[PastService, ...]:
    """What of the lines other encounters of the patient are judged beside."""
    known = final.diagnoses
    return tuple(
        [
            PastService(
                line.code,
                line.modifiers,
                line.units,
                tuple([known[p - 1].code for p in line.pointers if 0 < p <= len(known)]),
            )
            for line in final.lines
        ]
    )


def _evidence(found: tuple[EvidenceAt, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "source": item.source,
            "item_id": item.item_id,
            "section": item.section,
            "start": item.start,
            "end": item.end,
        }
        for item in found
    )


@lru_cache(maxsize=8_192)
def _diagnosis(diagnosis: Diagnosis) -> CodedDiagnosis:
    return CodedDiagnosis.model_validate(
        {
            "code": diagnosis.code,
            "evidence": _evidence(diagnosis.evidence),
            "rules": diagnosis.rules,
            "confidence_permille": diagnosis.confidence,
            "present_on_admission": diagnosis.present_on_admission or None,
        }
    )


@lru_cache(maxsize=8_192)
def _line(number: int, line: Line) -> CodedLine:
    return CodedLine.model_validate(
        {
            "line": number,
            "code": line.code,
            "modifiers": line.modifiers[:4],
            "units": line.units,
            "diagnosis_pointers": line.pointers,
            "ndc": line.ndc,
            "evidence": _evidence(line.evidence),
            "rules": line.rules,
            "confidence_permille": line.confidence,
        }
    )


@lru_cache(maxsize=64)
def _release(release: Release) -> CodeRelease:
    return CodeRelease(
        code_set=release.code_set, release=release.release, stands_in=release.stands_in
    )


def encounter_coded(
    documentation: EncounterDocumented,
    state: EncounterState,
    final: Proposal,
    decided_by: str,
    now: datetime,
) -> EncounterCoded:
    """The event for one version.

    Raises ``pydantic.ValidationError`` when the codes break the contract.
    """
    return EncounterCoded.model_validate(
        {
            "practice_id": documentation.practice_id,
            "encounter_id": documentation.encounter_id,
            "version": state.version,
            "revision": state.revision,
            "patient_id": documentation.patient_id,
            "rendering_provider_id": documentation.rendering_provider_id,
            "referring_provider_id": documentation.referring_provider_id,
            "service_date": documentation.service_date,
            "place_of_service": documentation.place_of_service,
            "diagnoses": tuple(map(_diagnosis, final.diagnoses)),
            "lines": tuple(map(_line, count(1), final.lines)),
            "prior_authorization": documentation.prior_authorization,
            "releases": tuple(map(_release, final.releases)),
            "rules_version": final.rules_version,
            "decided_by": decided_by,
            "coded_at": now,
        }
    )
