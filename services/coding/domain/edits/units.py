"""Medically unlikely edits: more units than a day or a line allows.

MAI 1 looks at a line; 2 and 3 at all lines of the code on the day. What is over is denied whole,
not only the excess. 2 is absolute; 3 may be appealed with the record. A notice to the patient
shifts no liability. Anesthesia counts minutes, which no limit is about. (NCCI Policy Manual I.V)
"""

from collections.abc import Sequence
from datetime import date

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import is_anesthesia
from services.coding.domain.edits.fixes import Fix, drop
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.tables import UnitLimit
from services.coding.domain.edits.verdicts import MANUAL

RULE = "ncci-mue"
_SOURCE = "NCCI Policy Manual I.V"
# A drug with what was discarded: its units are counted doses, which nobody cuts to a limit.
_WASTE = frozenset(("JW", "JZ"))
_BY_LINE = 1
_ABSOLUTE = 2
_SPLITTING = ("76", "77", "91", "LT", "RT", "XE", "XS", "XP", "XU", "59")


def check(claim: Claim) -> None:
    """Each code of a day and provider once."""
    seen: set[tuple[str, date, str]] = set()
    for number, line in claim.numbered():
        key = (line.code, line.date, line.provider_id)
        if key in seen or is_anesthesia(line.code) or not claim.release(RULE, line.date):
            continue
        seen.add(key)
        limit = claim.known(
            claim.tables.unit_limit(line.code, line.date, facility=claim.context.facility),
            line.date,
        )
        if limit is None:
            continue
        same = [(number, line)]
        same += [(n, other) for n, other in claim.beside(line) if other.code == line.code]
        seen.update((other.code, other.date, other.provider_id) for n, other in same if n)
        if limit.mai == _BY_LINE:
            for at, each in same:
                if at:
                    _judge(claim, limit, [(at, each)])
        else:
            _judge(claim, limit, same)


def _judge(claim: Claim, limit: UnitLimit, lines: Sequence[tuple[int, ServiceLine]]) -> None:
    units = sum(line.units for _, line in lines)
    if units <= limit.units and not claim.passes:
        return
    numbers = [number for number, _ in lines if number]
    scope = "a line" if limit.mai == _BY_LINE else "a day"
    looked_up = f"{limit.code} on {lines[0][1].date}: {limit.units} {scope}, MAI {limit.mai}"
    if limit.rationale:
        looked_up += f", {limit.rationale}"
    release = f"{limit.release} ({MANUAL})" if limit.release else MANUAL
    if units <= limit.units:
        claim.say(RULE, "pass", numbers, _SOURCE, release, looked_up=looked_up)
        return
    wasted = any(not _WASTE.isdisjoint(line.modifiers) for _, line in lines)
    # Nothing is allowed where Medicare covers nothing: that binds no other programme.
    binding = limit.units > 0 or claim.context.programme in (*MEDICARE, "")
    claim.say(
        RULE,
        "deny" if binding else "warn",
        numbers,
        _SOURCE,
        release,
        f"{units} units where {limit.units} {scope} are allowed: all {units} are denied; "
        + _advice(limit)
        + ("; units discarded count as well" if wasted else ""),
        looked_up=looked_up,
        modifiers=_SPLITTING if limit.mai == _BY_LINE else (),
        fixes=_within(limit, lines) if binding and not wasted else (),
    )


def _advice(limit: UnitLimit) -> str:
    if limit.units == 0:
        return "the code is not reported on this kind of claim"
    if limit.mai == _BY_LINE:
        return "separate services stand on lines of their own, each with a modifier that says why"
    if limit.mai == _ABSOLUTE:
        return "the limit is absolute; count the units again"
    return "count the units again; more is paid on appeal only, with the record"


def _within(limit: UnitLimit, lines: Sequence[tuple[int, ServiceLine]]) -> list[Fix]:
    """Units up to the limit, those of other encounters first; a line left with none goes."""
    left = limit.units - sum(line.units for number, line in lines if not number)
    fixes: list[Fix] = []
    for number, line in lines:
        if not number:
            continue
        kept = min(line.units, max(left, 0))
        left -= kept
        if kept == 0:
            fixes.append(drop(number))
        elif kept < line.units:
            fixes.append(Fix("units", number, number=kept))
    return fixes
