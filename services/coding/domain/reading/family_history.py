"""Family history as the codes of category Z80-Z84 (ICD-10-CM Official Guidelines I.C.21.c.4)."""

import re

_SAID = re.compile(
    r"\s*(?:strong |positive |significant |known )?(?:family (?:medical )?"
    r"(?:history|hx)|fam(?:ily)? (?:hx|hist)|fm?hx|familial history)"
    r"(?: (?:is )?(?:significant|positive|notable))?"
    r"(?: of| for)?\s*:?\s*",
    re.IGNORECASE,
)
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


def named_of_the_family(text: str, code: str) -> str:
    """The code for a family history of ``code``, where the text says that it is one; else ""."""
    if _SAID.match(text) is None:
        return ""
    fits = [(len(prefix), given) for prefix, given in _CODES if code.startswith(prefix)]
    return max(fits)[1] if fits else ""
