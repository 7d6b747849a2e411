"""A person's codes held against the edits that the engine's own are held against."""

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.encounter_state import Proposal
from services.coding.domain.engine import coder_for
from services.coding.domain.review.coder_decision import DecisionRefusedError
from services.coding.known_patient import known_patient
from services.coding.records import CodingWorkspace
from services.coding.settings import CodingSettings


def held_by_edits(
    workspace: CodingWorkspace,
    documentation: EncounterDocumented,
    final: Proposal,
    sets: CodeSets,
    settings: CodingSettings,
    *,
    despite: bool,
) -> tuple[str, ...]:
    """The edits that the codes go against, each as ``edit:RULE:CODE``.

    Raises ``DecisionRefusedError`` where there are any, unless the decision is made ``despite``
    them; ``Waiting`` for an unknown patient.
    """
    patient, history = known_patient(workspace, documentation, settings)
    found = coder_for(sets).held(
        documentation,
        patient,
        history,
        final.diagnoses,
        final.lines,
        settings.options(frozenset()),
    )
    if found and not despite:
        raise DecisionRefusedError(
            "edits_against_it",
            f"{', '.join(found)}: change the codes, or decide despite the edits",
        )
    return found


def with_despite(reason: str, edits: tuple[str, ...]) -> str:
    """The reason as it is kept: with the edits that the decision goes against."""
    return f"{reason} [despite {', '.join(edits)}]" if edits else reason
