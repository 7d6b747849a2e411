"""Personal and family history as codes Z80-Z87 (ICD-10-CM Official Guidelines I.C.21.c.4)."""

import re

from services.coding.domain.reading.assertion import triggers

_SAID = re.compile(
    r"\s*(?:strong |positive |significant |known )?(?:family (?:medical )?"
    r"(?:history|hx)|fam(?:ily)? (?:hx|hist)|fm?hx|familial history)"
    r"(?: (?:is )?(?:significant|positive|notable))?"
    r"(?: of| for)?\s*:?\s*",
    re.IGNORECASE,
)
HISTORY = re.compile(
    r"\s*(?:(?:past|prior|previous|remote|personal|known|distant) )?(?:medical )?(?:history of|h/o|"
    r"hx of|hx)(?!\w)\s*:?\s*(?:an? |prior |remote )?",
    re.IGNORECASE,
)
_PAST_CODES = (
    ("C15", "Z85.01"), ("C16", "Z85.028"), ("C17", "Z85.068"), ("C18", "Z85.038"),
    ("C19", "Z85.048"), ("C20", "Z85.048"), ("C21", "Z85.048"), ("C22", "Z85.05"),
    ("C25", "Z85.07"), ("C32", "Z85.21"), ("C34", "Z85.118"), ("C43", "Z85.820"),
    ("C44", "Z85.828"), ("C50", "Z85.3"), ("C53", "Z85.41"), ("C54", "Z85.42"), ("C55", "Z85.42"),
    ("C56", "Z85.43"), ("C61", "Z85.46"), ("C62", "Z85.47"), ("C64", "Z85.528"), ("C67", "Z85.51"),
    ("C71", "Z85.841"), ("C73", "Z85.850"), ("C81", "Z85.71"), ("C82", "Z85.72"),
    ("C83", "Z85.72"), ("C85", "Z85.72"), ("C90", "Z85.79"), ("C91", "Z85.6"), ("C92", "Z85.6"),
    ("C95", "Z85.6"), ("I21", "I25.2"), ("I63", "Z86.73"), ("G45.9", "Z86.73"), ("I26", "Z86.711"),
    ("I82", "Z86.718"), ("U07.1", "Z86.16"), ("J18", "Z87.01"), ("N20", "Z87.442"),
    ("N39.0", "Z87.440"), ("K27", "Z87.11"), ("K25", "Z87.11"), ("F17", "Z87.891"),
    ("O24.4", "Z86.32"), ("A15", "Z86.11"), ("K80", "Z87.19"), ("K57", "Z87.19"),
)  # fmt: skip
# The disease by the beginning of its code, the longest first that fits, and its Z code.
_CODES = (
    ("C15", "Z80.0"), ("C16", "Z80.0"), ("C17", "Z80.0"), ("C18", "Z80.0"), ("C19", "Z80.0"),
    ("C2", "Z80.0"), ("C33", "Z80.1"), ("C34", "Z80.1"), ("C3", "Z80.2"), ("C50", "Z80.3"),
    ("C56", "Z80.41"), ("C61", "Z80.42"), ("C62", "Z80.43"), ("C51", "Z80.49"), ("C52", "Z80.49"),
    ("C53", "Z80.49"), ("C54", "Z80.49"), ("C55", "Z80.49"), ("C57", "Z80.49"), ("C60", "Z80.49"),
    ("C63", "Z80.49"), ("C64", "Z80.51"), ("C67", "Z80.52"), ("C65", "Z80.59"), ("C66", "Z80.59"),
    ("C68", "Z80.59"), ("C91", "Z80.6"), ("C92", "Z80.6"), ("C93", "Z80.6"), ("C94", "Z80.6"),
    ("C95", "Z80.6"), ("C8", "Z80.7"), ("C90", "Z80.7"), ("C96", "Z80.7"), ("C43", "Z80.8"),
    ("C44", "Z80.8"), ("C71", "Z80.8"), ("C73", "Z80.8"), ("F10", "Z81.1"), ("F17", "Z81.2"),
    ("F20", "Z81.8"), ("F3", "Z81.8"), ("F4", "Z81.8"), ("G40", "Z82.0"), ("G20", "Z82.0"),
    ("G30", "Z82.0"), ("H54", "Z82.1"), ("H90", "Z82.2"), ("H91", "Z82.2"), ("I6", "Z82.3"),
    ("I10", "Z82.49"), ("I11", "Z82.49"), ("I20", "Z82.49"), ("I21", "Z82.49"), ("I25", "Z82.49"),
    ("I42", "Z82.49"), ("I48", "Z82.49"), ("I50", "Z82.49"), ("I51", "Z82.49"), ("J45", "Z82.5"),
    ("J44", "Z82.5"), ("M81", "Z82.62"), ("M05", "Z82.61"), ("M06", "Z82.61"), ("M19", "Z82.61"),
    ("Q61", "Z82.71"), ("D5", "Z83.2"), ("D6", "Z83.2"), ("E08", "Z83.3"), ("E10", "Z83.3"),
    ("E11", "Z83.3"), ("E13", "Z83.3"), ("E0", "Z83.49"), ("E78.0", "Z83.42"), ("E2", "Z83.49"),
    ("H40", "Z83.511"), ("K50", "Z83.79"), ("K51", "Z83.79"), ("N18", "Z84.1"),
    ("N20", "Z84.1"), ("L40", "Z84.0"), ("L20", "Z84.0"),
)  # fmt: skip

_OF_A_RELATIVE = re.compile(
    r"\b(?:mother|father|sister|brother|sibling|parent|grand(?:mother|father|parent|ma|pa)|aunt|uncle|"
    r"mom|dad|mum)s?\b(?:[^.;,]{0,30}?)\b(?:had|has|have|with|died (?:of|from)|diagnosed with)\b"
    r"[^.;]{0,40}$",
    re.IGNORECASE,
)
_TREATED = re.compile(
    r"\b(?:on (?!exam|the |his |her |a |\d)[a-z]{4,}|continu\w+|stable (?:on|with)|controlled|"
    r"managed (?:with|on|by)|takes|taking|refill\w*|maintained on|treated with|increase|decrease|"
    r"medications?|inhaler|insulin|compliant|dose|flares?|adjust|titrate|regimen)\b",
    re.IGNORECASE,
)
_STOPPED = re.compile(r"\b(?:off|stopped|discontinued|no longer|resolved|cured|not on)\b", re.I)
# Diseases that treatment controls and does not end.
_CHRONIC = (
    "B18", "B20", "D50", "D51", "D57", "D86", "E0", "E10", "E11", "E13", "E2", "E55", "E66", "E78",
    "E85", "F1", "F2", "F3", "F4", "F5", "F9", "G2", "G3", "G4", "G62", "H40", "I1", "I25.1", "I27",
    "I42", "I48", "I50", "I73", "J30", "J41", "J42", "J43", "J44", "J45", "J47", "K21", "K50",
    "K51", "K58", "K70", "K74", "L20", "L40", "L70", "L71", "M05", "M06", "M1", "M32", "M35",
    "M45", "M79.7", "M80", "M81", "N18", "N40", "N80",
)  # fmt: skip


def is_chronic(code: str) -> bool:
    """Whether treatment controls the disease and does not end it: what a history says of its kind
    or stage is so still.
    """
    return code.startswith(_CHRONIC)


def is_still_treated(code: str, story: str) -> bool:
    """Whether what is told of a chronic disease says that it is treated: then it is no history."""
    return (
        is_chronic(code) and _TREATED.search(story) is not None and _STOPPED.search(story) is None
    )


def named_of_the_family(text: str, code: str) -> str:
    """The code for a family history of ``code``, where the text says that it is one; else ""."""
    return _of(_CODES, code) if _SAID.match(text) else ""


def named_of_a_relative(text: str, start: int, code: str) -> str:
    """The code for a family history of ``code``, named at ``start`` of a sentence that says of a
    blood relative that they have it; "" where it says anything else.
    """
    if _OF_A_RELATIVE.search(text[:start]) is None:
        return ""
    if not {each.kind for each in triggers(text)} <= {"family", "historical"}:
        return ""
    return _of(_CODES, code)


def named_of_the_past(code: str) -> str:
    """The code for a personal history of ``code``; "" where the disease has none of its own."""
    return _of(_PAST_CODES, code)


def _of(codes: tuple[tuple[str, str], ...], code: str) -> str:
    fits = [(len(prefix), given) for prefix, given in codes if code.startswith(prefix)]
    return max(fits)[1] if fits else ""
