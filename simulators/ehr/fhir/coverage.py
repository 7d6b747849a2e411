"""How a patient is insured: from Coverage resources, else from the display names in Claims.

Synthetic bundles often have no Coverage: ``Claim.insurance.coverage.display`` is all they say. Then
each claim's payer counts for its date of service, runs of one payer become one policy with dates,
and the member id is derived from the patient and the payer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from schemas.reference import CoverageRegistered, Policy, Programme, Relationship, Subscriber
from schemas.values import Sex
from simulators.ehr.fhir.codings import codings, wording
from simulators.ehr.fhir.identity import address_of, birth_date
from simulators.ehr.fhir.node import FhirError
from simulators.ehr.fhir.payer_names import NamedPayer, PayerNames, plain
from simulators.ehr.fhir.resources import Resource, Resources
from simulators.ehr.fhir.when import Shift, day_of
from simulators.ehr.npi import digits_of

_MOST_RANKS = 3
_NOT_MEMBER = re.compile(r"[^0-9A-Za-z-]")
_RELATIONSHIPS: dict[str, Relationship] = {
    "self": "self",
    "spouse": "spouse",
    "common": "spouse",
    "child": "child",
    "": "self",
}
_PROGRAMME_WORDS: tuple[tuple[str, Programme], ...] = (
    ("medigap", "medigap"),
    ("supplement", "medigap"),
    ("medicare", "medicare"),
    ("medicaid", "medicaid"),
    ("workers", "workers_compensation"),
)
_PROGRAMME_CODES: dict[str, Programme] = {
    "1": "medicare",
    "2": "medicaid",
    "WCBPOL": "workers_compensation",
    "MCPOL": "commercial",
}


@dataclass(frozen=True, slots=True)
class PayerOnDay:
    """The payers that a claim names for a date of service, in order; none for self-pay."""

    day: date
    payers: tuple[NamedPayer, ...]


def derived_member_id(patient_id: str, payer_id: str) -> str:
    """A member id that depends on patient and payer alone."""
    return f"SYN{digits_of(9, 'member', patient_id, payer_id)}"


def programme_of(text: str, codes: Sequence[str] = ()) -> Programme:
    """The programme that a payer's name or a Coverage type means; commercial unless it says so."""
    words = plain(text)
    for word, programme in _PROGRAMME_WORDS:
        if word in words:
            return programme
    return next(
        (_PROGRAMME_CODES[code] for code in codes if code in _PROGRAMME_CODES), "commercial"
    )


def _policy_id(patient_id: str, rank: int, start: date) -> str:
    return f"{patient_id[:40]}-C{rank}-{start:%Y%m%d}"


def _runs(named: Sequence[PayerOnDay]) -> list[tuple[date, date | None, tuple[NamedPayer, ...]]]:
    """Days with the same payers in a row, each run until the day before the next one begins."""
    found: list[tuple[date, date | None, tuple[NamedPayer, ...]]] = []
    for one in sorted(named, key=lambda entry: entry.day):
        if found and found[-1][2] == one.payers:
            continue
        if found:
            start, _, payers = found[-1]
            if start == one.day:
                continue
            found[-1] = (start, one.day - timedelta(days=1), payers)
        found.append((one.day, None, one.payers))
    return found


def policies_from_claims(
    patient_id: str, born: date, named: Sequence[PayerOnDay]
) -> tuple[Policy, ...]:
    """Policies from the payers that claims name; the first is in force from birth."""
    found: list[Policy] = []
    for index, (start, end, payers) in enumerate(_runs(named)):
        begins = born if index == 0 else start
        for rank, payer in enumerate(payers[:_MOST_RANKS], start=1):
            found.append(
                Policy(
                    coverage_id=_policy_id(patient_id, rank, begins),
                    payer_id=payer.payer_id,
                    payer_name=payer.payer_name,
                    programme=payer.programme,
                    rank=rank,
                    member_id=derived_member_id(patient_id, payer.payer_id),
                    effective_from=begins,
                    effective_to=end,
                )
            )
    return tuple(found)


def _payer_of(coverage: Resource, resources: Resources, names: PayerNames) -> NamedPayer | None:
    payor = coverage.node.first("payor")
    text = payor.text("display") if payor else ""
    if payor and payor.text("reference") and not payor.text("reference").startswith("#"):
        organization = resources.follow(payor, "Organization", "Patient", "RelatedPerson")
        if organization is not None and organization.kind != "Organization":
            return None
        if organization is not None:
            text = organization.node.text("name") or text
    kind = coverage.node.child("type")
    text = text or wording(kind)
    if not text:
        raise FhirError(f"{coverage.node.path}.payor", "missing", "the coverage names no payer")
    programme = programme_of(f"{text} {wording(kind)}", [one.code for one in codings(kind)])
    meaning = names.meaning(text, programme)
    return meaning[0] if meaning else None


def _subscriber(coverage: Resource, resources: Resources, shift: Shift) -> Subscriber:
    person = resources.follow(coverage.node.child("subscriber"), "Patient", "RelatedPerson")
    if person is None:
        raise FhirError(
            f"{coverage.node.path}.subscriber", "missing", "a dependent needs a subscriber"
        )
    name = person.node.first("name")
    given = next((part.value for part in name.items("given") if isinstance(part.value, str)), "")
    sex: Sex = "U"
    match person.node.text("gender"):
        case "female":
            sex = "F"
        case "male":
            sex = "M"
    return Subscriber(
        family_name=name.required("family")[:400],
        given_name=given[:400],
        birth_date=shift.day(birth_date(person)),
        sex=sex,
        address=address_of(person.node.first("address")),
    )


def _member_id(coverage: Resource, patient_id: str, payer: NamedPayer) -> str:
    given = coverage.node.text("subscriberId")
    if not given:
        given = coverage.node.first("identifier").text("value")
    cleaned = _NOT_MEMBER.sub("", given)
    usable = 2 <= len(cleaned) <= 40
    return cleaned if usable else derived_member_id(patient_id, payer.payer_id)


def _group(coverage: Resource) -> str:
    for one in coverage.node.items("class"):
        if any(coding.code == "group" for coding in codings(one.child("type"))):
            return one.text("value")[:400]
    return ""


def _policy(
    coverage: Resource,
    patient: Resource,
    payer: NamedPayer,
    *,
    rank: int,
    shift: Shift,
    resources: Resources,
) -> Policy:
    node = coverage.node
    code = next((one.code for one in codings(node.child("relationship"))), "")
    relationship = _RELATIONSHIPS.get(code, "other")
    start = day_of(node.child("period"), "start")
    end = day_of(node.child("period"), "end")
    return Policy(
        coverage_id=coverage.own_id,
        payer_id=payer.payer_id,
        payer_name=payer.payer_name,
        programme=payer.programme,
        rank=rank,
        member_id=_member_id(coverage, patient.own_id, payer),
        group_number=_group(coverage),
        relationship=relationship,
        subscriber=None if relationship == "self" else _subscriber(coverage, resources, shift),
        effective_from=shift.day(start if start else birth_date(patient)),
        effective_to=shift.day(end) if end else None,
    )


def _place(coverage: Resource) -> int:
    order = coverage.node.child("order").value
    return order if isinstance(order, int) and not isinstance(order, bool) else 99


def policies_from_coverages(
    patient: Resource,
    coverages: Sequence[Resource],
    names: PayerNames,
    shift: Shift,
    resources: Resources,
) -> tuple[Policy, ...]:
    """Policies from Coverage resources, in their ``order``. Raises ``FhirError``.

    Cancelled, draft and mistaken coverages do not count, nor do payers who are persons.
    """
    ranked: list[tuple[Resource, NamedPayer]] = []
    for coverage in sorted(coverages, key=_place):
        if coverage.node.text("status") in {"cancelled", "draft", "entered-in-error"}:
            continue
        payer = _payer_of(coverage, resources, names)
        if payer is not None:
            ranked.append((coverage, payer))
    found: list[Policy] = []
    for coverage, payer in ranked:
        rank = 1 + sum(1 for earlier in found if _overlap(earlier, coverage, shift))
        if rank <= _MOST_RANKS:
            found.append(
                _policy(coverage, patient, payer, rank=rank, shift=shift, resources=resources)
            )
    return tuple(found)


def _overlap(earlier: Policy, coverage: Resource, shift: Shift) -> bool:
    period = coverage.node.child("period")
    start, end = day_of(period, "start"), day_of(period, "end")
    begins_after = (
        start is not None
        and earlier.effective_to is not None
        and shift.day(start) > earlier.effective_to
    )
    ends_before = end is not None and shift.day(end) < earlier.effective_from
    return not (begins_after or ends_before)


def registered(practice_id: str, patient_id: str, policies: Sequence[Policy]) -> CoverageRegistered:
    """The policies as a reference event of one practice."""
    return CoverageRegistered(
        practice_id=practice_id,
        patient_id=patient_id,
        policies=tuple(policies),
    )


def claim_payers(
    claim: Resource, names: PayerNames, unknown: Callable[[str, str], None]
) -> tuple[NamedPayer, ...]:
    """The payers that a Claim's insurance names by display, focal first.

    ``unknown`` hears the path and reason when a name is not in the file of payer names.
    """
    insurances = list(claim.node.items("insurance"))
    insurances.sort(key=lambda one: not one.flag("focal"))
    found: list[NamedPayer] = []
    for insurance in insurances:
        text = insurance.child("coverage").text("display")
        if not text:
            continue
        for payer in names.meaning(text, programme_of(text)):
            if not names.knows(payer):
                unknown(f"{insurance.path}.coverage.display", "payer_not_mapped")
            if payer not in found:
                found.append(replace(payer, names=()))
    return tuple(found)
