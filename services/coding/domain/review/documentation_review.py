"""Questions to the provider, in wording that leads nowhere: it names the gap, never an answer
that pays more (AHIMA/ACDIS Guidelines for Achieving a Compliant Query Practice).
"""

from services.coding.domain.coding_result import Query, QueryKind

_QUESTIONS: dict[QueryKind, str] = {
    "missing_signature": (
        "The documentation of this encounter is not signed by the rendering provider. "
        "Please review it and sign, or say who rendered the service."
    ),
    "missing_laterality": (
        "The documentation does not say which side is affected. "
        "Please document the side, or that it cannot be determined."
    ),
    "contradiction": (
        "The problem list and the note say different things about this item. "
        "Please clarify what applies to this encounter."
    ),
    "missing_dose": (
        "The administration record does not say how much was given or discarded, or from what kind "
        "of container. Please complete the record."
    ),
    "missing_report": (
        "No procedure note or interpretation was found for this item. "
        "Please add it, or say that it was not done."
    ),
    "missing_diagnosis": (
        "The documentation does not state the reason for this service. "
        "Please document the diagnosis, sign or symptom that was addressed."
    ),
    "missing_time_or_decision_making": (
        "The documentation records neither total time nor the elements of decision making. "
        "Please document whichever applies, as it took place."
    ),
}


def query(kind: QueryKind, item_id: str | None = None) -> Query:
    """The neutral question for one gap."""
    return Query(kind, _QUESTIONS[kind], item_id)


KINDS: tuple[QueryKind, ...] = tuple(_QUESTIONS)
