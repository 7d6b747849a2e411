"""The coma scale beside an injury of the head, as the documentation scores it (I.C.18.e).

Eyes, speech and movement where all three are told, else the total. Any clinician may have scored
it (I.B.14); of a patient who is sedated nothing is reported. The first score that is told counts.
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_HEAD = ("S02.0", "S02.1", "S06")
_SCALE = ("R40.21", "R40.22", "R40.23", "R40.24")
_WORDS = frozenset(("gcs", "glasgow"))
_NAMED = re.compile(r"\bgcs\b|\bglasgow(?: coma)?(?: scale| score)?\b", re.IGNORECASE)
_PARTS = re.compile(
    r"\be(?:yes?)?(?: opening)?\s*[:=]?\s*(?P<eyes>[1-4])[\s,;/+]*"
    r"v(?:erbal)?(?: response)?\s*[:=]?\s*(?P<verbal>[1-5])[\s,;/+]*"
    r"m(?:otor)?(?: response)?\s*[:=]?\s*(?P<motor>[1-6])\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:\bgcs\b|\bglasgow(?: coma)?(?: scale| score)?(?: score)?\b)[^\d.;]{0,30}?"
    r"(?P<total>1[0-5]|[3-9])(?:\s*/\s*15)?(?![\d.]|\s*-|[tT]\b)",
    re.IGNORECASE,
)
_SEDATED = re.compile(
    r"\b(?:sedat\w+|paraly[sz]\w+|induced coma|intubat\w+|propofol)\b", re.IGNORECASE
)
_WHEN = (
    (re.compile(r"\b(?:in the field|(?:at|on) (?:the )?scene|ems|emts?|pre-?hospital|medics?|"
                r"paramedics?|ambulance)\b", re.IGNORECASE), "1"),
    (re.compile(r"\b(?:24|48|72) ?(?:hours|hrs|h) (?:after|post)|hospital day [2-9]", re.I), "4"),
    (re.compile(r"\b(?:on|at|upon) admission\b", re.IGNORECASE), "3"),
)  # fmt: skip
_ARRIVAL = re.compile(r"\b(?:arriv\w+|present\w+|triage)\b", re.IGNORECASE)
_TO_ED = re.compile(r"\b(?:ed|er|emergency)\b", re.IGNORECASE)
_RANGES = ((13, "R40.241"), (9, "R40.242"), (3, "R40.243"))


@rule("coma-scale", "I.C.18.e", *_HEAD)
def coma_scale(listing: Listing, context: Context, mark: str) -> Listing:
    """One code of each part of the scale, or one of the total, behind the injury."""
    if listing.has(*_SCALE) or context.words.isdisjoint(_WORDS):
        return listing
    injury = listing.of(*_HEAD)[-1]
    if injury.code[-1:] not in "AB":
        return listing
    for text in context.statements(_NAMED):
        codes = _scored(text, context)
        if codes:
            for code in reversed(codes):
                if context.exists(code):
                    listing = listing.added(code, mark, injury, TOLD)
            return listing
    return listing


def _scored(text: str, context: Context) -> tuple[str, ...]:
    """The codes of the score that a statement tells; none of a patient who is sedated."""
    if _SEDATED.search(text):
        return ()
    when = _when(text, emergency=context.encounter.setting == "emergency")
    parts = _PARTS.search(text)
    if parts is not None:
        scored = (("1", parts["eyes"]), ("2", parts["verbal"]), ("3", parts["motor"]))
        return tuple(f"R40.2{part}{score}{when}" for part, score in scored)
    total = _TOTAL.search(text)
    if total is None or context.asserted(text, total) != "affirmed":
        return ()
    code = next(code for least, code in _RANGES if int(total["total"]) >= least)
    return (f"{code}{when}",)


def _when(text: str, *, emergency: bool) -> str:
    """The seventh character: where and when it was scored; 0 where that is not told."""
    told = next((ending for pattern, ending in _WHEN if pattern.search(text)), "")
    if told:
        return told
    return "2" if _ARRIVAL.search(text) and (emergency or _TO_ED.search(text)) else "0"


RULES: tuple[Rule, ...] = (coma_scale,)
