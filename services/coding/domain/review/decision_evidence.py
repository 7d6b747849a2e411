"""Whether the note describes what the encounter record names of medical decision making.

An element without any word for it in the note is asked about where the level of the visit rests
on it, and said where it does not (MLN006764: medical decision making is to be documented).
"""

from collections.abc import Callable, Iterator

from schemas.encounter import DecisionMaking, EncounterDocumented, RiskElement
from services.coding.domain.procedures.decision_making import columns
from services.coding.domain.review.documentation_review import Flag
from services.coding.domain.review.note_cues import Cue

_RISK_CUES: dict[RiskElement, Cue] = {
    "prescription_drug_management": Cue.DRUG,
    "drug_therapy_with_intensive_monitoring": Cue.MONITORED,
    "hospitalisation_decision": Cue.ESCALATED,
    "do_not_resuscitate_decision": Cue.RESUSCITATION,
    "minor_surgery": Cue.SURGERY,
    "minor_surgery_with_risk": Cue.SURGERY,
    "elective_major_surgery": Cue.SURGERY,
    "elective_major_surgery_with_risk": Cue.SURGERY,
    "emergency_major_surgery": Cue.SURGERY,
    "social_determinants_limit_treatment": Cue.SOCIAL,
    "parenteral_controlled_substance": Cue.DRUG,
}


_SAID_IN_MANY_WAYS: frozenset[RiskElement] = frozenset(
    ("prescription_drug_management", "parenteral_controlled_substance")
)


def unsupported(
    encounter: EncounterDocumented, said: Callable[[Cue], bool], *, warnings: bool
) -> Iterator[Flag]:
    """One flag for all elements that the note has no word for; ``said``: whether it has one.

    Drugs and tests have too many names for their absence to be sure: they are only said.
    """
    recorded = encounter.decision_making
    if recorded is None:
        return
    sure, left = _without_evidence(recorded, said, many=False)
    if sure and columns(left).level < columns(recorded).level:
        yield Flag("decision_making_without_evidence", "query", missing=sure)
    elif warnings:
        missing, _ = _without_evidence(recorded, said, many=True)
        if missing:
            yield Flag("decision_making_without_evidence", "warn", missing=missing)


def _without_evidence(
    recorded: DecisionMaking, said: Callable[[Cue], bool], *, many: bool
) -> tuple[tuple[str, ...], DecisionMaking]:
    """The elements that nothing is said about, and what is left of the record without them."""
    data = recorded.data
    missing: list[str] = []
    changes: dict[str, int | bool] = {}
    if data.independent_historian and not said(Cue.HISTORIAN):
        missing.append("independent_historian")
        changes["independent_historian"] = False
    if data.independent_interpretation and not said(Cue.INTERPRETED):
        missing.append("independent_interpretation")
        changes["independent_interpretation"] = False
    if data.external_discussion and not said(Cue.DISCUSSED):
        missing.append("external_discussion")
        changes["external_discussion"] = False
    reviewed = data.tests_ordered + data.results_reviewed + data.external_notes
    if many and reviewed and not said(Cue.TEST):
        missing.append("tests_and_documents")
        changes.update(tests_ordered=0, results_reviewed=0, external_notes=0)
    kept: list[RiskElement] = []
    for element in recorded.risk:
        cue = _RISK_CUES.get(element)
        unsure = element in _SAID_IN_MANY_WAYS and not many
        if cue is None or unsure or said(cue):
            kept.append(element)
        else:
            missing.append(element)
    if not missing:
        return (), recorded
    left = recorded.model_copy(
        update={"data": data.model_copy(update=changes), "risk": tuple(kept)}
    )
    return tuple(missing), left
