"""Drugs given at the encounter: HCPCS code, units, discarded amount, administration."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from schemas.encounter import DrugAdministration
from services.coding.domain.code_sets import HcpcsCode, HcpcsCodes
from services.coding.domain.coding_result import EvidenceAt, Line, Query, Rejected
from services.coding.domain.procedures.complex_drugs import complexity
from services.coding.domain.procedures.drug_administration import FACILITY_PLACES, administration
from services.coding.domain.procedures.drug_names import descriptor_of, drug_named, fluid_for
from services.coding.domain.procedures.drug_units import drug_lines, in_unit
from services.coding.domain.review.documentation_review import query

_INTO_A_VEIN = ("intravenous_push", "infusion")


@dataclass(slots=True)
class Drugs:
    """Lines for drugs and administration, what is asked, what a coder has to look at."""

    lines: list[Line] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def find_drug(given: DrugAdministration, hcpcs: HcpcsCodes) -> HcpcsCode | None:
    """The HCPCS code given, or the one whose descriptor or trade name names the drug."""
    if given.code is not None and given.code.system == "hcpcs":
        return hcpcs.code(given.code.code)
    if given.route == "oral":
        return None
    found = drug_named(given.description, hcpcs)
    if found is None and given.code is not None and given.code.display:
        found = drug_named(given.code.display, hcpcs)
    volume = in_unit(given.dose, given.dose_unit, "mL")
    return fluid_for(found, volume, hcpcs) if found is not None and volume is not None else found


def code_drugs(  # noqa: PLR0917 - what is known of the day
    given: Sequence[DrugAdministration],
    hcpcs: HcpcsCodes,
    day: date,
    place_of_service: str,
    answered: frozenset[str],
    beside: Collection[str] = (),
) -> Drugs:
    """Drug lines in order, then administration lines; ``beside``: codes of the procedures done."""
    found = Drugs()
    coded: list[tuple[DrugAdministration, str]] = []
    for item in given:
        code = find_drug(item, hcpcs)
        coded.append((item, code.code if code is not None else ""))
        _drug(item, code, day, answered, found)
    if place_of_service not in FACILITY_PLACES:
        done = administration(coded, beside, _biologics(coded, hcpcs, found))
        found.lines.extend(done.lines)
        found.reasons.extend(done.reasons)
        found.rejected.extend(done.rejected)
    return found


def _biologics(
    coded: Sequence[tuple[DrugAdministration, str]], hcpcs: HcpcsCodes, found: Drugs
) -> frozenset[str]:
    """Codes that count as complex where pushed or infused; of some the payer has the word."""
    complex_: set[str] = set()
    for item, code in coded:
        if not code or item.route not in _INTO_A_VEIN:
            continue
        kind = complexity(code, hcpcs.title(code))
        if kind == "complex":
            complex_.add(code)
        elif kind == "by_payer":
            found.reasons.append(f"complex_administration_by_payer:{item.item_id}")
    return frozenset(complex_)


def _drug(
    item: DrugAdministration,
    code: HcpcsCode | None,
    day: date,
    answered: frozenset[str],
    found: Drugs,
) -> None:
    if code is None:
        found.reasons.append(f"drug_not_found:{item.item_id}")
        return
    if not code.valid_on(day):
        found.rejected.append(Rejected(code.code, "not_in_force", item.item_id))
        found.reasons.append(f"drug_code_not_in_force:{item.item_id}")
        return
    descriptor = descriptor_of(code)
    if descriptor is None:
        found.reasons.append(f"drug_without_descriptor_dose:{item.item_id}")
        return
    per, unit = descriptor
    dose = in_unit(item.dose, item.dose_unit, unit)
    if dose is None:
        found.reasons.append(f"dose_unit_not_convertible:{item.item_id}")
        return
    wasted = _wasted(item, found)
    if item.container == "single_dose" and wasted is None:
        asked = query("missing_waste", item.item_id)
        if asked.subject not in answered:
            found.queries.append(asked)
            return
        found.reasons.append(f"discarded_amount_unknown:{item.item_id}")
    left = None if wasted is None else in_unit(wasted, item.dose_unit, unit)
    for line in drug_lines(dose, left, per, item.container, day):
        _add(
            found.lines,
            Line(
                code.code,
                (line.modifier,) if line.modifier else (),
                line.units,
                ndc=item.ndc,
                evidence=(EvidenceAt("structured", item.item_id),),
                rules=(f"descriptor dose {per} {unit}",),
                confidence=970,
            ),
        )


def _add(lines: list[Line], line: Line) -> None:
    """A drug given once more adds its units, where its NDC is the same (MCPM 17 section 40)."""
    for number, before in enumerate(lines):
        if (before.code, before.modifiers, before.ndc) == (line.code, line.modifiers, line.ndc):
            evidence = before.evidence + line.evidence
            lines[number] = replace(before, units=before.units + line.units, evidence=evidence)
            return
    lines.append(line)


def _wasted(item: DrugAdministration, found: Drugs) -> Decimal | None:
    """What was discarded: as documented, else what the containers opened held beyond the dose.

    Where both are known and differ, the documented amount stands and a coder looks at it.
    """
    if not item.containers:
        return item.wasted
    left = sum(item.containers, Decimal(0)) - item.dose
    if left < 0 or (item.wasted is not None and item.wasted != left):
        found.reasons.append(f"containers_and_dose_differ:{item.item_id}")
        return item.wasted
    return left
