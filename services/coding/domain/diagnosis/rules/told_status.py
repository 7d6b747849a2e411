"""Status and history that the note tells beside the disease they belong to (I.C.21.c.3, c.4).

A stent or an old infarction with coronary disease, a pacemaker with a disturbance of rhythm; and
medicines not taken as prescribed where no drug is named (I.C.21.c.14).
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_NOT_YET = re.compile(
    r"\b(?:may|might|will|would|could|should|consider\w*|plan\w*|possib\w+|discuss\w*|recommend\w*|"
    r"refer\w*|risks?|if|candidate|requir\w+|evaluat\w+|schedul\w+|declin\w+|refus\w+|need\w*|"
    r"eligible|indicat\w+|awaiting|pending|rule out|concern\w*)\b",
    re.IGNORECASE,
)
_CORONARY = ("I20", "I21", "I22", "I25.1", "I25.5", "I25.7", "I25.8", "I25.9")
_RHYTHM = ("I44", "I45", "I47", "I48", "I49", "I50", "I42")
_VALVE = ("I05", "I06", "I07", "I08", "I34", "I35", "I36", "I37")
_KNOWN = (
    (
        _CORONARY,
        frozenset(("stent", "stents", "stenting", "stented", "pci", "des")),
        re.compile(
            r"\b(?:coronary|cardiac|rca|lad|lcx|circumflex|heart|des|drug[- ]eluting|bare[- ]metal)"
            r"\b[^.;]{0,40}\bstent(?:s|ed|ing)?\b|\bstent(?:s|ed|ing)?\b[^.;]{0,60}\b(?:coronary|rca|lad|lcx|circumflex|"
            r"heart)\b|\bpci\b",
            re.IGNORECASE,
        ),
        "Z95.5",
    ),
    (
        _CORONARY,
        frozenset(("cabg", "bypass")),
        re.compile(r"\bcabg\b|\bcoronary (?:artery )?bypass\b", re.IGNORECASE),
        "Z95.1",
    ),
    (
        ("I20", "I25.1", "I25.5", "I25.7", "I25.8", "I25.9"),
        frozenset(("attack", "mi", "infarction", "stemi", "nstemi")),
        re.compile(
            r"\b(?:history of|h/o|hx of|prior|previous|old|remote)\s+(?:an?\s+)?(?:\w+\s+)?(?:mi|"
            r"myocardial infarction|heart attack|n?stemi)\b|\b(?:mi|myocardial infarction|"
            r"heart attack|n?stemi)\b[^.;]{0,10}\b(?:years? ago|in\s+(?:19|20)\d\d)",
            re.IGNORECASE,
        ),
        "I25.2",
    ),
    (
        _RHYTHM,
        frozenset(("pacemaker", "ppm")),
        re.compile(r"\b(?:pacemaker|ppm)\b", re.IGNORECASE),
        "Z95.0",
    ),
    (
        _RHYTHM,
        frozenset(("defibrillator", "aicd", "icd")),
        re.compile(r"\b(?:defibrillator|aicd|icd)\b(?![- ]?10)", re.IGNORECASE),
        "Z95.810",
    ),
    (
        (*_VALVE, "I48"),
        frozenset(("valve", "avr", "mvr", "tavr", "tavi")),
        re.compile(
            r"\b(?:aortic|mitral|mechanical|prosthetic|bioprosthetic)\s+(?:heart\s+)?valve"
            r"\s+(?:replacement|replaced)|\b(?:mechanical|prosthetic)\s+(?:\w+\s+)?valve\b|"
            r"\b(?:avr|mvr|tav[ri])\b",
            re.IGNORECASE,
        ),
        "Z95.2",
    ),
)  # fmt: skip
_GIVEN_FOR = tuple(dict.fromkeys(code for codes, *_ in _KNOWN for code in codes))
_NAMES = frozenset[str]().union(*(names for _, names, _, _ in _KNOWN))
_YEAR = re.compile(r"\bin\s+(?P<year>(?:19|20)\d\d)\b")
_TREATED = ("E0", "E1", "E78", "F2", "F3", "F4", "G20", "G35", "G40", "G43", "I1", "I20", "I25",
            "I48", "I50", "J44", "J45", "K50", "K51", "M05", "M06", "N18", "B20")  # fmt: skip
_NOT_TAKEN_WORDS = frozenset(
    (
        *(
            "noncompliant",
            "noncompliance",
            "nonadherent",
            "nonadherence",
            "compliance",
            "adherence",
        ),
        *("compliant", "adherent", "inconsistent", "inconsistently", "forgets", "forgetting"),
        *("forget", "misses", "missing", "skips", "skipping", "consistent"),
    )
)
_MEDICINES = r"(?:medications?|medicines?|meds|pills|doses?|prescriptions?|drug regimen)\b"
_NOT_TAKEN = re.compile(
    rf"\b(?:non-?complian(?:t|ce)|non-?adheren(?:t|ce)|(?:poor|inconsistent|variable|partial|"
    rf"lack of|incomplete)\s+(?:compliance|adherence)|inconsistent(?:ly)?|not\s+(?:been\s+)?"
    rf"(?:always\s+)?(?:compliant|adherent|consistent)|forget(?:s|ting)?|miss(?:es|ing)|skip(?:s|ping))\b"
    rf"[^.;]{{0,40}}\b{_MEDICINES}|\b(?:medication|medicine|drug)\s+(?:non-?complian(?:t|ce)|"
    rf"non-?adheren(?:t|ce))\b",
    re.IGNORECASE,
)
_COST = re.compile(r"\b(?:cost|afford\w*|expens\w+|financ\w+|insurance)\b", re.IGNORECASE)
_REASONED = ("Z91.12", "Z91.13", "Z91.14", "T36", "T37", "T38", "T39", "T4", "T50")


@rule("status-as-told", "I.C.21.c.3", *_GIVEN_FOR, said=_NAMES)
def status(listing: Listing, context: Context, mark: str) -> Listing:
    """What was implanted or replaced, or is old, beside the disease that it belongs to."""
    if not context.encounter.note:
        return listing
    for codes, names, pattern, code in _KNOWN:
        if context.words.isdisjoint(names) or listing.has(code) or not listing.has(*codes):
            continue
        if code == "I25.2" and listing.has("I21", "I22"):
            continue
        if any(_is_told(context, text, pattern) for text in context.statements(pattern)):
            listing = listing.added(code, mark, listing.of(*codes)[-1], TOLD)
    return listing


def _is_told(context: Context, text: str, pattern: re.Pattern[str]) -> bool:
    if _NOT_YET.search(text) or not context.is_the_patients(text, pattern):
        return False
    year = _YEAR.search(text)
    return year is None or int(year["year"]) <= context.encounter.service_date.year


@rule("medicines-not-taken", "I.C.21.c.14", *_TREATED, said=_NOT_TAKEN_WORDS)
def not_taken(listing: Listing, context: Context, mark: str) -> Listing:
    """Medicines that are not taken as prescribed, where no drug is named: Z91.14."""
    if not context.encounter.note or listing.has(*_REASONED):
        return listing
    for text in context.statements(_NOT_TAKEN):
        match = _NOT_TAKEN.search(text)
        if match is None or not context.is_the_patients(text, _NOT_TAKEN):
            continue
        code = "Z91.141" if _COST.search(text) else "Z91.148"
        if context.exists(code):
            return listing.added(code, mark, listing.of(*_TREATED)[-1], TOLD)
    return listing


RULES: tuple[Rule, ...] = (status, not_taken)
