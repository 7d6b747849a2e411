"""What was done, drawn and given at an encounter: procedures, tests, vaccines, drugs."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from schemas.encounter import DrugAdministration, Immunization, LabTest, Procedure
from schemas.values import Coding
from simulators.ehr.fhir.codings import (
    SHORT_TEXT,
    codings,
    ndc_11,
    preferred,
    required_wording,
    side_of,
)
from simulators.ehr.fhir.node import FhirError, Node
from simulators.ehr.fhir.resources import Resource, Resources

VaccineRoute = Literal["injection", "oral", "nasal"]
DrugRoute = Literal["intramuscular", "subcutaneous", "intravenous_push", "infusion", "oral"]
DoseUnit = Literal["mg", "mcg", "g", "mL", "unit", "mEq"]

_LABORATORY = {"LAB", "laboratory", "108252007", "HM", "CH", "MB", "SR", "TX"}
_RESULTED = {"final", "amended", "corrected", "appended", "preliminary", "partial"}
_VACCINE_ROUTES: dict[str, VaccineRoute] = {
    "PO": "oral",
    "26643006": "oral",
    "NASINHL": "nasal",
    "NASINHLC": "nasal",
    "46713006": "nasal",
}
_DRUG_ROUTES: dict[str, DrugRoute] = {
    "IM": "intramuscular",
    "78421000": "intramuscular",
    "SQ": "subcutaneous",
    "SC": "subcutaneous",
    "34206005": "subcutaneous",
    "IVP": "intravenous_push",
    "IVPUSH": "intravenous_push",
    "IV": "infusion",
    "IVDRIP": "infusion",
    "47625008": "infusion",
    "PO": "oral",
    "26643006": "oral",
}
# Into a joint, a bursa, a lesion: no injection of its own, whatever the route counts as.
_LOCAL_ROUTES = frozenset(("IARTINJ", "IBURSINJ", "ILESINJ", "12130007", "372473007", "37737002"))
_LARGEST_DOSE = Decimal(100_000_000)
_DOSE_UNITS: dict[str, DoseUnit] = {
    "mg": "mg",
    "ug": "mcg",
    "mcg": "mcg",
    "g": "g",
    "ml": "mL",
    "meq": "mEq",
    "[iu]": "unit",
    "iu": "unit",
    "[usp'u]": "unit",
    "u": "unit",
    "unit": "unit",
    "units": "unit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CvxMeaning:
    """What a CVX code adds."""

    components: int = 1
    route: VaccineRoute = "injection"


@cache
def cvx_meanings() -> dict[str, CvxMeaning]:
    """The data file of vaccines."""
    text = files("simulators.ehr.fhir").joinpath("cvx.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["vaccines"], type=dict[str, CvxMeaning])


def _codes(concept: Node) -> set[str]:
    return {coding.code for coding in codings(concept)}


def was_done(resource: Resource) -> bool:
    """Whether a Procedure, Immunization or MedicationAdministration took place here.

    A vaccine that the record only repeats (``primarySource`` false) was not given here.
    """
    if resource.node.flag("primarySource") is False:
        return False
    return resource.node.text("status") == "completed"


def procedure(resource: Resource) -> Procedure:
    """A completed Procedure. Raises ``FhirError``."""
    concept = resource.node.child("code")
    return Procedure(
        item_id=resource.own_id,
        description=required_wording(concept),
        code=preferred(concept, "cpt", "hcpcs", "snomed"),
        laterality=side_of(resource.node),
    )


def immunization(resource: Resource) -> Immunization:
    """A vaccine given. Raises ``FhirError``."""
    node = resource.node
    concept = node.child("vaccineCode")
    code = preferred(concept, "cvx")
    meaning = CvxMeaning()
    if code is not None and code.system == "cvx":
        meaning = cvx_meanings().get(code.code.zfill(2), meaning)
    routes = [_VACCINE_ROUTES[one] for one in _codes(node.child("route")) if one in _VACCINE_ROUTES]
    return Immunization(
        item_id=resource.own_id,
        description=required_wording(concept),
        code=code,
        route=routes[0] if routes else meaning.route,
        components=meaning.components,
        lot=node.text("lotNumber")[:SHORT_TEXT],
    )


def _medication(resource: Resource, resources: Resources) -> Node:
    """The concept of the drug: in place, in a contained Medication or in one named."""
    node = resource.node
    concept = node.child("medicationCodeableConcept")
    if concept:
        return concept
    reference = node.child("medicationReference")
    name = reference.text("reference")
    if name.startswith("#"):
        for contained in node.items("contained"):
            if contained.text("id") == name[1:]:
                return contained.child("code")
    named = resources.follow(reference, "Medication")
    if named is None:
        raise FhirError(f"{node.path}.medication[x]", "missing", "no drug is named")
    return named.node.child("code")


def drug(resource: Resource, resources: Resources) -> DrugAdministration:
    """A MedicationAdministration. Raises ``FhirError`` when dose, unit or route cannot be used."""
    concept = _medication(resource, resources)
    dosage = resource.node.child("dosage")
    quantity = dosage.child("dose")
    dose = quantity.number("value") if quantity else None
    if dose is None or dose <= 0:
        raise FhirError(f"{dosage.path}.dose.value", "missing", "the dose given is needed")
    if dose >= _LARGEST_DOSE or dose != dose.quantize(Decimal("0.0001")):
        raise FhirError(
            f"{dosage.path}.dose.value", "dose_invalid", "at most 8 digits and 4 decimals"
        )
    unit = _DOSE_UNITS.get((quantity.text("code") or quantity.text("unit")).lower())
    if unit is None:
        raise FhirError(f"{dosage.path}.dose.unit", "unit_unknown", "this unit cannot be billed")
    said = _codes(dosage.child("route"))
    local = not said.isdisjoint(_LOCAL_ROUTES)
    routes: list[DrugRoute] = [_DRUG_ROUTES[one] for one in said if one in _DRUG_ROUTES]
    if local:
        routes = ["intramuscular"]
    if not routes:
        raise FhirError(f"{dosage.path}.route", "route_unknown", "a route of the drug is needed")
    ndcs = [ndc_11(one.code) for one in codings(concept) if one.system == "ndc"]
    code: Coding | None = preferred(concept, "hcpcs", "rxnorm", "ndc")
    return DrugAdministration(
        item_id=resource.own_id,
        description=required_wording(concept),
        code=code,
        dose=dose,
        dose_unit=unit,
        route=routes[0],
        ndc=next((one for one in ndcs if one), None),
        local=local,
    )


def _is_laboratory(node: Node) -> bool:
    categories = [*node.items("category")]
    return any(_codes(category) & _LABORATORY for category in categories)


def _lab_test(resource: Resource, encounter: Resource) -> LabTest:
    concept = resource.node.child("code")
    performers = {
        performer.text("reference").rpartition("/")[2].removeprefix("urn:uuid:")
        for performer in resource.node.items("performer")
    }
    own = encounter.node.child("serviceProvider").text("reference")
    own = own.rpartition("/")[2].removeprefix("urn:uuid:")
    return LabTest(
        item_id=resource.own_id,
        description=required_wording(concept),
        code=preferred(concept, "cpt", "hcpcs", "loinc"),
        performed_in_house=bool(own) and own in performers,
        resulted=resource.node.text("status") in _RESULTED,
    )


def lab_tests(
    reports: Sequence[Resource],
    observations: Iterable[Resource],
    orders: Iterable[Resource],
    encounter: Resource,
) -> tuple[LabTest, ...]:
    """The laboratory tests of an encounter. Raises ``FhirError``.

    A report is one test, its results are part of it; an observation that no report lists, and an
    order that has no result yet, are tests of their own. A test counts as done in the practice's
    own laboratory only when it names the practice as performer.
    """
    found: list[LabTest] = []
    part_of_report: set[str] = set()
    coded: set[str] = set()
    for report in reports:
        if report.node.text("status") in {"entered-in-error", "cancelled"}:
            continue
        for result in report.node.items("result"):
            reference = result.text("reference")
            part_of_report.add(reference.rpartition("/")[2].removeprefix("urn:uuid:"))
        if _is_laboratory(report.node):
            found.append(_lab_test(report, encounter))
    for observation in observations:
        if observation.node.text("status") in {"entered-in-error", "cancelled"}:
            continue
        for member in observation.node.items("hasMember"):
            reference = member.text("reference")
            part_of_report.add(reference.rpartition("/")[2].removeprefix("urn:uuid:"))
    for observation in observations:
        if observation.node.text("status") in {"entered-in-error", "cancelled"}:
            continue
        if _is_laboratory(observation.node) and observation.own_id not in part_of_report:
            found.append(_lab_test(observation, encounter))
    coded = {test.code.code for test in found if test.code}
    for order in orders:
        if order.node.text("status") not in {"active", "completed"}:
            continue
        test = _lab_test(order, encounter).model_copy(update={"resulted": False})
        if _is_laboratory(order.node) and not (test.code and test.code.code in coded):
            found.append(test)
    return tuple(found)


def prescriptions(requests: Iterable[Resource], resources: Resources) -> str:
    """The drugs prescribed, a line each, for the note. Raises ``FhirError``."""
    lines = [
        required_wording(_medication(request, resources))
        for request in requests
        if request.node.text("status") not in {"cancelled", "entered-in-error", "draft"}
        and request.node.text("intent") in {"order", "original-order", "plan", ""}
    ]
    return "\n".join(lines)
