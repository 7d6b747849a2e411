"""Procedures, imaging and laboratory tests from structured orders.

Only what was done is reported: a test from another laboratory is not billed; a procedure needs its
note or interpretation (NCCI Policy Manual chapter I.D). Sides are reported as LT, RT or 50.
"""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented, LabTest, Procedure
from services.coding.domain.code_sets import CodeSets, ProcedureEntry
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Line, Query, Rejected
from services.coding.domain.diagnosis.specificity import base_of, wanted_side
from services.coding.domain.reading import wording
from services.coding.domain.review.documentation_review import query

_SIDE_MODIFIER = {"left": "LT", "right": "RT", "bilateral": "50"}
_HOSPITAL_PLACES = frozenset(("19", "21", "22", "23"))
_WAIVED_PROGRAMMES = frozenset(("medicare", "medigap", "medicaid"))


class Procedures(Struct):
    """Lines in order, what is asked, what a coder has to look at, what was left out."""

    lines: list[Line] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    interpreted: int = 0


def _entry(item: Procedure | LabTest, sets: CodeSets) -> ProcedureEntry | None:
    if item.code is not None:
        entry = sets.procedures.by_system(item.code.system, item.code.code)
        if entry is not None:
            return entry
    for text in (item.description, item.code.display if item.code else ""):
        tokens = wording.read(text).tokens
        if tokens:
            entry = sets.procedures.by_name(wording.key(tokens))
            if entry is not None:
                return entry
    return None


def code_procedures(
    encounter: EncounterDocumented,
    sets: CodeSets,
    diagnoses: Sequence[Diagnosis],
    programme: str,
    answered: frozenset[str],
) -> Procedures:
    """Lines for what was done at the encounter, laboratory tests last."""
    found = Procedures()
    for item in encounter.procedures:
        _procedure(item, encounter, sets, diagnoses, answered=answered, found=found)
    for test in encounter.lab_tests:
        _test(test, sets, programme, found)
    return found


def _procedure(
    item: Procedure,
    encounter: EncounterDocumented,
    sets: CodeSets,
    diagnoses: Sequence[Diagnosis],
    *,
    answered: frozenset[str],
    found: Procedures,
) -> None:
    evidence = (EvidenceAt("structured", item.item_id),)
    entry = _entry(item, sets)
    if entry is None:
        supply = sets.hcpcs.code(item.code.code) if item.code is not None else None
        in_force = supply is not None and (
            "hcpcs" in sets.stands_in or supply.valid_on(encounter.service_date)
        )
        if supply is not None and in_force:
            found.lines.append(
                Line(supply.code, units=item.units, evidence=evidence, confidence=950)
            )
        else:
            found.reasons.append(f"procedure_not_in_set:{item.item_id}")
        return
    if entry.kind == "visit" and entry.code != "G2211":
        found.rejected.append(Rejected(entry.code, "level_follows_documentation", item.item_id))
        return
    modifiers: list[str] = []
    if entry.report and not item.report:
        asked = query("missing_report", item.item_id)
        if asked.subject in answered:
            found.reasons.append(f"report_missing:{item.item_id}")
        else:
            found.queries.append(asked)
            return
    if entry.sided:
        side = item.laterality or wanted_side(wording.read(item.description).sides)
        side = side or _side_of_diagnoses(entry, sets, diagnoses)
        if side:
            modifiers.append(_SIDE_MODIFIER[side])
        else:
            asked = query("missing_laterality", item.item_id)
            if asked.subject in answered:
                found.reasons.append(f"side_missing:{item.item_id}")
            else:
                found.queries.append(asked)
    if entry.kind in ("imaging", "diagnostic") and item.report:
        found.interpreted += 1
        if entry.kind == "imaging" and encounter.place_of_service in _HOSPITAL_PLACES:
            modifiers.append("26")
    _add(found, Line(entry.code, tuple(modifiers), item.units, (), None, evidence, (), 960))


def _side_of_diagnoses(
    entry: ProcedureEntry, sets: CodeSets, diagnoses: Sequence[Diagnosis]
) -> str:
    sides: set[str] = set()
    for diagnosis in diagnoses:
        if diagnosis.code.startswith(entry.supports):
            node = base_of(sets.diagnoses, diagnosis.code)
            if node is not None and node.side in _SIDE_MODIFIER:
                sides.add(node.side)
    return wanted_side(frozenset(sides)) if len(sides) == 1 else ""


def _test(test: LabTest, sets: CodeSets, programme: str, found: Procedures) -> None:
    if not test.performed_in_house:
        found.rejected.append(Rejected("laboratory", "done_elsewhere", test.item_id))
        return
    entry = _entry(test, sets)
    if entry is None:
        found.reasons.append(f"test_not_in_set:{test.item_id}")
        return
    modifiers: tuple[str, ...] = ()
    if entry.waived and programme in _WAIVED_PROGRAMMES:
        modifiers = ("QW",)
    if any(line.code == entry.code for line in found.lines):
        modifiers = (*modifiers, "91")
    found.lines.append(
        Line(
            entry.code,
            modifiers,
            evidence=(EvidenceAt("structured", test.item_id),),
            confidence=970,
        )
    )


def _add(found: Procedures, line: Line) -> None:
    """The same procedure once more adds its units; both sides become modifier 50."""
    for number, before in enumerate(found.lines):
        if before.code != line.code:
            continue
        evidence = before.evidence + line.evidence
        if before.modifiers == line.modifiers and line.modifiers != ("50",):
            found.lines[number] = replace(
                before, units=before.units + line.units, evidence=evidence
            )
            return
        if {*before.modifiers, *line.modifiers} == {"LT", "RT"} and before.units == line.units == 1:
            found.lines[number] = replace(before, modifiers=("50",), evidence=evidence)
            return
    found.lines.append(line)
