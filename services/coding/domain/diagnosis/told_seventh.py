"""Seventh characters that the words of a line tell: how a fracture heals, how far an eye is.

Sources: ICD-10-CM Official Guidelines I.C.19.c.1 (nonunion, malunion, delayed healing, open
fractures), I.C.7.a (stage of glaucoma); the tabular list at H34.81, H34.83, H35.31 and H35.32.
"""

import re

_HEALING = (
    (re.compile(r"\bnon[- ]?union\b", re.IGNORECASE), "K"),
    (re.compile(r"\bmal[- ]?union\b", re.IGNORECASE), "P"),
    (re.compile(r"\bdelayed (?:healing|union)\b", re.IGNORECASE), "G"),
)
_OPEN = re.compile(r"\b(?:open|compound)\b(?! reduction)", re.IGNORECASE)
_FRACTURES = re.compile(r"[SM]\d\d.{5}")
_NEW_VESSELS = r"(?:cnv|choroidal neovasculari[sz]ation|neovascular\w*|lesion|disease)"
_OF_EYES: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "H35.31": (
        (re.compile(r"\b(?:early|mild)\b", re.IGNORECASE), "1"),
        (re.compile(r"\bintermediate\b", re.IGNORECASE), "2"),
        (re.compile(r"\bwithout subfoveal\b|\bextrafoveal\b|\bnon-?subfoveal\b", re.IGNORECASE),
         "3"),
        (re.compile(r"\bsubfoveal\b", re.IGNORECASE), "4"),
        (re.compile(r"\badvanced\b|\bgeographic atrophy\b", re.IGNORECASE), "3"),
    ),
    "H35.32": (
        (re.compile(r"\bscar", re.IGNORECASE), "3"),
        (re.compile(rf"\binactive\b|\bregressed\b|\binvoluted {_NEW_VESSELS}", re.IGNORECASE),
         "2"),
        (re.compile(rf"\bactive\b(?:\s+\w+)?\s+{_NEW_VESSELS}|\bactive\s*$", re.IGNORECASE), "1"),
    ),
    "H34.81": (
        (re.compile(r"\b(?:without|w/o|no)\s+(?:macular edema|c?me)\b", re.IGNORECASE), "2"),
        (re.compile(r"\bmacular (?:o?edema)\b|\bC?ME\b"), "0"),
        (re.compile(r"\bneovascular", re.IGNORECASE), "1"),
        (re.compile(r"\bstable\b|\bold\b", re.IGNORECASE), "2"),
    ),
}  # fmt: skip
_OF_EYES["H34.83"] = _OF_EYES["H34.81"]
EYES = tuple(_OF_EYES)


def healing(said: str, now: str, allowed: str) -> str:
    """The seventh character of a fracture by the words said of it; ``now`` where they say none."""
    for pattern, ending in _HEALING:
        if pattern.search(said) and ending in allowed:
            return ending
    if now == "A" and "B" in allowed and _OPEN.search(said):
        return "B"
    if now == "D" and "E" in allowed and _OPEN.search(said):
        return "E"
    return now


def of_the_eye(code: str, said: str) -> str:
    """The seventh character of macular degeneration or of a closed retinal vein; "" if not told."""
    for pattern, ending in _OF_EYES.get(code[:6], ()):
        if pattern.search(said):
            return ending
    return ""


def told(code: str, allowed: str, said: str) -> str:
    """``code`` with the seventh character that ``said`` tells, where it tells one."""
    if len(code) != 8:
        return code
    if _FRACTURES.fullmatch(code) and "K" in allowed:
        return code[:-1] + healing(said, code[-1], allowed)
    ending = of_the_eye(code, said)
    return code[:-1] + ending if ending and ending in allowed else code
