"""Modifiers of lines that say how much was done, by whom, and who is liable; and prevention.

22, 52 and 53 (Medicare Claims Processing Manual 12 section 20.4.6), 80 to 82 and AS (20.4.3 and
20.4.4), GA, GX, GY and GZ (chapter 30 section 50; chapter 23 section 20.9), 33 (45 CFR 147.130), PT
and Medicare's own codes for a screening colonoscopy (42 CFR 410.37; chapter 18 section 60).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from schemas.encounter import LabTest, Procedure
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.procedures.prolonged_time import MEDICARE_PROGRAMMES

_EXTENT = {"increased": "22", "reduced": "52", "discontinued": "53"}
_ASSISTANT = {
    "surgeon": "80",
    "minimal": "81",
    "no_resident_available": "82",
    "non_physician": "AS",
}
_NOTICE = {
    "signed_notice": "GA",
    "no_notice": "GZ",
    "voluntary_notice": "GX",
    "excluded_by_statute": "GY",
}
_NO_ASSISTANT = ("1", "9")
# Notices are of original Medicare; its plans decide before the service (42 CFR 422.566).
_BY_NOTICE = frozenset(("medicare", "medigap"))
_SCREENING = ("Z00", "Z01.4", "Z11", "Z12", "Z13")
# Services that the Task Force recommends with A or B and that are not for prevention alone.
_RECOMMENDED = frozenset(
    (
        *("45378", "45380", "45381", "45384", "45385", "45388", "82274", "81528"),
        *("80061", "82465", "83718", "84478", "82947", "82950", "82951", "83036"),
        *("86703", "87389", "86803", "87340", "86592", "86780", "87491", "87591", "87624"),
        *("86480", "83655", "77080", "77081", "88142", "88175"),
    )
)
_COUNSELLING = frozenset(("99406", "99407"))
_COLON = ("45378", "45380", "45381", "45384", "45385", "45388")
_COLON_SCREENING = ("Z12.11", "Z12.12", "Z80.0", "Z83.71", "Z86.010", "Z86.01")
_HIGH_RISK = ("Z80.0", "Z83.71", "Z85.0", "Z86.01", "K50", "K51")
_ADVANCE_CARE = frozenset(("99497", "99498"))
_WELLNESS = frozenset(("G0438", "G0439"))
_MAY_PREVENT = _RECOMMENDED | _COUNSELLING | _ADVANCE_CARE


def documented_modifiers(
    item: Procedure, fee: FeeIndicators | None, programme: str, reasons: list[str]
) -> tuple[list[str], list[str]]:
    """What stands before and behind the other modifiers of a procedure's line.

    ``reasons`` grows by what a coder has to look at.
    """
    before: list[str] = []
    if item.assistant is not None:
        before.append(_ASSISTANT[item.assistant])
        if fee is not None and fee.assistant in _NO_ASSISTANT:
            reasons.append(f"assistant_not_paid:{item.item_id}")
    if item.extent is not None:
        before.append(_EXTENT[item.extent])
        if item.extent == "increased":
            reasons.append(f"increased_service:{item.item_id}")
    return before, notice_modifiers(item, programme)


def notice_modifiers(item: Procedure | LabTest, programme: str) -> list[str]:
    """GA, GX, GY or GZ as documented, for original Medicare."""
    if item.notice is None or programme not in _BY_NOTICE:
        return []
    return [_NOTICE[item.notice]]


def with_prevention(
    lines: list[Line], diagnoses: Sequence[Diagnosis], programme: str
) -> list[Line]:
    """The lines, those done for prevention with what says so to the payer."""
    if not programme or all(line.code not in _MAY_PREVENT for line in lines):
        return lines
    if programme in MEDICARE_PROGRAMMES:
        wellness = any(line.code in _WELLNESS for line in lines)
        return [_for_medicare(line, diagnoses, wellness=wellness) for line in lines]
    return [_for_others(line, diagnoses) for line in lines]


def _first(line: Line, diagnoses: Sequence[Diagnosis]) -> str:
    """The diagnosis that the line points to first."""
    if line.pointers and line.pointers[0] <= len(diagnoses):
        return diagnoses[line.pointers[0] - 1].code
    return ""


def _for_others(line: Line, diagnoses: Sequence[Diagnosis]) -> Line:
    """33, where the code does not say prevention by itself (45 CFR 147.130)."""
    if line.code in _COUNSELLING or (
        line.code in _RECOMMENDED and _first(line, diagnoses).startswith(_SCREENING)
    ):
        return _with(line, "33", "45 CFR 147.130 recommended for prevention")
    return line


def _for_medicare(line: Line, diagnoses: Sequence[Diagnosis], *, wellness: bool) -> Line:
    """Screening of the colon: codes of its own, PT where it became more; 33 on care planning."""
    if line.code in _COLON:
        first = _first(line, diagnoses)
        if not first.startswith(_COLON_SCREENING):
            return line
        if line.code != _COLON[0]:
            return _with(line, "PT", "42 CFR 410.37 screening that became a treatment")
        risk = any(each.code.startswith(_HIGH_RISK) for each in diagnoses)
        rules = (*line.rules, "42 CFR 410.37 Medicare's code of a screening")
        return replace(line, code="G0105" if risk else "G0121", rules=rules)
    if line.code in _ADVANCE_CARE and wellness:
        return _with(line, "33", "MCPM 18 §140.8 planning beside a wellness visit")
    return line


def _with(line: Line, modifier: str, rule: str) -> Line:
    if modifier in line.modifiers:
        return line
    return replace(line, modifiers=(*line.modifiers, modifier), rules=(*line.rules, rule))
