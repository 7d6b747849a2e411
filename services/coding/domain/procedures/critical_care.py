"""Critical care by its time, and what is part of it.

99291 from 30 minutes of a day; 99292 for each further 30: by CPT from 75 minutes, by Medicare only
once 30 full minutes lie beyond the first 74 (104; physician fee schedule rule 2023). The time of
other services that are reported is none of it (NCCI Policy Manual XI.U.5). What the EHR recorded
stands before what the note states.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import EvidenceAt, Line, PatientFacts, Rejected
from services.coding.domain.edits.code_families import (
    DAILY_CARE,
    WITHIN_CRITICAL_CARE,
    WITHIN_DAILY_CARE,
)
from services.coding.domain.procedures.visit_families import MEDICARE_PROGRAMMES
from services.coding.domain.reading.quick_look import may_say

FIRST, MORE = "99291", "99292"
_LEAST = 30
_FIRST_FURTHER = 75
_FIRST_FURTHER_MEDICARE = 104
_STEP = 30
_EVIDENCE = (EvidenceAt("structured", "critical_care_minutes"),)


_STATED = re.compile(
    r"\bcritical care\b(?P<between>[^.;\n]{0,80}?)\b(?P<after>\d{1,3})\s*-?min(?:utes?)?\b|"
    r"\b(?P<before>\d{1,3})\s*-?min(?:utes?)? (?:of|in|providing|on) critical care\b",
    re.IGNORECASE,
)
_NOT_GIVEN = re.compile(r"\b(?:no|not|without|denies|less than|if)\b", re.IGNORECASE)
_HINTS = ("critical care",)
_LONGEST_TEXT = 200_000
_RECORDED, _IN_NOTE = 960, 880


class Stated(NamedTuple):
    """Minutes of critical care, where they stand, and how sure that is; 0: they differ."""

    minutes: int
    evidence: tuple[EvidenceAt, ...]
    confidence: int


class CriticalCare(Struct, frozen=True):
    """Lines, further units, and what a coder has to look at; none below the least time."""

    lines: tuple[Line, ...] = ()
    reasons: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    minutes: int = 0


def stated_time(encounter: EncounterDocumented, *, told: bool = True) -> Stated | None:
    """The time of critical care as recorded, else as the note states it; None without any.

    ``told``: whether the note may speak of it at all.
    """
    if encounter.critical_care_minutes is not None:
        return Stated(encounter.critical_care_minutes, _EVIDENCE, _RECORDED)
    if not told:
        return None
    found: dict[int, EvidenceAt] = {}
    for index, section in enumerate(encounter.note):
        text = section.text[:_LONGEST_TEXT]
        if not may_say(text, _HINTS):
            continue
        for match in _STATED.finditer(text):
            begin = max(text.rfind(end, 0, match.start()) for end in ".;\n") + 1
            around = f"{text[begin : match.start()]} {match['between'] or ''}"
            minutes = int(match["after"] or match["before"])
            if minutes and not _NOT_GIVEN.search(around):
                place = EvidenceAt("note", None, index, match.start(), match.end())
                found.setdefault(minutes, place)
    if not found:
        return None
    minutes = next(iter(found)) if len(found) == 1 else 0
    return Stated(minutes, tuple(found.values()), _IN_NOTE)


def critical_care(
    encounter: EncounterDocumented, patient: PatientFacts, *, told: bool = True
) -> CriticalCare | None:
    """The critical care of an encounter; None where none is documented."""
    stated = stated_time(encounter, told=told)
    if stated is None:
        return None
    minutes = stated.minutes
    if minutes == 0:
        return CriticalCare(reasons=("critical_care_time_contradictory",))
    if minutes < _LEAST:
        return CriticalCare(rejected=(Rejected(FIRST, "critical_care_below_30_minutes"),))
    medicare = patient.programme in MEDICARE_PROGRAMMES
    first = _FIRST_FURTHER_MEDICARE if medicare else _FIRST_FURTHER
    further = (minutes - first) // _STEP + 1 if minutes >= first else 0
    rules = ("CPT critical care by time", "NCCI XI.U time of its own")
    evidence, sure = stated.evidence, stated.confidence
    lines = [Line(FIRST, evidence=evidence, rules=rules, confidence=sure)]
    if further:
        lines.append(Line(MORE, units=further, evidence=evidence, rules=rules, confidence=sure))
    return CriticalCare(tuple(lines), minutes=minutes)


def without_included(
    lines: Sequence[Line], visits: Sequence[Line]
) -> tuple[list[Line], list[Rejected]]:
    """The lines beside critical care, without what is part of it; by the day more is."""
    held: frozenset[str] = frozenset()
    for line in visits:
        if line.code == FIRST:
            held |= WITHIN_CRITICAL_CARE
        elif line.code in DAILY_CARE:
            held |= WITHIN_DAILY_CARE
    if not held:
        return list(lines), []
    kept = [line for line in lines if line.code not in held]
    gone = [
        Rejected(line.code, "within_critical_care", line.evidence[0].item_id)
        if line.evidence
        else Rejected(line.code, "within_critical_care")
        for line in lines
        if line.code in held
    ]
    return kept, gone
