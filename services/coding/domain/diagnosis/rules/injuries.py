"""Injuries, fractures and burns (I.C.19.a-d)."""

import re

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis import told_seventh
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_CHAPTER = ("S", "T0", "T1", "T2", "T3")
_BURNS = ("T20", "T21", "T22", "T23", "T24", "T25")
_FRACTURES = ("S02", "S12", "S22", "S32", "S42", "S49", "S52", "S59", "S62", "S72", "S79")
_MORE_FRACTURES = ("S82", "S89", "S92", "S99", "M80", "M84")
_SUPERFICIAL = {"0": ("1", "2", "3", "4", "5", "6", "7", "8")}
_SURFACE = re.compile(
    r"\b(?P<share>\d{1,2})\s*(?:%|percent\b)\s*(?:of\s+)?(?:the\s+)?"
    r"(?:tbsa|total body|body surface|bsa)\b",
    re.IGNORECASE,
)
_THIRD = re.compile(
    r"\b(?P<share>\d{1,2})\s*(?:%|percent)[^.;]{0,25}(?:third|3rd|full)", re.IGNORECASE
)
_DEGREES = ("unspecified degree", "first degree", "second degree", "third degree")


@rule("fracture-healing", "I.C.19.c.1", *_FRACTURES, *_MORE_FRACTURES)
def healing(listing: Listing, context: Context, mark: str) -> Listing:
    """Nonunion, malunion, delayed healing and open fractures have their own seventh characters."""
    for each in listing.of(*_FRACTURES, *_MORE_FRACTURES):
        node = context.node(each.code)
        if node is None or len(each.code) != 8 or "EHR code valid on the date" in each.rules:
            continue
        said = context.said_of(each)
        ending = told_seventh.healing(said, each.code[-1], node.sevenths)
        if ending != each.code[-1]:
            listing = listing.recoded(each, each.code[:-1] + ending, mark)
    return listing


@rule("superficial-injury", "I.C.19.b", *(f"S{site}0" for site in range(10)))
def superficial(listing: Listing, _: Context, mark: str) -> Listing:
    """An abrasion or bruise of the site of a graver injury is not coded."""
    gone = [
        each
        for each in listing.of(*(f"S{site}0" for site in range(10)))
        if any(
            other.code.startswith(f"{each.code[:2]}{kind}") and _same_side(each, other)
            for kind in _SUPERFICIAL["0"]
            for other in listing.diagnoses
        )
    ]
    return listing.dropped("combined", mark, gone)


def _same_side(one: Diagnosis, other: Diagnosis) -> bool:
    first, second = one.code.replace(".", "")[5:6], other.code.replace(".", "")[5:6]
    sides = {first, second}
    return not {"1", "2"} <= sides


@rule("highest-degree", "I.C.19.d.2", *_BURNS)
def highest(listing: Listing, context: Context, mark: str) -> Listing:
    """Burns of one site and side are coded once, to the highest degree."""
    gone = [
        each
        for each in listing.of(*_BURNS)
        if any(
            other is not each
            and other.code[:3] == each.code[:3]
            and _same_place(each, other)
            and _degree(context, other) > _degree(context, each)
            for other in listing.of(*_BURNS)
        )
    ]
    return listing.dropped("combined", mark, gone)


def _same_place(one: Diagnosis, other: Diagnosis) -> bool:
    first, second = one.code.replace(".", "")[4:6], other.code.replace(".", "")[4:6]
    same_part = first[0] == second[0]
    return same_part and (first[1] == second[1] or "9" in (first[1], second[1]))


def _degree(context: Context, diagnosis: Diagnosis) -> int:
    title = context.title(diagnosis.code)
    return next((number for number, name in enumerate(_DEGREES) if name in title), 0)


@rule("extent-of-burn", "I.C.19.d.6", *_BURNS, said=("tbsa", "bsa", "surface", "body"))
def extent(listing: Listing, context: Context, mark: str) -> Listing:
    """The share of the body surface, and of third degree, where they are documented."""
    if listing.has("T31"):
        return listing
    match = _SURFACE.search(context.affirmed(_SURFACE))
    if match is None:
        return listing
    total = min(int(match["share"]) // 10, 9)
    deep = _THIRD.search(context.affirmed(_THIRD))
    third = min(int(deep["share"]) // 10, total) if deep is not None else 0
    code = "T31.0" if total == 0 else f"T31.{total}{third}"
    burn = listing.of(*_BURNS)[-1]
    return listing.added(code, mark, burn, 880) if context.exists(code) else listing


@rule("aftercare-is-the-injury", "I.C.21.c.7", "Z47.89", "Z48", "Z51.89", "Z47.1")
def aftercare(listing: Listing, _: Context, mark: str) -> Listing:
    """Aftercare of an injury is the injury's code with the character for subsequent care."""
    injuries = [each for each in listing.of(*_CHAPTER) if len(each.code) == 8]
    if not injuries:
        return listing
    listing = listing.dropped("combined", mark, listing.of("Z47.89", "Z48", "Z51.89"))
    for each in injuries:
        if each.code[-1] == "A" and "EHR code valid on the date" not in each.rules:
            listing = listing.recoded(each, f"{each.code[:-1]}D", mark)
    return listing


@rule("sequela", "I.B.10", *_CHAPTER)
def sequela(listing: Listing, _: Context, mark: str) -> Listing:
    """What is left of an injury comes first, the injury with S after it."""
    late = [each for each in listing.of(*_CHAPTER) if each.code[-1] == "S"]
    others = [
        each
        for each in listing.diagnoses
        if each not in late and each.code[0] not in "ZVWXY" and each.code[:1] != "S"
    ]
    if not late or not others:
        return listing
    for each in late:
        if listing.diagnoses.index(each) < listing.diagnoses.index(others[0]):
            listing = listing.led_by(others[0], (each.code,)).noted(each, mark)
    return listing


RULES: tuple[Rule, ...] = (healing, superficial, highest, extent, aftercare, sequela)
