"""Drugs given at the encounter: HCPCS code, units, discarded amount, administration.

In a facility the practitioner does not bill administration (NCCI Policy Manual chapter XI.B).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from schemas.encounter import DrugAdministration
from services.coding.domain.code_sets import HcpcsCode, HcpcsCodes
from services.coding.domain.coding_result import EvidenceAt, Line, Query
from services.coding.domain.procedures.drug_units import drug_lines, in_unit
from services.coding.domain.reading import wording
from services.coding.domain.review.documentation_review import query

FACILITY_PLACES = frozenset(("19", "21", "22", "23", "24", "31", "51", "52", "61"))
_LONGEST_NAME = 4


@dataclass(slots=True)
class Drugs:
    """Lines for drugs and administration, what is asked, what a coder has to look at."""

    lines: list[Line] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def find_drug(given: DrugAdministration, hcpcs: HcpcsCodes) -> HcpcsCode | None:
    """The HCPCS code given, or the one whose descriptor names the drug."""
    if given.code is not None and given.code.system == "hcpcs":
        return hcpcs.code(given.code.code)
    names = [given.description]
    if given.code is not None and given.code.display:
        names.append(given.code.display)
    for name in names:
        tokens = [token for token in wording.read(name).tokens if not token[:1].isdigit()]
        for length in range(min(len(tokens), _LONGEST_NAME), 0, -1):
            code = hcpcs.drug_by_name(wording.key(tokens[:length]))
            if code is not None:
                return hcpcs.code(code)
    return None


def code_drugs(
    given: Sequence[DrugAdministration],
    hcpcs: HcpcsCodes,
    day: date,
    place_of_service: str,
    answered: frozenset[str],
    *,
    stands_in: bool,
) -> Drugs:
    """Drug lines in order, then administration lines."""
    found = Drugs()
    for item in given:
        _drug(item, hcpcs, day, answered, found, stands_in=stands_in)
    if place_of_service not in FACILITY_PLACES:
        found.lines.extend(_administration(given))
        infused = [item for item in given if item.route == "infusion"]
        found.reasons.extend(f"further_infusion_needs_times:{item.item_id}" for item in infused[1:])
    return found


def _drug(
    item: DrugAdministration,
    hcpcs: HcpcsCodes,
    day: date,
    answered: frozenset[str],
    found: Drugs,
    *,
    stands_in: bool,
) -> None:
    code = find_drug(item, hcpcs)
    if code is None or not (stands_in or code.valid_on(day)):
        found.reasons.append(f"drug_not_found:{item.item_id}")
        return
    if not code.dose:
        found.reasons.append(f"drug_without_descriptor_dose:{item.item_id}")
        return
    dose = in_unit(item.dose, item.dose_unit, code.dose_unit)
    wasted = None if item.wasted is None else in_unit(item.wasted, item.dose_unit, code.dose_unit)
    if dose is None:
        found.reasons.append(f"dose_unit_not_convertible:{item.item_id}")
        return
    if item.container == "single_dose" and item.wasted is None:
        asked = query("missing_dose", item.item_id)
        if asked.subject not in answered:
            found.queries.append(asked)
            return
        found.reasons.append(f"discarded_amount_unknown:{item.item_id}")
    for line in drug_lines(dose, wasted, Decimal(code.dose), item.container, day):
        found.lines.append(
            Line(
                code.code,
                (line.modifier,) if line.modifier else (),
                line.units,
                ndc=item.ndc,
                evidence=(EvidenceAt("structured", item.item_id),),
                rules=(f"descriptor dose {code.dose} {code.dose_unit}",),
                confidence=970,
            )
        )


def _administration(given: Sequence[DrugAdministration]) -> list[Line]:
    """One initial service a day; pushes beside it are additional; an injection beside it is given
    at a site of its own, which XU says (NCCI Policy Manual I.E: X modifiers before 59; XI.B).

    Whether a further infusion is sequential, concurrent or another hour depends on its times.
    """
    lines: list[Line] = []
    injected = [d for d in given if d.route in ("intramuscular", "subcutaneous")]
    pushed = [d for d in given if d.route == "intravenous_push"]
    infused = [d for d in given if d.route == "infusion"]
    if infused:
        lines.append(_line("96365", 1, infused[:1], 820))
    if pushed and not infused:
        lines.append(_line("96374", 1, pushed[:1], 950))
        pushed = pushed[1:]
    if pushed:
        lines.append(_line("96375", len(pushed), pushed, 950))
    if injected:
        beside = bool(lines)
        injection = _line("96372", len(injected), injected, 970)
        lines.append(replace(injection, modifiers=("XU",)) if beside else injection)
    return lines


def _line(code: str, units: int, items: Sequence[DrugAdministration], confidence: int) -> Line:
    return Line(
        code,
        units=units,
        evidence=tuple(EvidenceAt("structured", item.item_id) for item in items),
        rules=("one initial service a day",) if code in ("96365", "96374") else (),
        confidence=confidence,
    )
