"""Office procedures as notes tell them in sentences, by what was done, with what, and where.

The names of the procedure set are looked for as they stand; here are verbs and parts of the body in
any order. Sizes of joints: large 20610, intermediate 20605, small 20600; with ultrasound 20611,
20606, 20604 (CPT). Counselling to quit tobacco counts from more than 3 minutes and from more than
10 (NCD 210.4.1); care planning from 16 (CPT midpoint rule).
"""

import re
from typing import NamedTuple


class Told(NamedTuple):
    """A procedure's code as a sentence tells it."""

    code: str


_GAP = r"[^.;\n]{0,80}"
_LARGE = r"(?:knees?|shoulders?|hips?|subacromial|gleno-?humeral|trochanteric|sacroiliac)"
_MIDDLE = r"(?:elbows?|wrists?|ankles?|acromio-?clavicular|ac joint|olecranon|temporomandibular)"
_SMALL = r"(?:fingers?|thumb|toes?|mcp|pip|dip|cmc|mtp|interphalangeal|metacarpophalangeal)"
_INJECT = r"(?:inject(?:ed|ion|ions|ing)|aspirat(?:ed|ion)|arthrocentesis)"
_SOUND = re.compile(r"\b(?:ultrasound|sonograph\w*|us)[- ]guid", re.IGNORECASE)


def _both_ways(one: str, other: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{one})\b{_GAP}\b(?:{other})\b|\b(?:{other})\b{_GAP}\b(?:{one})\b", re.IGNORECASE
    )


_LARGE_NAMED = re.compile(r"\b(?:knees?|shoulders?|hips?)\b", re.IGNORECASE)
_JOINTS = (
    (_both_ways(_LARGE, _INJECT), "20610", "20611"),
    (_both_ways(_MIDDLE, _INJECT), "20605", "20606"),
    (_both_ways(_SMALL, _INJECT), "20600", "20604"),
)

_COLD = r"(?:cryotherapy|liquid nitrogen|cryosurgery|cryo|frozen|froze|destroyed|destruction)"
_REMOVED = r"(?:removed|removal|extracted|extraction|cleared|disimpact\w+)"
_PROSE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        _both_ways(r"trigger finger|tendon sheath|plantar fascia\w*|de quervain\w*", _INJECT),
        "20550",
    ),
    (_both_ways(r"carpal tunnel", _INJECT), "20526"),
    (_both_ways(r"trigger points?", _INJECT), "20552"),
    (_both_ways(r"actinic keratos[ei]s|aks?", _COLD), "17000"),
    (_both_ways(r"warts?|verruca\w*|molluscum|condyloma\w*", _COLD), "17110"),
    (_both_ways(r"(?:shave|tangential)", r"biops(?:y|ies|ied)"), "11102"),
    (_both_ways(r"punch", r"biops(?:y|ies|ied)"), "11104"),
    (_both_ways(r"skin tags?|acrochordons?", r"(?:removed|removal|snipped|excised)"), "11200"),
    (
        _both_ways(
            r"(?:cerumen|ear ?wax)",
            r"(?:curette?|curet\w*|forceps|loop|spoon|suction|instrument\w*)",
        ),
        "69210",
    ),
    (_both_ways(r"(?:cerumen|ear ?wax|ears?)", r"(?:irrigat\w+|lavage)"), "69209"),
    (_both_ways(r"(?:iud|intrauterine device)", r"(?:insert\w+|placed|placement)"), "58300"),
    (_both_ways(r"(?:iud|intrauterine device)", _REMOVED), "58301"),
    (
        _both_ways(r"(?:nexplanon|contraceptive (?:implant|rod))", r"(?:insert\w+|placed)"),
        "11981",
    ),
    (_both_ways(r"(?:nexplanon|contraceptive (?:implant|rod))", _REMOVED), "11982"),
    (
        _both_ways(r"abscess\w*", r"(?:incised|incision|drained|drainage|i\s?(?:&|and)\s?d)"),
        "10060",
    ),
    (_both_ways(r"(?:toe|finger)?nails?", r"(?:avuls\w+|partially removed)"), "11730"),
    (
        _both_ways(r"(?:epistaxis|nose ?bleed|nasal)", r"(?:cauter\w+|silver nitrate)"),
        "30901",
    ),
)
# A quick look before any pattern: a word of each.
_WORDS = frozenset(
    (
        *("inject", "aspirat", "arthrocent", "cryo", "nitrogen", "froze", "destr", "biops"),
        *("tag", "acrochord", "cerumen", "wax", "lavage", "irrigat", "iud", "intrauterine"),
        *("nexplanon", "contraceptive", "abscess", "avuls", "nail", "cauter", "silver"),
    )
)
_QUIT = re.compile(
    r"\b(?:smok\w+|tobacco|nicotine|cigarettes?|vaping)\b[^.;\n]{0,80}\bcounsel\w*|\bcounsel\w*"
    r"[^.;\n]{0,80}\b(?:smok\w+|tobacco|nicotine|cigarettes?|vaping)\b",
    re.IGNORECASE,
)
_PLANNING = re.compile(r"\badvance (?:care|directive)s? (?:planning|discuss\w+)\b", re.IGNORECASE)
_MINUTES = re.compile(r"\b(?P<minutes>\d{1,3})\s*-?\s*min(?:ute)?s?\b", re.IGNORECASE)
_LEAST_TO_QUIT, _LONG_TO_QUIT, _LEAST_OF_PLANNING = 3, 10, 16


def told_procedure(text: str) -> Told | None:
    """The procedure that a sentence says was done; None for none, or for two of them."""
    lowered = text.lower()
    if not any(word in lowered for word in _WORDS):
        return None
    for pattern, code in _PROSE:
        if pattern.search(text) is not None:
            return Told(code)
    if len({match.lower().rstrip("s") for match in _LARGE_NAMED.findall(text)}) > 1:
        return None
    joints = [
        guided if _SOUND.search(text) else plain
        for pattern, plain, guided in _JOINTS
        if pattern.search(text)
    ]
    return Told(joints[0]) if len(joints) == 1 else None


def told_counselling(text: str) -> Told | None:
    """Counselling that a sentence times; None where it is too short, or not timed."""
    match = _MINUTES.search(text)
    if match is None:
        return None
    minutes = int(match["minutes"])
    if _QUIT.search(text) is not None and minutes > _LEAST_TO_QUIT:
        return Told("99407" if minutes > _LONG_TO_QUIT else "99406")
    if _PLANNING.search(text) is not None and minutes >= _LEAST_OF_PLANNING:
        return Told("99497")
    return None
