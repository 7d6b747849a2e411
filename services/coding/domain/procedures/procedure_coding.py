"""Procedures, imaging, supplies and laboratory tests from structured orders.

Only what was done is reported: a test from another laboratory is not billed; a procedure needs its
note or interpretation (NCCI Policy Manual chapter I.D). Sides are reported as LT, RT or 50, digits
by their own modifiers; in a hospital a practitioner reports the professional part (26).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented, Procedure
from services.coding.domain.code_sets import CodeSets, ProcedureEntry
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Line, Query, Rejected
from services.coding.domain.diagnosis.specificity import base_of, wanted_side
from services.coding.domain.edits.code_families import is_anesthesia
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.procedures import psychotherapy
from services.coding.domain.procedures.body_sites import (
    DIGIT_MODIFIERS,
    SIDE_MODIFIER,
    digit_modifier,
)
from services.coding.domain.procedures.counted_services import (
    REPAIR_CODES,
    Wound,
    counted,
    is_counted,
    number_in,
    one_first_biopsy,
    repair_code,
    wound_of,
)
from services.coding.domain.procedures.critical_care import stated_time
from services.coding.domain.procedures.laboratory_coding import code_tests
from services.coding.domain.procedures.line_modifiers import (
    documented_modifiers,
    notice_modifiers,
)
from services.coding.domain.procedures.procedure_names import find_procedure
from services.coding.domain.procedures.separate_services import with_separate_modifiers
from services.coding.domain.procedures.shared_surgery import shared_modifiers
from services.coding.domain.procedures.surgical_package import (
    MODIFIER_OF,
    package_days,
    packages,
)
from services.coding.domain.procedures.visit_modifiers import COMPLEX
from services.coding.domain.reading import wording
from services.coding.domain.review.documentation_review import query

_HOSPITAL_PLACES = frozenset(("19", "21", "22", "23"))
_SURGERY_CENTER = "24"
_BY_ITS_TIME = frozenset(("99291", "99292"))
_STUDIES = ("imaging", "diagnostic")
_KNOWN = 960
_BY_PART_OF_NAME = 880


class Procedures(Struct):
    """Lines in order, what is asked, what a coder has to look at, what was left out."""

    lines: list[Line] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    interpreted: int = 0


class _Context(Struct, frozen=True):
    encounter: EncounterDocumented
    sets: CodeSets
    diagnoses: Sequence[Diagnosis]
    answered: frozenset[str]
    programme: str

    def fee(self, code: str) -> FeeIndicators | None:
        """The fee schedule's row on the day, where one is at hand."""
        found = self.sets.edits.fee_indicators(code, self.encounter.service_date)
        return found if isinstance(found, FeeIndicators) else None


def code_procedures(
    encounter: EncounterDocumented,
    sets: CodeSets,
    diagnoses: Sequence[Diagnosis],
    programme: str,
    answered: frozenset[str],
) -> Procedures:
    """Lines for what was done at the encounter, laboratory tests last."""
    found = Procedures()
    context = _Context(encounter, sets, diagnoses, answered, programme)
    wounds: list[tuple[Procedure, Wound]] = []
    for item, alike in _gathered(encounter.procedures, sets):
        if item.code is not None and item.code.system == "cpt" and is_anesthesia(item.code.code):
            continue
        wound = _measured(item)
        if wound is not None:
            wounds.append((item, wound))
        else:
            _procedure(item, context, found, alike)
    if wounds:
        _repairs(wounds, context, found)
    if len(found.lines) > 1:
        found.lines = one_first_biopsy(found.lines)
    if encounter.lab_tests:
        tests = code_tests(encounter, sets, programme)
        found.lines.extend(tests.lines)
        found.reasons.extend(tests.reasons)
        found.rejected.extend(tests.rejected)
    if any(item.separate for item in encounter.procedures):
        found.lines = with_separate_modifiers(found.lines, encounter, sets)
    return found


def _gathered(
    items: Sequence[Procedure], sets: CodeSets
) -> Iterator[tuple[Procedure, tuple[Procedure, ...]]]:
    """Items in order; lesions treated alike on several items are counted together on the first."""
    if len(items) < 2:
        yield from ((item, ()) for item in items)
        return
    groups: dict[str, list[Procedure]] = {}
    for item in items:
        entry, _ = find_procedure(item, sets.procedures)
        if entry is not None and is_counted(entry.code) and item.report:
            groups.setdefault(entry.code, []).append(item)
    later = {id(item) for members in groups.values() for item in members[1:]}
    first = {id(members[0]): tuple(members[1:]) for members in groups.values()}
    for item in items:
        if id(item) in later:
            continue
        alike = first.get(id(item), ())
        units = sum(_number(each) for each in (item, *alike))
        yield (item.model_copy(update={"units": units}) if alike else item), alike


def _number(item: Procedure) -> int:
    """How many of what is counted: as the item says, else as its words do."""
    coded = item.code is not None and item.code.system in ("cpt", "hcpcs")
    return item.units if coded or item.units > 1 else number_in(item.description)


def _measured(item: Procedure) -> Wound | None:
    """The wound repaired, where the item says how long it was and gives no code of another kind."""
    if item.code is not None and item.code.system in ("cpt", "hcpcs"):
        return None
    return wound_of(f"{item.description} {item.body_site}")


def _procedure(
    item: Procedure, context: _Context, found: Procedures, alike: Sequence[Procedure] = ()
) -> None:
    sets, encounter = context.sets, context.encounter
    entry, whole = find_procedure(item, sets.procedures)
    if entry is None:
        _listed_elsewhere(item, context, found)
        return
    if _is_no_line_of_its_own(entry, item, context, found):
        return
    if entry.report and not item.report:
        asked = query("missing_report", item.item_id)
        if asked.subject in context.answered:
            found.reasons.append(f"report_missing:{item.item_id}")
        else:
            found.queries.append(asked)
            return
    code, modifiers = _part(entry, item, encounter, sets)
    side = ""
    if entry.sided or entry.both or entry.digits:
        side = item.laterality or wanted_side(wording.read(item.description).sides)
        side = side or wanted_side(wording.read(item.body_site).sides)
        side = side or _side_of_diagnoses(entry, sets, context.diagnoses)
    digit = digit_modifier(f"{item.description} {item.body_site}", side) if entry.digits else ""
    if digit:
        modifiers.append(digit)
    elif entry.both and side == "bilateral":
        code = entry.both
    elif _is_without_sides(context.fee(code), side):
        pass
    elif entry.sided or entry.both or (entry.digits and side):
        if side:
            modifiers.append(SIDE_MODIFIER[side])
        else:
            asked = query("missing_laterality", item.item_id)
            if asked.subject in context.answered:
                found.reasons.append(f"side_missing:{item.item_id}")
            else:
                found.queries.append(asked)
    if entry.kind in _STUDIES and item.report and item.component != "technical":
        found.interpreted += 1
    before, behind = _documented(item, code, context, found)
    modifiers = before + _surgical(item, code, context, found) + modifiers + behind
    sure = _KNOWN if whole else _BY_PART_OF_NAME
    evidence = tuple(EvidenceAt("structured", each.item_id) for each in (item, *alike))
    for each in counted(code, _number(item) if is_counted(code) else item.units):
        line = Line(each.code, tuple(modifiers), each.units, (), None, evidence, (), sure)
        if modifiers and "50" in modifiers and encounter.place_of_service == _SURGERY_CENTER:
            others = tuple(m for m in modifiers if m != "50")
            for one in ("LT", "RT"):
                found.lines.append(replace(line, modifiers=(*others, one)))
        else:
            _add(found, line, entry.kind)


def _is_no_line_of_its_own(
    entry: ProcedureEntry, item: Procedure, context: _Context, found: Procedures
) -> bool:
    """Part of a visit, or a visit or care by time, which other documentation decides."""
    if entry.kind == "included":
        found.rejected.append(Rejected("procedure", "part_of_the_visit", item.item_id))
        return True
    if entry.kind == "visit" and entry.code != COMPLEX:
        found.rejected.append(Rejected(entry.code, "level_follows_documentation", item.item_id))
        return True
    if entry.code in _BY_ITS_TIME:
        if stated_time(context.encounter) is None:
            found.reasons.append(f"critical_care_time_missing:{item.item_id}")
        return True
    if entry.code in psychotherapy.BY_TIME:
        session = psychotherapy.stated_session(context.encounter)
        if session is None:
            asked = query("missing_service_time", item.item_id)
            if asked.subject in context.answered:
                found.reasons.append(f"psychotherapy_time_missing:{item.item_id}")
            else:
                found.queries.append(asked)
        elif not psychotherapy.is_of_session(entry.code, session):
            found.reasons.append(f"psychotherapy_time_missing:{item.item_id}")
        return True
    return False


def _documented(
    item: Procedure, code: str, context: _Context, found: Procedures
) -> tuple[list[str], list[str]]:
    """What stands before and behind the other modifiers, as the item documents it."""
    fee, programme = context.fee(code), context.programme
    before, behind = documented_modifiers(item, fee, programme, found.reasons)
    if item.share is not None or item.surgeons is not None:
        days = package_days(code, context.sets, context.encounter.service_date)
        before = [*shared_modifiers(item, fee, days, programme, found.reasons), *before]
    return before, behind


def _is_without_sides(fee: FeeIndicators | None, side: str) -> bool:
    """Whether 50 does not apply: paid alike for one side and both, or both by its nature."""
    return fee is not None and side == "bilateral" and fee.bilateral in ("0", "2", "9")


def _listed_elsewhere(item: Procedure, context: _Context, found: Procedures) -> None:
    """A code that HCPCS Level II or the operator's own lists have and our set does not."""
    sets, day = context.sets, context.encounter.service_date
    evidence = (EvidenceAt("structured", item.item_id),)
    code = item.code.code.upper() if item.code is not None else ""
    supply = sets.hcpcs.code(code) if code else None
    if supply is not None and supply.valid_on(day):
        modifiers = (*_supply_side(item), *notice_modifiers(item, context.programme))
        found.lines.append(
            Line(code, modifiers, units=item.units, evidence=evidence, confidence=950)
        )
        return
    if item.code is not None and item.code.system == "cpt":
        fee = sets.edits.fee_indicators(code, day)
        if isinstance(fee, FeeIndicators) or sets.edits.listed(code, day) is True:
            part: list[str] = []
            if isinstance(fee, FeeIndicators):
                part = _modifiers_by_fee(item, fee, context.encounter)
            before, behind = _documented(item, code, context, found)
            modifiers = (*before, *_surgical(item, code, context, found), *part, *behind)
            line = Line(code, modifiers, item.units, evidence=evidence, confidence=_KNOWN)
            _add(found, line, "procedure")
            return
    found.reasons.append(f"procedure_not_in_set:{item.item_id}")


def _supply_side(item: Procedure) -> tuple[str, ...]:
    """Braces and other L and E codes are fitted to a side (LT, RT)."""
    side = item.laterality
    if item.code is None or item.code.code[:1].upper() != "L" or side is None:
        return ()
    return ("LT", "RT") if side == "bilateral" else (SIDE_MODIFIER[side],)


def _modifiers_by_fee(
    item: Procedure, fee: FeeIndicators, encounter: EncounterDocumented
) -> list[str]:
    """26, TC and the side as the fee schedule's indicators allow them."""
    found: list[str] = []
    if fee.pc_tc == "1":
        if item.component == "technical":
            found.append("TC")
        elif item.component == "professional" or encounter.place_of_service in _HOSPITAL_PLACES:
            found.append("26")
    digit = digit_modifier(f"{item.description} {item.body_site}", item.laterality or "")
    if digit:
        found.append(digit)
    elif item.laterality == "bilateral":
        if fee.bilateral in ("1", "3"):
            found.append("50")
    elif item.laterality is not None and fee.bilateral in ("1", "3"):
        found.append(SIDE_MODIFIER[item.laterality])
    return found


def _part(
    entry: ProcedureEntry, item: Procedure, encounter: EncounterDocumented, sets: CodeSets
) -> tuple[str, list[str]]:
    """The code or modifier for the part done: all, the reading (26), or the recording (TC)."""
    component = item.component
    if component is None and encounter.place_of_service in _HOSPITAL_PLACES:
        component = "professional"
    if component is None:
        return entry.code, []
    if entry.professional or entry.technical:
        own = entry.professional if component == "professional" else entry.technical
        return own or entry.code, []
    if _is_split(entry, sets, encounter.service_date):
        return entry.code, ["26" if component == "professional" else "TC"]
    return entry.code, []


def _is_split(entry: ProcedureEntry, sets: CodeSets, on: date) -> bool:
    """Whether 26 and TC apply: by the fee schedule at hand, else by our own set."""
    fee = sets.edits.fee_indicators(entry.code, on)
    return fee.pc_tc == "1" if isinstance(fee, FeeIndicators) else entry.split


def _surgical(item: Procedure, code: str, context: _Context, found: Procedures) -> list[str]:
    """58, 76 to 79 as documented; in an earlier procedure's period something has to be."""
    if item.circumstance is not None:
        return [MODIFIER_OF[item.circumstance]]
    if context.encounter.earlier_procedures and code.isdigit():
        days = package_days(code, context.sets, context.encounter.service_date)
        held = next(packages(context.encounter, context.sets), None)
        if days is not None and held is not None:
            found.reasons.append(f"global_period_procedure:{held.code}:{item.item_id}")
    return []


def _repairs(
    wounds: Sequence[tuple[Procedure, Wound]], context: _Context, found: Procedures
) -> None:
    """Wounds of one kind and group as one line, by the sum of their lengths."""
    groups: dict[tuple[str, str], list[tuple[Procedure, Wound]]] = {}
    for item, wound in wounds:
        groups.setdefault((wound.complexity, wound.group), []).append((item, wound))
    for number, ((complexity, group), members) in enumerate(sorted(groups.items())):
        missing = [item for item, _ in members if not item.report]
        for item in missing:
            found.queries.append(query("missing_report", item.item_id))
        if missing:
            continue
        length = sum((wound.length for _, wound in members), Decimal(0))
        first = members[0][0]
        modifiers = _surgical(first, repair_code(complexity, group, length), context, found)
        if number:
            modifiers.append("XS")
        found.lines.append(
            Line(
                repair_code(complexity, group, length),
                tuple(modifiers),
                evidence=tuple(EvidenceAt("structured", item.item_id) for item, _ in members),
                rules=(f"repaired length {length} cm, {complexity}, {group}",),
                confidence=_KNOWN,
            )
        )


def _side_of_diagnoses(
    entry: ProcedureEntry, sets: CodeSets, diagnoses: Sequence[Diagnosis]
) -> str:
    sides: set[str] = set()
    for diagnosis in diagnoses:
        if diagnosis.code.startswith(entry.supports):
            node = base_of(sets.diagnoses, diagnosis.code)
            if node is not None and node.side in SIDE_MODIFIER:
                sides.add(node.side)
    return wanted_side(frozenset(sides)) if len(sides) == 1 else ""


def _add(found: Procedures, line: Line, kind: str) -> None:
    """The same procedure once more adds its units; a study repeated carries 76; both sides 50."""
    for number, before in enumerate(found.lines):
        if before.code != line.code:
            continue
        evidence = before.evidence + line.evidence
        if before.modifiers == line.modifiers and line.modifiers != ("50",):
            if kind in _STUDIES:
                line = replace(line, modifiers=(*line.modifiers, "76"))
                break
            if not DIGIT_MODIFIERS.intersection(line.modifiers) and line.code not in REPAIR_CODES:
                found.lines[number] = replace(
                    before, units=before.units + line.units, evidence=evidence
                )
                return
        if {*before.modifiers, *line.modifiers} == {"LT", "RT"} and before.units == line.units == 1:
            found.lines[number] = replace(before, modifiers=("50",), evidence=evidence)
            return
    found.lines.append(line)
