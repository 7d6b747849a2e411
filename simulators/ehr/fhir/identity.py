"""Organizations, practitioners and patients as reference events.

Public samples and many exports lack an NPI, a tax id or a telephone number; a value derived from
the resource's id takes its place, always the same, and a finding says so.
"""

import re
from collections.abc import Callable
from datetime import date

from schemas.reference import Guarantor, PatientRegistered, PracticeRegistered, ProviderRegistered
from schemas.values import Address, Sex
from simulators.ehr.fhir.codings import codings
from simulators.ehr.fhir.node import FhirError, Node
from simulators.ehr.fhir.resources import Resource, Resources
from simulators.ehr.fhir.states import postal_state
from simulators.ehr.fhir.when import Shift, day_of
from simulators.ehr.npi import derived_npi, derived_tax_id, is_valid

Derived = Callable[[str, str], None]
"""Told the path and the reason of each value that was derived."""

_NPI_SYSTEMS = ("us-npi", "2.16.840.1.113883.4.6")
_TAX_SYSTEMS = ("2.16.840.1.113883.4.4", "us-ein")
_FAMILY_MEDICINE = "207Q00000X"
_MULTI_SPECIALTY_GROUP = "193200000X"
_TAXONOMY = re.compile(r"[0-9A-Z]{9}X")
_UNLISTED_PHONE = "5555550100"
_ADULT_AGE_YEARS = 18


def _identifier(node: Node, systems: tuple[str, ...], type_code: str) -> str:
    for identifier in node.items("identifier"):
        system = identifier.text("system")
        kinds = {coding.code for coding in codings(identifier.child("type"))}
        if system.endswith(systems) or type_code in kinds:
            return identifier.text("value").replace("-", "")
    return ""


def _npi(resource: Resource, role: str, derived: Derived) -> str:
    given = _identifier(resource.node, _NPI_SYSTEMS, "NPI")
    if is_valid(given):
        return given
    derived(f"{resource.node.path}.identifier", "npi_derived")
    return derived_npi("fhir", role, resource.own_id)


def _phone(node: Node) -> str | None:
    for telecom in node.items("telecom"):
        if telecom.text("system") in {"phone", ""}:
            digits = re.sub(r"\D", "", telecom.text("value"))
            digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
            if len(digits) == 10:
                return digits
    return None


def _email(node: Node) -> str | None:
    for telecom in node.items("telecom"):
        if telecom.text("system") == "email" and telecom.text("value"):
            return telecom.text("value")[:254]
    return None


def address_of(node: Node) -> Address:
    """A US address of a FHIR Address element (X12 N3 and N4).

    A ZIP code that lost its leading zero gets it back. Raises ``FhirError`` with ``missing``,
    ``address_foreign``, ``state_unknown`` or ``postal_code_invalid``.
    """
    if not node:
        raise FhirError(node.path, "missing", "an address is needed")
    country = node.text("country")
    if country and country.upper() not in {"US", "USA", "UNITED STATES"}:
        raise FhirError(f"{node.path}.country", "address_foreign", "only US addresses can be used")
    lines = [line.value.strip() for line in node.items("line") if isinstance(line.value, str)]
    state = postal_state(node.required("state"))
    if state is None:
        raise FhirError(f"{node.path}.state", "state_unknown", "this is no state of the US")
    digits = re.sub(r"\D", "", node.required("postalCode"))
    if len(digits) in {4, 8}:
        digits = "0" + digits
    if len(digits) not in {5, 9}:
        raise FhirError(
            f"{node.path}.postalCode", "postal_code_invalid", "a ZIP code has 5 or 9 digits"
        )
    if not lines or not lines[0]:
        raise FhirError(f"{node.path}.line", "missing", "a street line is needed")
    return Address(
        line1=lines[0][:400],
        line2=" ".join(lines[1:])[:400],
        city=node.required("city")[:400],
        state=state,
        postal_code=digits,
    )


def _address(node: Node) -> Address:
    candidates = list(node.items("address"))
    for candidate in candidates:
        if candidate.text("use") == "home":
            return address_of(candidate)
    return address_of(candidates[0] if candidates else Node(None, f"{node.path}.address"))


def practice(organization: Resource, derived: Derived) -> PracticeRegistered:
    """An Organization as the practice that bills. Raises ``FhirError``."""
    node = organization.node
    tax_id = _identifier(node, _TAX_SYSTEMS, "TAX")
    if not re.fullmatch(r"[0-9]{9}", tax_id):
        tax_id = derived_tax_id("fhir", organization.own_id)
        derived(f"{node.path}.identifier", "tax_id_derived")
    phone = _phone(node)
    if phone is None:
        phone = _UNLISTED_PHONE
        derived(f"{node.path}.telecom", "phone_derived")
    taxonomy = next(
        (
            coding.code
            for kind in node.items("type")
            for coding in codings(kind)
            if _TAXONOMY.fullmatch(coding.code)
        ),
        _MULTI_SPECIALTY_GROUP,
    )
    return PracticeRegistered(
        practice_id=organization.own_id,
        name=node.required("name")[:60],
        npi=_npi(organization, "organization", derived),
        tax_id=tax_id,
        taxonomy=taxonomy,
        address=_address(node),
        phone=phone,
    )


def _name(node: Node) -> tuple[str, str, str]:
    """Family name, given names and suffix of the official name, else of the first."""
    names = list(node.items("name"))
    official = [name for name in names if name.text("use") in {"official", "usual"}]
    name = next(iter(official + names), Node(None, f"{node.path}.name[0]"))
    given = [part.value.strip() for part in name.items("given") if isinstance(part.value, str)]
    suffix = [part.value.strip() for part in name.items("suffix") if isinstance(part.value, str)]
    return name.required("family"), " ".join(given), " ".join(suffix)


def _role_taxonomy(practitioner: Resource, resources: Resources) -> str | None:
    for role in resources.of("PractitionerRole"):
        if resources.follow(role.node.child("practitioner"), "Practitioner") is practitioner:
            for specialty in role.node.items("specialty"):
                for coding in codings(specialty):
                    if _TAXONOMY.fullmatch(coding.code):
                        return coding.code
    return None


def taxonomy_of(practitioner: Resource, resources: Resources) -> str:
    """The specialty as it is published: by role, else family medicine. Raises ``FhirError``."""
    return _role_taxonomy(practitioner, resources) or _FAMILY_MEDICINE


def provider(
    practitioner: Resource, practice_id: str, resources: Resources, derived: Derived
) -> ProviderRegistered:
    """A Practitioner as a clinician of a practice. Raises ``FhirError``."""
    family, given, suffix = _name(practitioner.node)
    taxonomy = _role_taxonomy(practitioner, resources)
    if taxonomy is None:
        taxonomy = _FAMILY_MEDICINE
        derived(practitioner.node.path, "taxonomy_derived")
    return ProviderRegistered(
        practice_id=practice_id,
        provider_id=practitioner.own_id,
        npi=_npi(practitioner, "practitioner", derived),
        taxonomy=taxonomy,
        family_name=family[:400],
        given_name=given[:400],
        credential=suffix[:400],
    )


def _sex(node: Node) -> Sex:
    match node.text("gender"):
        case "female":
            return "F"
        case "male":
            return "M"
        case _:
            return "U"


def birth_date(patient: Resource) -> date:
    """The birth date as given. Raises ``FhirError`` when it is missing or not to the day."""
    born = day_of(patient.node, "birthDate")
    if born is None:
        raise FhirError(f"{patient.node.path}.birthDate", "missing", "a birth date is needed")
    return born


def _guarantor(patient: Resource, address: Address) -> Guarantor | None:
    """The first contact person, who is responsible for a minor."""
    contact = patient.node.first("contact")
    name = contact.child("name")
    if not name or not name.text("family"):
        return None
    given = next((part.value for part in name.items("given") if isinstance(part.value, str)), "")
    own = contact.child("address")
    return Guarantor(
        family_name=name.text("family")[:400],
        given_name=given[:400],
        address=address_of(own) if own else address,
    )


def patient_registered(
    patient: Resource, practice_id: str, shift: Shift, seen_on: date
) -> PatientRegistered:
    """A Patient as registered with a practice. Raises ``FhirError``.

    The birth date moves by the same days as the dates of service, so that the patient's age at
    every encounter stays what it was. ``seen_on`` is the newest date of service, after the shift.
    """
    node = patient.node
    family, given, _ = _name(node)
    address = _address(node)
    born = shift.day(birth_date(patient))
    if born > seen_on:
        raise FhirError(f"{node.path}.birthDate", "date_invalid", "born after the visit")
    minor = (seen_on - born).days * 100 < _ADULT_AGE_YEARS * 36_525
    return PatientRegistered(
        practice_id=practice_id,
        patient_id=patient.own_id,
        account_id=patient.own_id,
        family_name=family[:60],
        given_name=given[:35],
        birth_date=born,
        sex=_sex(node),
        address=address,
        phone=_phone(node),
        email=_email(node),
        guarantor=_guarantor(patient, address) if minor else None,
        deceased=bool(node.flag("deceasedBoolean")) or bool(node.text("deceasedDateTime")),
    )
