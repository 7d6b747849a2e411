"""Anesthesia: one code a day, who gave it, and what belongs to it.

NCCI Policy Manual II.B (one code but for add-ons, services that belong to it, 01996, visits);
Medicare Claims Processing Manual 12 section 50 (AA, AD, QK, QX, QY, QZ; 99100 to 99140 and P1 to P6
are not paid; 47 is not recognized).
"""

import re

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    ANESTHESIA_ADD_ONS,
    ANESTHESIA_BY_THE_DAY,
    EVALUATION,
    FOR_PAIN_AFTERWARDS,
    WITHIN_ANESTHESIA,
    family,
    is_anesthesia,
    within,
)
from services.coding.domain.edits.fixes import Fix, drop, without_modifier
from services.coding.domain.edits.modifiers import DISTINCT
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.verdicts import MANUAL, Status

RULE = "anesthesia"
ROLES = ("AA", "AD", "QK", "QX", "QY", "QZ")
_STATUS = re.compile(r"P[1-6]")
_QUALIFYING = frozenset(("99100", "99116", "99135", "99140"))
_CRITICAL = frozenset(("99291", "99292"))
_ONE_CODE, _PARTS = "NCCI Policy Manual II.B.1", "NCCI Policy Manual II.B.6"
_PAID = "MCPM 12 §50"
MODIFIERS = frozenset((*ROLES, "QS", "47", "P1", "P2", "P3", "P4", "P5", "P6"))


def check(claim: Claim) -> None:
    """Every line of anesthesia, those beside it, and modifiers that are anesthesia's alone."""
    if claim.context.facility:
        return
    given = [(n, line) for n, line in claim.all_lines() if is_anesthesia(line.code)]
    for number, line in claim.numbered():
        if is_anesthesia(line.code):
            _anesthesia(claim, number, line)
        else:
            if line.modifiers:
                _modifiers(claim, number, line)
            if given or line.code in _QUALIFYING:
                _beside(claim, number, line)


def _say(
    claim: Claim, status: Status, numbers: tuple[int, ...], source: str, message: str, *fixes: Fix
) -> None:
    claim.say(RULE, status, numbers, source, MANUAL, message, fixes=fixes)


def _anesthesia(claim: Claim, number: int, line: ServiceLine) -> None:
    roles = [m for m in line.modifiers if m in ROLES]
    by_day = line.code == ANESTHESIA_BY_THE_DAY
    medicare = claim.context.programme in MEDICARE
    if len(roles) > 1:
        _say(claim, "deny", (number,), _PAID, f"{' and '.join(roles)} contradict each other")
    elif not roles and medicare and not by_day:
        claim.say(
            RULE, "needs_modifier", (number,), _PAID, MANUAL,
            "who gave the anesthesia or directed it is said by modifier", modifiers=ROLES,
        )  # fmt: skip
    if len([m for m in line.modifiers if _STATUS.fullmatch(m)]) > 1:
        _say(claim, "deny", (number,), _PAID, "a patient has one physical status")
    if "47" in line.modifiers:
        fix = without_modifier(number, "47")
        _say(claim, "deny", (number,), _PAID, "47 stands on the surgeon's own operation", fix)
    others = [
        (at, other)
        for at, other in claim.beside(line)
        if is_anesthesia(other.code) and other.code not in ANESTHESIA_ADD_ONS
    ]
    if by_day:
        if others:
            message = "01996 is not reported on the day of the operation"
            _say(claim, "deny", (number,), "NCCI Policy Manual II.B.5", message, drop(number))
        return
    if line.code in ANESTHESIA_ADD_ONS:
        if all(other.code != ANESTHESIA_ADD_ONS[line.code] for _, other in claim.beside(line)):
            message = f"{line.code} is added to {ANESTHESIA_ADD_ONS[line.code]} alone"
            _say(claim, "deny", (number,), _ONE_CODE, message, drop(number))
        return
    for at, other in others:
        if other.code == ANESTHESIA_BY_THE_DAY or {*DISTINCT} & {*line.modifiers, *other.modifiers}:
            continue
        if (_base(claim, line), -number) < (_base(claim, other), -at):
            message = f"one anesthesia code a day, with all of the time: {other.code}"
            _say(claim, "deny", (number,), _ONE_CODE, message, drop(number))
            return


def _base(claim: Claim, line: ServiceLine) -> int:
    entry = claim.sets.procedures.entry(line.code)
    return (entry.base_units or 0) if entry is not None else 0


def _modifiers(claim: Claim, number: int, line: ServiceLine) -> None:
    for modifier in line.modifiers:
        if modifier in (*ROLES, "QS") or _STATUS.fullmatch(modifier):
            message = f"{modifier} stands on anesthesia alone"
            _say(claim, "deny", (number,), _PAID, message, without_modifier(number, modifier))
        elif modifier == "47" and claim.context.programme in MEDICARE:
            message = "Medicare pays no anesthesia by the surgeon: it is part of the operation"
            _say(claim, "deny", (number,), _PAID, message, without_modifier(number, modifier))


def _beside(claim: Claim, number: int, line: ServiceLine) -> None:
    given = [
        (at, other)
        for at, other in claim.beside(line)
        if is_anesthesia(other.code) and other.code != ANESTHESIA_BY_THE_DAY
    ]
    by_day = [o for _, o in claim.beside(line) if o.code == ANESTHESIA_BY_THE_DAY]
    if line.code in _QUALIFYING:
        if not given:
            message = f"{line.code} is added to anesthesia alone"
            _say(claim, "deny", (number,), "CPT qualifying circumstances", message, drop(number))
        elif claim.context.programme in MEDICARE:
            message = "Medicare pays no qualifying circumstances beside anesthesia"
            _say(claim, "deny", (number,), _PAID, message, drop(number))
        return
    apart = any(m in DISTINCT for m in line.modifiers)
    if family(line.code) & EVALUATION and line.code not in _CRITICAL:
        if (given or by_day) and not {"25", "24", "57"} & set(line.modifiers):
            message = "visits before and after belong to anesthesia"
            _say(claim, "deny", (number,), "NCCI Policy Manual II.B.3", message, drop(number))
    elif given and (within(line.code, WITHIN_ANESTHESIA) or within(line.code, FOR_PAIN_AFTERWARDS)):
        message = "part of anesthesia by the same practitioner"
        if apart:
            message += "; the modifier says apart, which the record has to support"
        fixes = () if apart else (drop(number),)
        _say(claim, "warn" if apart else "deny", (number,), _PARTS, message, *fixes)
