"""CodeableConcepts as the contract's codings, and sides of the body."""

import re
from collections.abc import Iterator

from pydantic import ValidationError

from schemas.values import CodeSystem, Coding, Laterality
from simulators.ehr.fhir.node import FhirError, Node

_SYSTEMS: dict[str, CodeSystem] = {
    "hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "www.ama-assn.org/go/cpt": "cpt",
    "urn:oid:2.16.840.1.113883.6.12": "cpt",
    "www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "terminology.hl7.org/codesystem/hcpcs-all-codes": "hcpcs",
    "urn:oid:2.16.840.1.113883.6.285": "hcpcs",
    "urn:oid:2.16.840.1.113883.6.14": "hcpcs",
    "snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "hl7.org/fhir/sid/cvx": "cvx",
    "urn:oid:2.16.840.1.113883.12.292": "cvx",
    "www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "hl7.org/fhir/sid/ndc": "ndc",
    "urn:oid:2.16.840.1.113883.6.69": "ndc",
}
_SIDES: dict[str, Laterality] = {
    "7771000": "left",
    "24028007": "right",
    "51440002": "bilateral",
}
_SIDE_WORD = re.compile(r"\b(left|right|bilateral|both)\b", re.IGNORECASE)
_NDC = re.compile(r"([0-9]{4,5})-([0-9]{3,4})-([0-9]{1,2})")
SHORT_TEXT = 400


def code_system(uri: str) -> CodeSystem:
    """The contract's name of a code system; ``local`` for any other."""
    bare = uri.lower().split("|")[0].removeprefix("https://").removeprefix("http://")
    return _SYSTEMS.get(bare.rstrip("/"), "local")


def codings(concept: Node) -> Iterator[Coding]:
    """The codings of a CodeableConcept that have a code.

    Raises ``FhirError`` with ``code_invalid`` for a code longer than the contract takes.
    """
    for node in concept.items("coding"):
        code = node.text("code")
        if not code:
            continue
        try:
            yield Coding(
                system=code_system(node.text("system")),
                code=code,
                display=node.text("display")[:SHORT_TEXT],
            )
        except ValidationError:
            raise FhirError(f"{node.path}.code", "code_invalid", "the code is too long") from None


def preferred(concept: Node, *order: CodeSystem) -> Coding | None:
    """The coding of the first system in ``order`` that the concept has, else its first one."""
    found = list(codings(concept))
    for system in order:
        for coding in found:
            if coding.system == system:
                return coding
    return found[0] if found else None


def wording(concept: Node) -> str:
    """The concept in words: its text, else the display of a coding; empty when it has neither."""
    text = concept.text("text") if concept else ""
    if not text and concept:
        text = next((coding.display for coding in codings(concept) if coding.display), "")
    return text[:SHORT_TEXT]


def required_wording(concept: Node) -> str:
    """``wording``, or the bare code. Raises ``FhirError`` when there is nothing at all."""
    text = wording(concept)
    if text:
        return text
    code = preferred(concept) if concept else None
    if code is None:
        raise FhirError(concept.path, "missing", "this concept has neither text nor code")
    return code.code


def side_of(resource: Node) -> Laterality | None:
    """The side that ``bodySite`` names, by SNOMED CT code or by word; None when it names none."""
    body_site = resource.child("bodySite")
    single = isinstance(body_site.value, dict)
    sites = [body_site] if single else list(resource.items("bodySite"))
    for site in sites:
        for coding in codings(site):
            if coding.code in _SIDES:
                return _SIDES[coding.code]
        if word := _SIDE_WORD.search(wording(site)):
            found = word[1].lower()
            return "bilateral" if found == "both" else _SIDES_BY_WORD[found]
    return None


_SIDES_BY_WORD: dict[str, Laterality] = {side: side for side in _SIDES.values()}


def ndc_11(text: str) -> str | None:
    """An NDC in the billing format of 11 digits (5-4-2); None when it is not an NDC."""
    if len(text) == 11 and text.isdigit():
        return text
    if parts := _NDC.fullmatch(text):
        return parts[1].zfill(5) + parts[2].zfill(4) + parts[3].zfill(2)
    return None
