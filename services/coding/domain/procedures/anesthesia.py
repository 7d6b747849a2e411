"""Anesthesia: one code, its minutes, who gave or directed it, the patient's state.

A claim carries the minutes of attendance (837P SV103 MJ); base units and a unit for each 15 minutes
are what a payer counts by, and stand in the line's rule. Several operations: the code with the most
base units and all of the time; add-ons beside it (Medicare Claims Processing Manual 12 section 50;
NCCI Policy Manual II.B.1, B.2). AA, QY, QK, AD for an anesthesiologist; QX, QZ for who is directed
or not; QS for monitored care. P1 to P6 and 99100 to 99140 are the society's, which Medicare does
not count. What belongs to anesthesia is not reported beside it, visits neither (II.B.3, B.6);
01996 is by the day, and never on that of the operation (B.5).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import Anesthesia, EncounterDocumented, Procedure
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import EvidenceAt, Line, PatientFacts, Rejected
from services.coding.domain.edits.code_families import (
    ANESTHESIA_ADD_ONS,
    ANESTHESIA_BY_THE_DAY,
    FOR_PAIN_AFTERWARDS,
    WITHIN_ANESTHESIA,
    is_anesthesia,
    within,
)
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.procedures.anesthesia_by_operation import NONE, ByCrosswalk
from services.coding.domain.procedures.visit_families import MEDICARE_PROGRAMMES

_PROVIDED_BY = {
    "personally": "AA",
    "directing_one": "QY",
    "directing_several": "QK",
    "supervising": "AD",
    "directed": "QX",
    "undirected": "QZ",
}
_PHYSICIAN, _NURSE, _ASSISTANT = "207L", "3675", "367H"
_OF_PHYSICIANS = ("personally", "directing_one", "directing_several", "supervising")
_UNITS_OF_STATUS = {3: 1, 4: 2, 5: 3}
_UNIT_MINUTES = 15
_LONGEST = 1_440
# These already say that the patient is an infant, or that the circumstance is there.
_OF_INFANTS = frozenset(("00326", "00561", "00834", "00836"))
_WITH_PUMP_IN_INFANTS = "00561"
_KNOWN = 960
_QUALIFYING_RULE = "CPT qualifying circumstance"


class Given(Struct):
    """Lines, what a coder has to look at, what is not reported; items whose time is missing."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    untimed: list[str] = field(default_factory=list)


class _Coded(Struct, frozen=True):
    item: Procedure
    code: str
    base: int | None

    @property
    def evidence(self) -> tuple[EvidenceAt, ...]:
        return (EvidenceAt("structured", self.item.item_id),)


def is_anesthetic(item: Procedure) -> bool:
    """Whether the item is anesthesia by its code."""
    return item.code is not None and item.code.system == "cpt" and is_anesthesia(item.code.code)


def anesthesia(
    encounter: EncounterDocumented,
    patient: PatientFacts,
    taxonomy: str,
    sets: CodeSets,
    by_item: Mapping[str, ByCrosswalk] = NONE,
) -> Given:
    """The lines for anesthesia of an encounter; none without a code for it.

    ``by_item``: items whose code the crosswalk gave for their operation.
    """
    found = Given()
    coded = [_coded(item, sets, by_item) for item in encounter.procedures if is_anesthetic(item)]
    unknown = [
        each for each in coded if each.base is None and not _is_listed(each, sets, encounter)
    ]
    found.reasons.extend(f"procedure_not_in_set:{each.item.item_id}" for each in unknown)
    coded = [each for each in coded if each not in unknown]
    for each in coded:
        if each.code == ANESTHESIA_BY_THE_DAY:
            rule = ("NCCI II.B.3 one unit a day",)
            found.lines.append(
                Line(each.code, evidence=each.evidence, rules=rule, confidence=_KNOWN)
            )
    for_operations = [
        each for each in coded if each.code not in (*ANESTHESIA_ADD_ONS, ANESTHESIA_BY_THE_DAY)
    ]
    if not for_operations:
        return found
    told = encounter.anesthesia or Anesthesia()
    chosen = _chosen(for_operations, found)
    minutes = _minutes(told, found)
    if minutes is None:
        found.untimed.append(chosen.item.item_id)
        return found
    if minutes == 0:
        return found
    medicare = patient.programme in MEDICARE_PROGRAMMES
    modifiers = _modifiers(told, taxonomy, chosen, found, medicare=medicare)
    counted = f"MCPM 12 §50 {_counted(chosen, minutes, told, medicare=medicare)}"
    evidence = (*chosen.evidence, EvidenceAt("structured", "anesthesia"))
    origin = by_item.get(chosen.item.item_id)
    rules = (counted,) if origin is None else (counted, f"crosswalk from {origin.operation}")
    main = Line(chosen.code, tuple(modifiers), minutes, (), None, evidence, rules, _KNOWN)
    found.lines.insert(0, main)
    _add_ons([each for each in coded if each.code in ANESTHESIA_ADD_ONS], main, found)
    _qualifying(encounter, patient, told, main, found, medicare=medicare)
    return found


def _coded(item: Procedure, sets: CodeSets, by_item: Mapping[str, ByCrosswalk]) -> _Coded:
    code = item.code.code if item.code is not None else ""
    entry = sets.procedures.entry(code)
    base = entry.base_units if entry is not None else None
    origin = by_item.get(item.item_id)
    return _Coded(item, code, origin.base_units if base is None and origin is not None else base)


def _is_listed(each: _Coded, sets: CodeSets, encounter: EncounterDocumented) -> bool:
    """Whether the operator's own lists have the code."""
    day = encounter.service_date
    fee = sets.edits.fee_indicators(each.code, day)
    return isinstance(fee, FeeIndicators) or sets.edits.listed(each.code, day) is True


def _chosen(coded: Sequence[_Coded], found: Given) -> _Coded:
    """The code with the most base units; the time of the others is in it."""
    if len(coded) > 1 and any(each.base is None for each in coded):
        found.reasons.append(f"anesthesia_base_units_unknown:{coded[0].item.item_id}")
    best = max(coded, key=lambda each: each.base or 0)
    found.rejected.extend(
        Rejected(each.code, "one_anesthesia_code", each.item.item_id)
        for each in coded
        if each is not best
    )
    return best


def _minutes(told: Anesthesia, found: Given) -> int | None:
    """Minutes in attendance; None: not documented; 0: what is documented cannot be."""
    span: int | None = None
    if told.started_at is not None and told.stopped_at is not None:
        span = (told.stopped_at - told.started_at) // timedelta(minutes=1)
    if span is not None and not 0 < span <= _LONGEST:
        found.reasons.append("anesthesia_times_unusable")
        return 0
    if told.minutes is None:
        return span
    if span is not None and told.minutes > span:
        found.reasons.append("anesthesia_times_unusable")
        return 0
    return told.minutes


def _modifiers(
    told: Anesthesia, taxonomy: str, chosen: _Coded, found: Given, *, medicare: bool
) -> list[str]:
    modifiers: list[str] = []
    by = told.provided_by
    if by is None:
        found.reasons.append(f"anesthesia_role_missing:{chosen.item.item_id}")
    else:
        modifiers.append(_PROVIDED_BY[by])
        nurse = taxonomy.startswith((_NURSE, _ASSISTANT))
        if (
            (nurse and by in _OF_PHYSICIANS)
            or (taxonomy.startswith(_ASSISTANT) and by == "undirected")
            or (taxonomy.startswith(_PHYSICIAN) and by not in _OF_PHYSICIANS)
        ):
            found.reasons.append(f"anesthesia_role_disagrees:{chosen.item.item_id}")
    if told.monitored_care:
        modifiers.append("QS")
    if told.physical_status is not None and not medicare:
        modifiers.append(f"P{told.physical_status}")
    return modifiers


def _counted(chosen: _Coded, minutes: int, told: Anesthesia, *, medicare: bool) -> str:
    """What payers count by, in words: base, time to a tenth, and the units of the status."""
    tenths = (minutes * 20 + _UNIT_MINUTES) // (2 * _UNIT_MINUTES)
    time = f"{minutes} minutes = {tenths // 10}.{tenths % 10} units"
    status = 0 if medicare else _UNITS_OF_STATUS.get(told.physical_status or 0, 0)
    base = "base units not at hand" if chosen.base is None else f"base {chosen.base}"
    return f"{base}, {time}" + (f", status {status}" if status else "")


def _add_ons(coded: Sequence[_Coded], main: Line, found: Given) -> None:
    """Further burns are counted; another stage of a delivery has time of its own, not told here."""
    for each in coded:
        if ANESTHESIA_ADD_ONS[each.code] != main.code:
            found.rejected.append(Rejected(each.code, "without_its_primary", each.item.item_id))
            continue
        if each.code != "01953":
            found.reasons.append(f"anesthesia_time_of_parts_unknown:{each.item.item_id}")
        modifiers = tuple(m for m in main.modifiers if not m.startswith("P"))
        found.lines.append(
            Line(each.code, modifiers, each.item.units, (), None, each.evidence, (), _KNOWN)
        )


def _qualifying(
    encounter: EncounterDocumented,
    patient: PatientFacts,
    told: Anesthesia,
    main: Line,
    found: Given,
    *,
    medicare: bool,
) -> None:
    """99100 below one year and above seventy, 99116, 99135, 99140; Medicare bundles them."""
    age = patient.age_on(encounter.service_date)
    codes: list[str] = []
    if (age < 1 and main.code not in _OF_INFANTS) or age > 70:
        codes.append("99100")
    if told.hypothermia and main.code != _WITH_PUMP_IN_INFANTS:
        codes.append("99116")
    if told.controlled_hypotension and main.code != _WITH_PUMP_IN_INFANTS:
        codes.append("99135")
    if told.emergency:
        codes.append("99140")
    evidence = (EvidenceAt("structured", "anesthesia"),)
    for code in codes:
        if medicare:
            found.rejected.append(Rejected(code, "within_anesthesia"))
        else:
            rules = (_QUALIFYING_RULE,)
            found.lines.append(Line(code, evidence=evidence, rules=rules, confidence=_KNOWN))


def without_integral(
    lines: Sequence[Line], encounter: EncounterDocumented
) -> tuple[list[Line], list[Rejected]]:
    """The lines beside anesthesia without what belongs to it.

    A block for pain afterwards that is documented apart carries XU (NCCI Policy Manual II.B.4).
    """
    apart = {item.item_id for item in encounter.procedures if item.separate is not None}
    kept: list[Line] = []
    gone: list[Rejected] = []
    for line in lines:
        item = line.evidence[0].item_id if line.evidence else None
        for_pain = within(line.code, FOR_PAIN_AFTERWARDS)
        if not for_pain and not within(line.code, WITHIN_ANESTHESIA):
            kept.append(line)
        elif item in apart:
            told_apart = {"XU", "XE", "XS", "XP", "59"} & set(line.modifiers)
            modifiers = line.modifiers if told_apart else (*line.modifiers, "XU")
            kept.append(replace(line, modifiers=modifiers))
        else:
            gone.append(Rejected(line.code, "within_anesthesia", item))
    return kept, gone
