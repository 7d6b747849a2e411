"""Services that are counted by lesion or measured by length: from what was done to codes and units.

Code numbers and bounds only. Lengths of wounds repaired alike in one group of sites are added up
and reported once; the most complex group comes first (CPT repair guidelines; NCCI Manual III).
"""

import re
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec.structs import replace

from services.coding.domain.coding_result import Line

Complexity = Literal["simple", "intermediate"]


class Counted(NamedTuple):
    """A code and its units."""

    code: str
    units: int


class Wound(NamedTuple):
    """A repair as described: how, in which group of sites, and its length in centimetres."""

    complexity: Complexity
    group: str
    length: Decimal


# First code, its share, the add-on for each further one (or group of ten), and the code for many.
_FIRST_AND_MORE: dict[str, tuple[int, str, int]] = {
    "11102": (1, "11103", 1),
    "11104": (1, "11105", 1),
    "11106": (1, "11107", 1),
    "11200": (15, "11201", 10),
}
_BIOPSIES = ("11106", "11104", "11102")
_MANY: dict[str, tuple[int, str]] = {
    "17110": (15, "17111"),
    "11720": (6, "11721"),
    "20552": (3, "20553"),
}
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
            "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20}  # fmt: skip
_MANY_OF = re.compile(
    r"\b(?P<number>\d{1,2}|" + "|".join(_NUMBERS) + r")\s+"
    r"(?:(?!(?:[cm]m|mls?|cycles?|freez\w+|seconds?|minutes?|times?|x)\b)\w+\s+){0,2}?"
    r"(?:lesions?|keratos[ie]s|aks?|warts?|tags|nails|biopsies|muscles)\b",
    re.IGNORECASE,
)
_PREMALIGNANT, _PREMALIGNANT_MORE, _PREMALIGNANT_MANY = "17000", "17003", "17004"
_MANY_PREMALIGNANT = 15
_LENGTHS = tuple(Decimal(each) for each in ("2.5", "7.5", "12.5", "20", "30"))
_FACE_LENGTHS = tuple(Decimal(each) for each in ("2.5", "5", "7.5", "12.5", "20", "30"))
_REPAIRS: dict[tuple[str, str], tuple[tuple[Decimal, ...], tuple[str, ...]]] = {
    ("simple", "trunk"): (
        _LENGTHS,
        ("12001", "12002", "12004", "12005", "12006", "12007"),
    ),
    ("simple", "face"): (
        _FACE_LENGTHS,
        ("12011", "12013", "12014", "12015", "12016", "12017", "12018"),
    ),
    ("intermediate", "trunk"): (
        _LENGTHS,
        ("12031", "12032", "12034", "12035", "12036", "12037"),
    ),
    ("intermediate", "hands"): (
        _LENGTHS,
        ("12041", "12042", "12044", "12045", "12046", "12047"),
    ),
    ("intermediate", "face"): (
        _FACE_LENGTHS,
        ("12051", "12052", "12053", "12054", "12055", "12056", "12057"),
    ),
}
REPAIR_CODES = frozenset(code for _, codes in _REPAIRS.values() for code in codes)
_REPAIR = re.compile(
    r"\b(?:repair\w*|sutur\w*|closure|closed|stapl\w*|dermabond|skin glue)\b", re.IGNORECASE
)
_WOUND = re.compile(r"\b(?:laceration|wound|cut)\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?<![\d.])(?P<number>\d{1,3}(?:\.\d{1,2})?)[\s-]*(?P<unit>cm|centimet(?:er|re)s?|mm|"
    r"millimet(?:er|re)s?)\b",
    re.IGNORECASE,
)
_FACE = re.compile(
    r"\b(?:face|facial|cheek|chin|forehead|ears?|eyelids?|eyebrow|brow|nose|nasal|lips?|mucous)\b",
    re.IGNORECASE,
)
_HANDS = re.compile(
    r"\b(?:neck|hands?|fingers?|thumb|palm|foot|feet|toes?|genital\w*|penis|scrotum|vulva)\b",
    re.IGNORECASE,
)
_LAYERED = re.compile(r"\b(?:layered|intermediate|two[- ]layers?|deep layer|subcutaneous)\b", re.I)
_COMPLEX = re.compile(r"\bcomplex\b", re.IGNORECASE)


def is_counted(code: str) -> bool:
    """Whether a code is the first of several, or changes with their number."""
    return code == _PREMALIGNANT or code in _FIRST_AND_MORE or code in _MANY


def number_in(text: str) -> int:
    """How many lesions, nails or muscles the words count; 1 where they count none."""
    match = _MANY_OF.search(text)
    if match is None:
        return 1
    number = match["number"].lower()
    return max(int(number) if number.isdigit() else _NUMBERS[number], 1)


def without_number(text: str) -> str:
    """The words without what they count: "debridement of nails" for "debridement of 8 nails"."""
    match = _MANY_OF.search(text)
    return text if match is None else text[: match.start("number")] + text[match.end("number") :]


def counted(code: str, units: int) -> tuple[Counted, ...]:
    """How ``units`` lesions, nails or muscles of a first code are reported; others as they are."""
    if code == _PREMALIGNANT and units > 1:
        if units >= _MANY_PREMALIGNANT:
            return (Counted(_PREMALIGNANT_MANY, 1),)
        return Counted(code, 1), Counted(_PREMALIGNANT_MORE, units - 1)
    if code in _FIRST_AND_MORE:
        share, more, step = _FIRST_AND_MORE[code]
        if units > share:
            return Counted(code, 1), Counted(more, -(-(units - share) // step))
        return (Counted(code, 1),)
    if code in _MANY:
        least, many = _MANY[code]
        return (Counted(many if units >= least else code, 1),)
    return (Counted(code, units),)


def wound_of(text: str) -> Wound | None:
    """The simple or intermediate repair that ``text`` describes with its length; else None."""
    if not (_REPAIR.search(text) and _WOUND.search(text)) or _COMPLEX.search(text):
        return None
    lengths = list(_LENGTH.finditer(text))
    if len(lengths) != 1:
        return None
    number = Decimal(lengths[0]["number"])
    if lengths[0]["unit"].lower().startswith("m"):
        number = number / 10
    complexity: Complexity = "intermediate" if _LAYERED.search(text) else "simple"
    if _FACE.search(text):
        group = "face"
    elif complexity == "intermediate" and _HANDS.search(text):
        group = "hands"
    else:
        group = "trunk"
    return Wound(complexity, group, number) if number > 0 else None


def repair_code(complexity: str, group: str, length: Decimal) -> str:
    """The code for wounds of one group whose lengths add up to ``length`` centimetres."""
    bounds, codes = _REPAIRS[complexity, group]
    return codes[sum(1 for bound in bounds if length > bound)]


def one_first_biopsy(lines: list[Line]) -> list[Line]:
    """Of biopsies by several techniques one is the first: incision, then punch, then tangential.

    Those of the others are each a further one (CPT biopsy guidelines; NCCI Policy Manual III).
    """
    firsts = [code for code in _BIOPSIES if any(line.code == code for line in lines)]
    if len(firsts) < 2:
        return lines
    further = {code: _FIRST_AND_MORE[code][1] for code in firsts[1:]}
    units: dict[str, int] = {}
    for line in lines:
        code = further.get(line.code, line.code)
        units[code] = units.get(code, 0) + line.units
    found: list[Line] = []
    later = {*further, *further.values()}
    for line in sorted(lines, key=lambda each: each.code in later):
        code = further.get(line.code, line.code)
        if code not in further.values():
            found.append(line)
        elif all(each.code != code for each in found):
            found.append(replace(line, code=code, units=units[code]))
    return found
