"""Modifiers that name a place on the body: sides, fingers, toes, eyelids (NCCI Manual I.E)."""

import re

SIDE_MODIFIER = {"left": "LT", "right": "RT", "bilateral": "50"}
_NAMES = {
    "thumb": 0, "first": 0, "1st": 0, "second": 1, "2nd": 1, "index": 1, "pointer": 1, "third": 2,
    "3rd": 2, "middle": 2, "long": 2, "fourth": 3, "4th": 3, "ring": 3, "fifth": 4, "5th": 4,
    "little": 4, "small": 4, "pinky": 4, "pinkie": 4, "great": 0, "big": 0, "hallux": 0,
}  # fmt: skip
_HAND = {"left": ("FA", "F1", "F2", "F3", "F4"), "right": ("F5", "F6", "F7", "F8", "F9")}
_FOOT = {"left": ("TA", "T1", "T2", "T3", "T4"), "right": ("T5", "T6", "T7", "T8", "T9")}
_LIDS = {("upper", "left"): "E1", ("lower", "left"): "E2", ("upper", "right"): "E3",
         ("lower", "right"): "E4"}  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")
DIGIT_MODIFIERS = frozenset((*_LIDS.values(), *(m for side in _HAND.values() for m in side),
                             *(m for side in _FOOT.values() for m in side)))  # fmt: skip


def digit_modifier(text: str, side: str) -> str:
    """FA to F9, TA to T9 or E1 to E4 for the digit or lid in ``text``; empty without one side."""
    words = _WORD.findall(text.lower())
    found = set(words)
    if side not in ("left", "right"):
        sides = found & {"left", "right"}
        if len(sides) != 1:
            return ""
        (side,) = sides
    if not found.isdisjoint(("eyelid", "lid", "eyelids")):
        level = "upper" if "upper" in found else "lower" if "lower" in found else ""
        return _LIDS.get((level, side), "")
    if found.isdisjoint(("toe", "hallux", "toenail", "thumb", "finger", "fingernail", "digit")):
        return ""
    foot = not found.isdisjoint(("toe", "hallux", "toenail", "foot"))
    numbers = {_NAMES[word] for word in words if word in _NAMES}
    if len(numbers) != 1:
        return ""
    return (_FOOT if foot else _HAND)[side][numbers.pop()]
