"""ICD-10-CM codes that a provider writes beside the words ("Essential hypertension (I10)").

The words decide; a code that agrees with them may say more, one that does not is for a coder.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.specificity import is_billable
from services.coding.domain.reading.naming import Named

_CODE = r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-TV-Z]{1,4})?"
_CODE_BEGINS = re.compile(r"[A-TV-Z]\d[0-9AB]")
_WRITTEN = re.compile(
    rf"[(\[]\s*(?:ICD(?:-?10)?(?:-?CM)?\s*(?:code)?:?\s*)?(?P<bracketed>{_CODE})\s*[)\]]|"
    rf"(?:\bICD(?:-?10)?(?:-?CM)?\s*(?:code)?:?\s*)(?P<labelled>{_CODE})\b|"
    rf"(?:^|(?<=[\s,;]))(?P<dotted>[A-TV-Z]\d[0-9AB]\.[0-9A-TV-Z]{{1,4}})(?:\s*[-\u2013:](?=\s)|\b)|"
    rf"^(?P<leading>[A-TV-Z]\d[0-9AB])(?:\s*[-\u2013:](?=\s)|(?=\s+[A-Z][a-z]))"
)
_ASIDE = re.compile(
    r"\((?:(?:CMS[-/ ]?)?HCC|primary(?: encounter)?(?: diagnosis)?|chronic|acute|active|new|"
    r"(?:hb?a1c|a1c|bmi|bp|ldl|e?gfr|ef|lvef|tsh|inr|cr|phq-?9|gad-?7)\b[^()]{0,40}\d[^()]{0,20})\)",
    re.IGNORECASE,
)
_DISAGREES = 700
_AGREES = 960


def masked(text: str, codes: DiagnosisCodes | None) -> tuple[str, tuple[str, ...]]:
    """``text`` with blanks for the codes written in it, and these codes; no character moves."""
    for aside in _ASIDE.finditer(text) if "(" in text else ():
        start, end = aside.span()
        text = text[:start] + " " * (end - start) + text[end:]
    if codes is None or _CODE_BEGINS.search(text) is None:
        return text, ()
    stated: list[str] = []
    for match in _WRITTEN.finditer(text):
        code = next(group for group in match.groups() if group is not None)
        if not is_billable(codes, code) and codes.node(code) is None:
            continue
        stated.append(code)
        start, end = match.span()
        text = text[:start] + " " * (end - start) + text[end:]
    return text, tuple(stated)


def agreed(named: Named, stated: Sequence[str], codes: DiagnosisCodes | None) -> Named:
    """The named code in the light of those written beside it."""
    if not stated or codes is None:
        return named
    alike = [code for code in stated if code[:3] == named.code[:3]]
    if len(alike) == 1 and is_billable(codes, alike[0]):
        return Named(alike[0], max(named.confidence, _AGREES), "code and words of the note")
    if alike:
        return named
    return replace(named, confidence=min(named.confidence, _DISAGREES))
