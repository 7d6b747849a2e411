"""Conditions of an encounter as problems."""

from collections.abc import Iterable
from datetime import date

from schemas.encounter import Problem
from simulators.ehr.fhir.codings import codings, preferred, required_wording, side_of, wording
from simulators.ehr.fhir.node import Node
from simulators.ehr.fhir.resources import Resource
from simulators.ehr.fhir.when import day_of

_MISTAKEN = "entered-in-error"
_SUSPECTED = {"provisional", "differential", "unconfirmed"}
_OVER = {"resolved", "inactive", "remission"}


def _codes(concept: Node) -> set[str]:
    return {coding.code for coding in codings(concept)}


def _is_over(node: Node, service_day: date) -> bool:
    """Whether the condition had ended before the visit.

    An export says how a condition stands when it is made; what counts is the date of service.
    """
    if isinstance(node.child("abatementDateTime").value, str):
        ended = day_of(node, "abatementDateTime")
        return ended is not None and ended < service_day
    return bool(_codes(node.child("clinicalStatus")) & _OVER)


def is_mistaken(condition: Resource) -> bool:
    """Whether the condition was entered in error."""
    return _MISTAKEN in _codes(condition.node.child("verificationStatus"))


def problem(condition: Resource, service_day: date) -> Problem:
    """A Condition as it stood on ``service_day`` (not shifted). Raises ``FhirError``."""
    node = condition.node
    concept = node.child("code")
    verification = _codes(node.child("verificationStatus"))
    base = Problem(
        item_id=condition.own_id,
        description=required_wording(concept),
        code=preferred(concept, "icd10cm", "snomed"),
        laterality=side_of(node),
    )
    if "refuted" in verification:
        return base.model_copy(update={"status": "ruled_out"})
    if verification & _SUSPECTED:
        return base.model_copy(update={"status": "suspected"})
    if _is_over(node, service_day):
        return base.model_copy(update={"status": "resolved", "addressed": False})
    return base


def problem_of_reason(encounter: Resource) -> Problem | None:
    """The reason for the visit as a problem, for an encounter that has no condition."""
    concept = encounter.node.first("reasonCode")
    if not concept or not wording(concept):
        return None
    return Problem(
        item_id="reason",
        description=wording(concept),
        code=preferred(concept, "icd10cm", "snomed"),
    )


def problems(
    conditions: Iterable[Resource], encounter: Resource, service_day: date
) -> tuple[Problem, ...]:
    """The encounter's problems, without mistaken ones; else the reason for the visit."""
    found = tuple(
        problem(condition, service_day) for condition in conditions if not is_mistaken(condition)
    )
    if found:
        return found
    reason = problem_of_reason(encounter)
    return (reason,) if reason else ()
