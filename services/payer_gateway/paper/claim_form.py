"""A professional claim on CMS-1500 forms, item by item (NUCC instruction manual, version 02/12).

Six service lines go on a form; a claim with more takes further forms, each with everything else
again, and its total charge and what was paid on the last. A line's drug (N4) or free description
(ZZ) stands in its shaded half. Twelve diagnoses fit, as many as a claim has.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.payer_gateway.paper.form import Cut, Page
from services.payer_gateway.paper.grid import DIAGNOSES, SERVICE_LINES
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.parties import PERSON, Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.professional_claim import (
    ORIGINAL,
    Claim,
    Drug,
    OtherPayer,
    ServiceLine,
)

_LETTERS = "ABCDEFGHIJKL"
_PROGRAMS = {
    "MA": "medicare",
    "MB": "medicare",
    "MC": "medicaid",
    "CH": "tricare",
    "VA": "champva",
    "FI": "feca",
    "12": "group",
    "13": "group",
    "14": "group",
    "15": "group",
    "BL": "group",
    "CI": "group",
    "HM": "group",
}
"""Item 1 by SBR09; any other kind of payer is ``other``."""

_RELATIONSHIPS = {"01": "spouse", "19": "child"}
"""Item 6 by PAT01; any other is ``other``."""

_REFERRING = {"DN": "DN", "DK": "DK", "DQ": "DQ"}
_UNITS = {"F2": "F2", "GR": "GR", "ME": "ME", "ML": "ML", "UN": "UN"}
_ON_FILE = "SIGNATURE ON FILE"


def claim_pages(claim: Claim) -> list[Page]:
    """The forms of a claim, in order; each says in ``cuts`` what did not fit on it."""
    groups = [
        claim.lines[start : start + SERVICE_LINES]
        for start in range(0, max(len(claim.lines), 1), SERVICE_LINES)
    ]
    pages = []
    for number, lines in enumerate(groups, 1):
        page = Page(number)
        _carrier(page, claim)
        _insured(page, claim)
        _patient(page, claim)
        _other_insured(page, claim)
        _condition(page, claim)
        _visit(page, claim)
        _diagnoses(page, claim)
        for row, line in enumerate(lines):
            _service(page, claim, line, row)
        _providers(page, claim)
        _totals(page, claim, is_last=number == len(groups))
        pages.append(page)
    return pages


def _carrier(page: Page, claim: Claim) -> None:
    page.put("carrier.1", claim.payer.name)
    if claim.payer.address is not None:
        address = claim.payer.address
        page.put("carrier.2", address.line1)
        if address.line2:
            page.put("carrier.3", address.line2)
        page.put("carrier.4" if address.line2 else "carrier.3", _place(address))


def _insured(page: Page, claim: Claim) -> None:
    insured = claim.subscriber
    page.check(f"1.{_PROGRAMS.get(insured.filing_indicator, 'other')}")
    page.put("1a", insured.member_id)
    page.put("11", insured.group_number or ("" if claim.other_payers else "NONE"))
    page.put("11c", insured.group_name)
    page.check("11d.yes", is_checked=bool(claim.other_payers))
    page.check("11d.no", is_checked=not claim.other_payers)
    if claim.patient is None:
        return
    page.put("4", _person(insured.name))
    _address(page, "7", insured.address)
    _phone(page, "7.phone", insured.contacts)
    _day(page, "11a", insured.birth_date)
    page.check("11a.male", is_checked=insured.sex == "M")
    page.check("11a.female", is_checked=insured.sex == "F")


def _patient(page: Page, claim: Claim) -> None:
    patient = claim.patient or claim.subscriber
    page.put("2", _person(patient.name))
    _day(page, "3", patient.birth_date)
    page.check("3.male", is_checked=patient.sex == "M")
    page.check("3.female", is_checked=patient.sex == "F")
    _address(page, "5", patient.address)
    _phone(page, "5.phone", patient.contacts)
    relationship = "self"
    if claim.patient is not None:
        relationship = _RELATIONSHIPS.get(claim.patient.relationship, "other")
    page.check(f"6.{relationship}")


def _other_insured(page: Page, claim: Claim) -> None:
    for number, other in enumerate(claim.other_payers):
        if number:
            message = "a form names one other payer: bill the further ones on forms of their own"
            page.cuts.append(Cut(page.number, "9", message))
            return
        _other(page, other)


def _other(page: Page, other: OtherPayer) -> None:
    page.put("9", _person(other.subscriber_name))
    page.put("9a", other.group_number or other.member_id)
    page.put("9d", other.payer_name)


def _condition(page: Page, claim: Claim) -> None:
    causes = claim.related_causes.causes if claim.related_causes else ()
    for item, code in (("10a", "EM"), ("10b", "AA"), ("10c", "OA")):
        page.check(f"{item}.yes", is_checked=code in causes)
        page.check(f"{item}.no", is_checked=code not in causes)
    if claim.related_causes and "AA" in causes:
        page.put("10b.state", claim.related_causes.state)


def _visit(page: Page, claim: Claim) -> None:
    page.put("12", _ON_FILE if claim.release_of_information in {"Y", "I"} else "")
    page.put("13", _ON_FILE if claim.benefits_assigned == "Y" else "")
    for item, qualifiers in (("14", {"431": "431", "484": "484"}), ("15", _OTHER_DATES)):
        found = next((d for d in claim.dates if d.qualifier in qualifiers), None)
        if found is not None:
            _day(page, item, found.first)
            page.put(f"{item}.qualifier", qualifiers[found.qualifier])
    _period(page, "16", claim.dates, ("314", "360"), "361")
    _period(page, "18", claim.dates, ("435",), "096")
    _referring(page, claim)
    page.put("19", "; ".join(text for _, text in claim.notes))
    page.put("22.code", "" if claim.frequency == ORIGINAL else claim.frequency)
    page.put("22", claim.original_claim_number)
    page.put("23", claim.reference("G1") or claim.reference("9F") or claim.reference("X4"))


_OTHER_DATES = {"454": "454", "304": "304", "453": "453", "439": "439", "455": "455", "471": "471"}
"""Item 15 takes these qualifiers of DTP01 as they are; 090 and 091 are X12's for two days."""


def _referring(page: Page, claim: Claim) -> None:
    party = next((p for role in _REFERRING for p in claim.parties if p.role == role), None)
    if party is None:
        return
    page.put("17.qualifier", _REFERRING[party.role])
    page.put("17", _signed(party.name))
    page.put("17b", party.npi)
    other = _legacy(party.references)
    if other is not None:
        page.put("17a.qualifier", other.qualifier)
        page.put("17a", other.value)


def _diagnoses(page: Page, claim: Claim) -> None:
    if claim.diagnoses:
        is_ninth = claim.diagnoses[0].qualifier in {"BK", "BF"}
        page.put("21.version", "9" if is_ninth else "0")
    for letter, diagnosis in zip(_LETTERS, claim.diagnoses, strict=False):
        page.put(f"21.{letter}", diagnosis.code.replace(".", ""))
    if len(claim.diagnoses) > DIAGNOSES:
        message = f"a form takes {DIAGNOSES} diagnoses: the others were left out"
        page.cuts.append(Cut(page.number, "21", message))


def _service(page: Page, claim: Claim, line: ServiceLine, row: int) -> None:
    first, last = line.service_from, line.service_to or line.service_from
    for part, day in (("from", first), ("to", last)):
        if day is not None:
            for name, value in (("month", day.month), ("day", day.day), ("year", day.year % 100)):
                page.put(f"24a.{part}.{name}", f"{value:02d}", row)
    page.put("24b", line.place_of_service or claim.place_of_service, row)
    page.put("24c", line.emergency, row)
    page.put("24d", line.procedure.code, row)
    for number, modifier in enumerate(line.procedure.modifiers[:4], 1):
        page.put(f"24d.modifier.{number}", modifier, row)
    page.put("24e", "".join(_LETTERS[p - 1] for p in line.pointers if 0 < p <= DIAGNOSES), row)
    page.put("24f", _amount(line.charge_cents), row)
    page.put("24g", _number(line.units), row)
    page.put("24h", "Y" if line.epsdt == "Y" else "", row)
    page.put("24.supplement", _supplement(line), row)
    rendering = _rendering(claim, line)
    if rendering is not None:
        page.put("24j", rendering.npi, row)
        if rendering.taxonomy:
            page.put("24i", "ZZ", row)
            page.put("24j.other", rendering.taxonomy, row)


def _rendering(claim: Claim, line: ServiceLine) -> Party | None:
    return next((p for p in (*line.parties, *claim.parties) if p.role == "82"), None)


def _supplement(line: ServiceLine) -> str:
    """The shaded half: the drug, or else what is said of the service, behind its qualifier."""
    if line.drug is not None:
        return _drug(line.drug)
    said = line.procedure.description or " ".join(text for _, text in line.notes)
    return f"ZZ{said}" if said else ""


def _drug(drug: Drug) -> str:
    quantity = "" if drug.quantity is None else _number(drug.quantity)
    return f"N4{drug.ndc} {_UNITS.get(drug.unit, drug.unit)}{quantity}".strip()


def _providers(page: Page, claim: Claim) -> None:
    billing = claim.billing_provider
    rendering = next((p for p in claim.parties if p.role == "82"), None)
    page.put("31", _ON_FILE if claim.signature == "Y" else "")
    facility = next((p for p in claim.parties if p.role == "77"), None)
    if facility is not None:
        page.put("32.name", facility.name.last)
        page.put("32a", facility.npi)
        if facility.address is not None:
            page.put("32.street", _street(facility.address))
            page.put("32.place", _place(facility.address))
    page.put("33.name", _called(billing.name))
    if billing.address is not None:
        page.put("33.street", _street(billing.address))
        page.put("33.place", _place(billing.address))
    _phone(page, "33.phone", billing.contacts)
    page.put("33a", billing.npi)
    taxonomy = billing.taxonomy or (rendering.taxonomy if rendering else "")
    page.put("33b", f"ZZ{taxonomy}" if taxonomy else "")


def _totals(page: Page, claim: Claim, *, is_last: bool) -> None:
    billing = claim.billing_provider
    page.put("25", billing.tax_id)
    page.check("25.ssn", is_checked=billing.tax_id_qualifier == "SY")
    page.check("25.ein", is_checked=billing.tax_id_qualifier != "SY")
    page.put("26", claim.claim_id)
    page.check("27.yes", is_checked=claim.assignment == "A")
    page.check("27.no", is_checked=claim.assignment != "A")
    if not is_last:
        return
    page.put("28", _amount(claim.total_charge_cents))
    paid = claim.patient_paid_cents + sum(each.paid_cents or 0 for each in claim.other_payers)
    page.put("29", _amount(paid) if paid else "")


def _person(name: Name) -> str:
    """Last name, suffix, first name and middle initial, commas between (manual, item 2)."""
    if name.entity != PERSON:
        return name.last
    last = f"{name.last} {name.suffix}".strip()
    return ", ".join(part for part in (last, name.first, name.middle[:1]) if part)


def _signed(name: Name) -> str:
    """First name, middle initial, last name, no commas (manual, item 17)."""
    return " ".join(part for part in (name.first, name.middle[:1], name.last) if part)


def _called(name: Name) -> str:
    return _signed(name) if name.entity == PERSON else name.last


def _legacy(references: Sequence[Reference]) -> Reference | None:
    """An identifier beside the NPI that items 17a and 24i take: 0B, 1G, G2 or LU."""
    return next((each for each in references if each.qualifier in {"0B", "1G", "G2", "LU"}), None)


def _street(address: Address) -> str:
    return f"{address.line1} {address.line2}".strip()


def _place(address: Address) -> str:
    return f"{address.city} {address.state} {_zip(address.postal_code)}".strip()


def _zip(code: str) -> str:
    return f"{code[:5]}-{code[5:]}" if len(code) == 9 and code.isdigit() else code


def _address(page: Page, item: str, address: Address | None) -> None:
    if address is not None:
        page.put(f"{item}.street", _street(address))
        page.put(f"{item}.city", address.city)
        page.put(f"{item}.state", address.state)
        page.put(f"{item}.zip", _zip(address.postal_code))


def _phone(page: Page, name: str, contacts: Sequence[Contact]) -> None:
    numbers = (number for c in contacts for kind, number in c.numbers if kind == "TE")
    digits = "".join(c for c in next(numbers, "") if c.isdigit())
    if len(digits) == 10:
        page.put(f"{name}.area", digits[:3])
        page.put(name, digits[3:])


def _day(page: Page, item: str, day: date | None) -> None:
    if day is not None:
        page.put(f"{item}.month", f"{day.month:02d}")
        page.put(f"{item}.day", f"{day.day:02d}")
        page.put(f"{item}.year", f"{day.year:04d}")


def _period(
    page: Page, item: str, dates: Sequence[QualifiedDate], first: tuple[str, ...], last: str
) -> None:
    begun = next((d for q in first for d in dates if d.qualifier == q), None)
    ended = next((d.first for d in dates if d.qualifier == last), None)
    if begun is not None:
        _day(page, f"{item}.from", begun.first)
    _day(page, f"{item}.to", ended or (begun.last if begun else None))


def _amount(cents: int) -> str:
    """Dollars and cents with a blank between them, as the form's column has it."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole} {rest:02d}"


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
