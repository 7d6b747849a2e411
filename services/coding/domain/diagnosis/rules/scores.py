"""Scores and levels beside the disease that they measure, whoever recorded them (I.B.14).

The coma scale with an injury of the head (I.C.18.e): eyes, speech and movement where all three are
told, else the total; of a patient who is sedated nothing is reported. The stroke scale with a
stroke of now (I.C.18.i). The level of alcohol in the blood with what the provider diagnosed of its
use. The first that is told counts.
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
_STROKE_WORDS = frozenset(("nihss", "nih"))
_STROKE_SCALE = re.compile(
    r"\b(?:nihss|nih stroke (?:scale|score))\b(?:\s+(?:score|total))?"
    r"(?:\s*(?:of|is|was|:|=|-|on (?:arrival|admission|presentation))\s*){0,3}"
    r"\s*(?P<score>[0-3]?\d|4[0-2])\b(?!\s*(?:/(?!42)|-\d|hours?|days?|am|pm|:\d))",
    re.IGNORECASE,
)
_OF_ALCOHOL = ("F10.1", "F10.2", "F10.9", "T51.0", "K70", "K85.2")
_ALCOHOL_WORDS = frozenset(("bac", "alcohol", "etoh", "ethanol"))
_LEVEL = re.compile(
    r"\b(?:bac|(?:blood|serum) (?:alcohol|etoh|ethanol)(?: level| concentration)?|"
    r"(?:etoh|ethanol|alcohol) level)\b(?:\s*(?:of|is|was|:|=)\s*){0,2}"
    r"\s*(?P<level>0?\.\d{2,3}|\d{1,3})(?!\d|\.\d)\s*(?:%|mg\s?/\s?d?l|g\s?/\s?dl)?",
    re.IGNORECASE,
)
# Y90.0 to Y90.8: less than so many milligrams in a deciliter.
_LEVELS = (20, 40, 60, 80, 100, 120, 200, 240, 1_000)


@rule("coma-scale", "I.C.18.e", *_HEAD, said=_WORDS)
def coma_scale(listing: Listing, context: Context, mark: str) -> Listing:
    """One code of each part of the scale, or one of the total, behind the injury."""
    if listing.has(*_SCALE):
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


@rule("stroke-scale", "I.C.18.i", "I63", said=_STROKE_WORDS)
def stroke_scale(listing: Listing, context: Context, mark: str) -> Listing:
    """The score of the NIH stroke scale, the first that is documented."""
    if listing.has("R29.7"):
        return listing
    for text in context.statements(_STROKE_SCALE):
        found = _STROKE_SCALE.search(text)
        if found is None or context.asserted(text, found) != "affirmed":
            continue
        code = f"R29.7{int(found['score']):02d}"
        if context.exists(code):
            return listing.added(code, mark, listing.of("I63")[-1], TOLD)
    return listing


@rule("blood-alcohol", "I.B.14", *_OF_ALCOHOL, said=_ALCOHOL_WORDS)
def blood_alcohol(listing: Listing, context: Context, mark: str) -> Listing:
    """The level of alcohol in the blood, in milligrams a deciliter, beside its use or effect."""
    if listing.has("Y90"):
        return listing
    for text in context.statements(_LEVEL):
        found = _LEVEL.search(text)
        if found is None or context.asserted(text, found) != "affirmed":
            continue
        whole, _, part = found["level"].partition(".")
        level = int(part.ljust(3, "0")[:3]) if part and int(whole or 0) == 0 else int(whole or 0)
        code = next(f"Y90.{n}" for n, below in enumerate(_LEVELS) if level < below)
        return listing.added(code, mark, listing.of(*_OF_ALCOHOL)[-1], TOLD)
    return listing


RULES: tuple[Rule, ...] = (coma_scale, stroke_scale, blood_alcohol)
