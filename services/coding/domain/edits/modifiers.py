"""Modifiers that may open an edit, and where on the body they say that a service was done.

NCCI Policy Manual I.E; 22, 76 and 77 open no edit between two codes.
"""

from collections.abc import Iterable

from services.coding.domain.edits.code_families import EVALUATION, LABORATORY, family

_LEFT_DIGITS = ("FA", "F1", "F2", "F3", "F4", "TA", "T1", "T2", "T3", "T4", "E1", "E2")
_RIGHT_DIGITS = ("F5", "F6", "F7", "F8", "F9", "T5", "T6", "T7", "T8", "T9", "E3", "E4")
_ARTERIES = ("LC", "LD", "LM", "RC", "RI")
ANATOMIC = frozenset(("LT", "RT", *_LEFT_DIGITS, *_RIGHT_DIGITS, *_ARTERIES))
DISTINCT = ("XE", "XS", "XP", "XU", "59")
GLOBAL_SURGERY = ("58", "78", "79")
FOR_EVALUATION = ("24", "25", "57")
OPENS_PAIRS = ANATOMIC | frozenset((*DISTINCT, *GLOBAL_SURGERY, *FOR_EVALUATION, "27", "91"))
_WITHIN = {
    **dict.fromkeys(_LEFT_DIGITS, "LT"),
    **dict.fromkeys(_RIGHT_DIGITS, "RT"),
}


def sites(modifiers: Iterable[str]) -> frozenset[str]:
    """The anatomic modifiers among these; 50 is both sides."""
    found: set[str] = set()
    for modifier in modifiers:
        if modifier == "50":
            found.update(("LT", "RT"))
        elif modifier in ANATOMIC:
            found.add(modifier)
    return frozenset(found)


def apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether no site of one is, holds or lies in a site of the other."""
    return not any(a == b or _WITHIN.get(a) == b or _WITHIN.get(b) == a for a in one for b in other)


def opened_by(
    one: str,
    one_modifiers: tuple[str, ...],
    other: str,
    other_modifiers: tuple[str, ...],
    *,
    facility: bool,
) -> str:
    """The modifier that lets two codes of an edit stand together; empty when none does.

    It may stand on either code. A visit is opened by 24, 25 or 57 on it, and between two visits of
    a hospital by 27. Anatomic modifiers open only where the sites differ (I.E).
    """
    visits = [
        modifiers
        for code, modifiers in ((one, one_modifiers), (other, other_modifiers))
        if family(code) & EVALUATION
    ]
    if visits:
        wanted = (*FOR_EVALUATION, "27") if facility and len(visits) == 2 else FOR_EVALUATION
        return next((m for carried in visits for m in wanted if m in carried), "")
    if not one_modifiers and not other_modifiers:
        return ""
    carried = (*one_modifiers, *other_modifiers)
    for modifier in (*DISTINCT, *GLOBAL_SURGERY):
        if modifier in carried:
            return modifier
    for code, modifiers in ((one, one_modifiers), (other, other_modifiers)):
        if "91" in modifiers and family(code) & LABORATORY:
            return "91"
    here, there = sites(one_modifiers), sites(other_modifiers)
    if (here or there) and apart(here, there):
        for modifier in carried:
            if modifier in ANATOMIC:
                return modifier
    return ""
