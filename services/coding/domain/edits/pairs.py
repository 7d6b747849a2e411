"""NCCI procedure-to-procedure edits: two codes of one day, patient and provider.

Column 2 is denied beside column 1. Indicator 0: always; 1: unless a modifier says that the services
are distinct; 9: the edit is not in force. (NCCI Policy Manual I.A, I.E)
"""

from itertools import combinations

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    EVALUATION,
    LABORATORY,
    SURGERY,
    WITHIN_CRITICAL_CARE,
    family,
)
from services.coding.domain.edits.fixes import Fix, drop_beside, with_modifier
from services.coding.domain.edits.modifiers import DISTINCT, opened_by
from services.coding.domain.edits.service_line import ServiceLine, same_provider
from services.coding.domain.edits.tables import PairEdit
from services.coding.domain.edits.verdicts import MANUAL

RULE = "ncci-ptp"
_SOURCE = "NCCI Policy Manual I.E"
_CRITICAL_CARE = ("99291", "99292")
_MOST_NAMED = 12
_Numbered = tuple[int, ServiceLine]
_BY_RECORD = {
    "separate_encounter": "XE",
    "separate_structure": "XS",
    "separate_practitioner": "XP",
    "non_overlapping": "XU",
    "staged": "58",
    "return_to_operating_room": "78",
    "unrelated": "79",
}
_VISIT_BY_RECORD = {
    "significant_separate_visit": "25",
    "decision_for_surgery": "57",
    "unrelated": "24",
}


def check(claim: Claim) -> None:
    """Every pair of different codes of a day and provider."""
    without: dict[str, list[tuple[_Numbered, _Numbered]]] = {}
    for one, other in combinations(claim.all_lines(), 2):
        here, there = one[1], other[1]
        if (
            not (one[0] or other[0])
            or here.code == there.code
            or here.date != there.date
            or not same_provider(here.provider_id, there.provider_id)
        ):
            continue
        release = claim.release(RULE, here.date)
        if not release:
            continue
        edit = claim.known(claim.tables.pair(here.code, there.code, here.date), here.date)
        if edit is None:
            if claim.passes:
                without.setdefault(release, []).append((one, other))
        elif edit.column1 == here.code:
            _judge(claim, edit, one, other)
        else:
            _judge(claim, edit, other, one)
    for release, pairs in without.items():
        lines = sorted({number for pair in pairs for number, _ in pair if number})
        named = [f"{one[1].code}+{other[1].code}" for one, other in pairs]
        more = len(named) - _MOST_NAMED
        claim.say(
            RULE,
            "pass",
            lines,
            _SOURCE,
            release,
            "no edit between these codes",
            looked_up=", ".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else ""),
        )


def _judge(claim: Claim, edit: PairEdit, column1: _Numbered, column2: _Numbered) -> None:
    one, two = column1[1], column2[1]
    numbers = sorted(number for number, _ in (column1, column2) if number)
    looked_up = f"column 1 {one.code}, column 2 {two.code} on {one.date}"
    if edit.rationale:
        looked_up += f": {edit.rationale}"
    elsewhere = _elsewhere(column1, column2)
    codes = (one.code, two.code)
    release = f"{edit.release} ({MANUAL})" if edit.release else MANUAL
    if edit.indicator == "9":
        claim.say(
            RULE,
            "pass",
            numbers,
            _SOURCE,
            release,
            "indicator 9: the edit is not in force",
            codes=codes,
            looked_up=looked_up,
        )
        return
    fixes = [drop_beside(column2[0], column1[0])] if column2[0] else []
    if edit.indicator != "1":
        claim.say(
            RULE,
            "deny",
            numbers,
            _SOURCE,
            release,
            f"{two.code} is never reported beside {one.code} (indicator 0); no modifier opens it"
            + elsewhere,
            codes=codes,
            looked_up=looked_up,
            fixes=fixes,
        )
        return
    opened = opened_by(
        one.code, one.modifiers, two.code, two.modifiers, facility=claim.context.facility
    )
    if opened:
        claim.say(
            RULE,
            "pass",
            numbers,
            _SOURCE,
            release,
            f"indicator 1: opened by modifier {opened}, which the record has to support",
            codes=codes,
            looked_up=looked_up,
        )
        return
    choices = openers(claim, one, two, elsewhere=not (column1[0] and column2[0]))
    said = choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    claim.say(
        RULE,
        "needs_modifier",
        numbers,
        _SOURCE,
        release,
        f"{two.code} is part of {one.code} unless the record shows a distinct service: then "
        f"{said}; else {two.code} is not reported" + elsewhere,
        codes=codes,
        looked_up=looked_up,
        modifiers=choices,
        fixes=_opening(column1, column2, choices) or fixes,
    )


def _elsewhere(column1: _Numbered, column2: _Numbered) -> str:
    if not column2[0]:
        return f"; {column2[1].code} was reported at another encounter of the day: correct it there"
    return "" if column1[0] else f"; {column1[1].code} was reported at another encounter of the day"


def openers(
    claim: Claim, one: ServiceLine, two: ServiceLine, *, elsewhere: bool = False
) -> tuple[str, ...]:
    """Modifiers that could open the pair, the most telling first.

    ``elsewhere``: one of them was reported at another encounter of the day, which XE says.
    """
    visit = next((line for line in (one, two) if family(line.code) & EVALUATION), None)
    if visit is not None and not _is_part_of_critical_care(one, two):
        other = two if visit is one else one
        return ("57",) if claim.package(other.code, other.date)[0] == "090" else ("25",)
    if family(one.code) & LABORATORY and family(two.code) & LABORATORY:
        return ("91", "59")
    if elsewhere:
        return ("XE", "XS", "XU", "XP", "59")
    if family(one.code) & family(two.code) & SURGERY:
        return ("XS", "XE", "LT", "RT", "58", "78", "79", "XU", "XP", "59")
    return (*DISTINCT[1:2], *DISTINCT[:1], *DISTINCT[2:])


def _is_part_of_critical_care(one: ServiceLine, two: ServiceLine) -> bool:
    """25 says that critical care is apart from a procedure, never that a part of it is (XI.U)."""
    return two.code in WITHIN_CRITICAL_CARE and one.code in _CRITICAL_CARE


def _opening(column1: _Numbered, column2: _Numbered, choices: tuple[str, ...]) -> list[Fix]:
    """The modifier that the record already supports; for a visit the one that is named."""
    apart = _is_part_of_critical_care(column1[1], column2[1])
    for number, line in (column2, column1):
        if number and family(line.code) & EVALUATION and not apart:
            wanted = [_VISIT_BY_RECORD[d] for d in line.documented if d in _VISIT_BY_RECORD]
            return [with_modifier(number, wanted[0] if wanted else choices[0])]
    if not apart and any(family(line.code) & EVALUATION for _, line in (column1, column2)):
        return []
    for number, line in (column2, column1):
        if not number:
            continue
        for documented in line.documented:
            if documented == "repeat" and family(line.code) & LABORATORY:
                return [with_modifier(number, "91")]
            if documented in _BY_RECORD:
                return [with_modifier(number, _BY_RECORD[documented])]
    return []
