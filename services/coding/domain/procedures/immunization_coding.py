"""Vaccines and their administration.

Each vaccine is its own line; administration by age and counselling (90460 and 90461 up to 18 years
with counselling, else 90471 to 90474); Medicare has G0008, G0009 and G0010. The two series are
never mixed on one day (NCCI Policy Manual chapter XI). Z23 stands for every vaccine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.encounter import Immunization
from services.coding.domain.code_sets import ProcedureCodes, ProcedureEntry
from services.coding.domain.coding_result import EvidenceAt, Line
from services.coding.domain.procedures.procedure_names import named_in
from services.coding.domain.procedures.prolonged_time import MEDICARE_PROGRAMMES
from services.coding.domain.reading import wording

VACCINATION_DIAGNOSIS = "Z23"
_COUNSELLED_UNTIL_AGE = 18
_MEDICARE_ADMINISTRATION = {
    "influenza": "G0008",
    "pneumococcal": "G0009",
    "hepatitis_b": "G0010",
}


@dataclass(slots=True)
class Vaccines:
    """Lines for vaccines and administration, and what a coder has to look at."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def find_vaccine(
    given: Immunization, procedures: ProcedureCodes, age: int
) -> ProcedureEntry | None:
    """The product by its code (CVX, CPT) or by name, by name the one for the age."""
    if given.code is not None:
        entry = procedures.by_system(given.code.system, given.code.code)
        if entry is not None:
            return entry
    tokens = wording.read(given.description).tokens
    entry = procedures.by_name(wording.key(tokens)) or named_in(tokens, procedures)
    if entry is None or entry.kind != "vaccine":
        return None
    if entry.oldest is not None and age > entry.oldest:
        return procedures.entry(entry.older) or entry
    return entry


def code_vaccines(
    given: Sequence[Immunization], procedures: ProcedureCodes, age: int, programme: str
) -> Vaccines:
    """Product lines in order, then administration lines."""
    found = Vaccines()
    known: list[tuple[Immunization, ProcedureEntry]] = []
    for item in given:
        entry = find_vaccine(item, procedures, age)
        if entry is None:
            found.reasons.append(f"vaccine_not_in_set:{item.item_id}")
            continue
        known.append((item, entry))
        found.lines.append(
            Line(entry.code, evidence=(EvidenceAt("structured", item.item_id),), confidence=970)
        )
    found.lines.extend(_administration(known, age, programme))
    return found


def _administration(
    known: Sequence[tuple[Immunization, ProcedureEntry]], age: int, programme: str
) -> list[Line]:
    lines: list[Line] = []
    remaining: list[Immunization] = []
    medicare = programme in MEDICARE_PROGRAMMES
    components = 0
    for item, entry in known:
        if entry.family == "coronavirus":
            lines.append(_line("90480", 1, [item], "coronavirus vaccine, any payer"))
            continue
        special = _MEDICARE_ADMINISTRATION.get(entry.family) if medicare else None
        if special is None:
            remaining.append(item)
            components += max(item.components, entry.components) - 1
        else:
            lines.append(_line(special, 1, [item], "Medicare administration of a covered vaccine"))
    if not remaining:
        return lines
    if age <= _COUNSELLED_UNTIL_AGE and all(item.counselling for item in remaining):
        lines.append(_line("90460", len(remaining), remaining, "counselled, 18 or younger"))
        if components:
            lines.append(_line("90461", components, remaining, "further components"))
        return lines
    injected = [item for item in remaining if item.route == "injection"]
    other = [item for item in remaining if item.route != "injection"]
    if injected:
        lines.append(_line("90471", 1, injected[:1], "first injection"))
    if injected[1:]:
        lines.append(_line("90472", len(injected) - 1, injected[1:], "each further injection"))
    if other and not injected:
        lines.append(_line("90473", 1, other[:1], "first by mouth or nose"))
        other = other[1:]
    if other:
        lines.append(_line("90474", len(other), other, "each further by mouth or nose"))
    return lines


def _line(code: str, units: int, items: Sequence[Immunization], rule: str) -> Line:
    return Line(
        code,
        units=units,
        evidence=tuple(EvidenceAt("structured", item.item_id) for item in items),
        rules=(rule,),
        confidence=970,
    )
