"""A patient who does not follow the regimen, as a problem of its own (index: Noncompliance)."""

import re

_NOT_FOLLOWED = re.compile(
    r"\s*(?:patient's\s+|poor\s+|medication\s+|drug\s+)*(?:non-?\s?(?:compliance|compliant|adherence|"
    r"adherent)|(?:poor|inadequate|inconsistent)\s+(?:compliance|adherence))\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_MEDICINES = re.compile(r"\bmedic\w*|\bmeds?\b|\bdrug|\bpills?\b|\bprescri\w+", re.IGNORECASE)
_DIET = re.compile(r"\bdiet\w*", re.IGNORECASE)
_DIALYSIS = re.compile(r"\bdialysis\b|\bhd\b", re.IGNORECASE)
_COST = re.compile(r"\b(?:cost|afford|financ\w*|expens\w*|insurance|money)\b", re.IGNORECASE)


def regimen_code(text: str) -> str:
    """Z91.1 for a text that says that a regimen is not followed; "" for any other."""
    match = _NOT_FOLLOWED.fullmatch(text)
    if match is None:
        return ""
    cost = _COST.search(match["rest"]) is not None
    if _DIALYSIS.search(text):
        return "Z91.151" if cost else "Z91.158"
    if _DIET.search(text):
        return "Z91.110" if cost else "Z91.119"
    if _MEDICINES.search(text):
        return "Z91.141" if cost else "Z91.148"
    return "Z91.190" if cost else "Z91.199"
