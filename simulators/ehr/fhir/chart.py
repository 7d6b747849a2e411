"""Gathering what belongs to each encounter of a bundle."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from simulators.ehr.fhir.node import FhirError, Node
from simulators.ehr.fhir.resources import Resource, Resources

_PARTS = (
    ("Condition", "encounter"),
    ("Procedure", "encounter"),
    ("Immunization", "encounter"),
    ("MedicationAdministration", "context"),
    ("MedicationRequest", "encounter"),
    ("Observation", "encounter"),
    ("DiagnosticReport", "encounter"),
    ("ServiceRequest", "encounter"),
)


@dataclass(slots=True)
class Chart:
    """An Encounter and the resources that name it, by kind."""

    encounter: Resource
    patient: Resource
    parts: dict[str, list[Resource]] = field(default_factory=dict)
    claims: list[Resource] = field(default_factory=list)

    def of(self, kind: str) -> list[Resource]:
        """The parts of that kind, in the order of the bundle."""
        return self.parts.get(kind, [])

    def take(self, part: Resource) -> None:
        """Take up a part, once."""
        parts = self.parts.setdefault(part.kind, [])
        if part not in parts:
            parts.append(part)


def _encounters_of(resource: Resource, element: str) -> Iterator[Node]:
    if resource.kind == "DocumentReference":
        yield from resource.node.child("context").items("encounter")
        return
    if resource.kind == "Claim":
        for item in resource.node.items("item"):
            yield from item.items("encounter")
        return
    yield resource.node.child(element)


def _named_conditions(chart: Chart, resources: Resources) -> None:
    """Conditions that the encounter itself or its claim names as its diagnoses and reasons."""
    encounter = chart.encounter.node
    elements = [one.child("condition") for one in encounter.items("diagnosis")]
    elements += list(encounter.items("reasonReference"))
    for claim in chart.claims:
        elements += [one.child("diagnosisReference") for one in claim.node.items("diagnosis")]
    for element in elements:
        named = resources.follow(element, "Condition", "Procedure", "Observation")
        if named is not None and named.kind == "Condition":
            chart.take(named)


def charts(resources: Resources, report: Callable[[FhirError], None]) -> list[Chart]:
    """The encounters of a bundle with their parts; whatever leads nowhere goes to ``report``.

    A part without a reference to an encounter, such as the problem list, belongs to none.
    """
    found: dict[str, Chart] = {}
    for encounter in resources.of("Encounter"):
        try:
            patient = resources.follow(encounter.node.child("subject"), "Patient")
            if patient is None:
                raise FhirError(f"{encounter.node.path}.subject", "missing", "no patient is named")
        except FhirError as error:
            report(error)
            continue
        found[encounter.own_id] = Chart(encounter, patient)
    parts = (*_PARTS, ("DocumentReference", ""), ("Claim", ""))
    for kind, element in parts:
        for resource in resources.of(kind):
            try:
                for node in _encounters_of(resource, element):
                    named = resources.follow(node, "Encounter")
                    chart = found.get(named.own_id) if named is not None else None
                    if chart is not None and kind == "Claim":
                        chart.claims.append(resource)
                    elif chart is not None:
                        chart.take(resource)
            except FhirError as error:
                report(error)
    kept: list[Chart] = []
    for chart in found.values():
        try:
            _named_conditions(chart, resources)
        except FhirError as error:
            report(error)
            continue
        kept.append(chart)
    return kept
