"""What is kept of an encounter's patient, as the rules take it."""

from schemas.encounter import EncounterDocumented
from services.chassis.effects import Waiting, reference
from services.coding.domain.coding_result import PatientFacts, VisitHistory
from services.coding.records import CodingWorkspace, facts
from services.coding.settings import CodingSettings


def known_patient(
    workspace: CodingWorkspace, documentation: EncounterDocumented, settings: CodingSettings
) -> tuple[PatientFacts, VisitHistory]:
    """The patient on the date of service, and what was reported before.

    Raises ``Waiting`` for an unknown patient.
    """
    patient_key = (documentation.practice_id, documentation.patient_id)
    provider_key = (documentation.practice_id, documentation.rendering_provider_id)
    patient = workspace.patients.get(patient_key)
    coverage = workspace.coverages.get(patient_key)
    if patient is None or coverage is None:
        raise Waiting(reference("patient", *patient_key))
    return (
        facts(patient, coverage, documentation.service_date),
        VisitHistory(
            workspace.providers.get(provider_key) or "",
            workspace.histories.get(patient_key) or (),
            _last_note(workspace, documentation),
            settings.is_complete(documentation.service_date),
        ),
    )


def _last_note(workspace: CodingWorkspace, documentation: EncounterDocumented) -> tuple[int, ...]:
    """The sketch of the patient's last note, of another encounter and not of a later day."""
    if not documentation.note:
        return ()
    kept = workspace.sketches.get((documentation.practice_id, documentation.patient_id))
    if kept is None or kept.encounter_id == documentation.encounter_id:
        return ()
    return kept.hashes if kept.service_date <= documentation.service_date else ()
