"""Social determinants of health that stand outside the list of problems (I.B.14, I.C.21.c.17).

Whoever documents them, and the patient too where the record has taken it up. Only what is a
hardship by its own name counts: who lives alone or has no work has no problem by that alone.
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_ANY = tuple("ABCDEFGHIJKLMNOPQRSTUZ")
_LACKS = r"(?:no|lacks?(?: of)?|lacking|without|limited|unreliable|problems? with|difficulty with)"
_LIVES = r"(?:liv(?:es|ing)|stay(?:s|ing)|sle(?:eps|eping)|resid(?:es|ing))"
_HOUSED = ("Z59.0",)
_Row = tuple[re.Pattern[str], str, frozenset[str], tuple[str, ...]]


def _row(code: str, words: str, pattern: str, *said: str) -> _Row:
    """``said``: beginnings of codes beside which this one tells nothing more."""
    return re.compile(pattern, re.IGNORECASE), code, frozenset(words.split()), said


_ROWS: tuple[_Row, ...] = (
    _row(
        "Z59.01", "shelter shelters sheltered",
        rf"\b{_LIVES} (?:\w+ ){{0,2}}(?:in|at) (?:an? |the )?(?:(?:homeless|emergency|women's|"
        r"women\u2019s|domestic violence|local|family) )?shelters?\b|\bsheltered homeless",
        *_HOUSED,
    ),
    _row(
        "Z59.02", "unsheltered street streets car vehicle tent encampment outdoors outside",
        rf"\bunsheltered\b|\b{_LIVES} (?:\w+ ){{0,2}}(?:on the streets?|in (?:his|her|their|a|the) "
        r"(?:car|vehicle|tent)|outdoors|outside|in (?:an? |the )?(?:homeless )?encampment)\b",
        *_HOUSED,
    ),
    _row(
        "Z59.00", "homeless homelessness undomiciled",
        r"\b(?:homeless|homelessness|undomiciled)\b(?! (?:shelter|outreach|program|services|"
        r"clinic|population))",
        *_HOUSED,
    ),
    _row(
        "Z59.811", "eviction evictions evicted evicting foreclosure",
        r"\b(?:facing|threat\w*|notice of|risk of|about to be|pending|imminent|being|received an?)"
        r"\s+(?:\w+\s+)?(?:evict(?:ions?|ed|ing)|foreclosure)\b|\beviction notice\b",
        *_HOUSED, "Z59.81",
    ),
    _row(
        "Z59.819", "housing",
        r"\b(?:housing (?:instability|insecurity)|unstable housing|housing (?:is )?(?:unstable|"
        r"insecure))\b",
        *_HOUSED, "Z59.81",
    ),
    _row(
        "Z59.41", "food meals",
        r"\bfood[- ](?:insecur\w+|insufficiency)\b|\b(?:runs?|running|ran) out of food\b|"
        r"\bskips? meals (?:due to|because of|for lack of) (?:cost|money|finances)\b",
        "Z59.4",
    ),
    _row(
        "Z59.82", "transportation",
        r"\btransportation (?:insecurity|barriers?|difficult\w+|problems?|needs? (?:present|"
        rf"identified))\b|\b{_LACKS} (?:reliable |access to )*transportation\b"
        r"(?! (?:problems?|issues?|barriers?|concerns?|needs?|difficult\w+|insecurity))",
    ),
    _row(
        "Z59.861", "utilities utility electric electrical electricity heat heating gas",
        r"\b(?:utilit(?:y|ies)|electric(?:al|ity)?|heating|gas) (?:insecurity|"
        r"shut[- ]?off|bills? unpaid)\b|"
        r"\b(?:cannot|can't|can\u2019t|unable to|trouble|difficulty) (?:afford(?:ing)?|pay(?:ing)?)"
        r"(?: for)? (?:(?:his|her|their|the) )?(?:utilit(?:y|ies)|electric(?:ity)?|heat(?:ing)?)\b",
    ),
    _row(
        "Z59.869", "financial",
        r"\bfinancial (?:insecurity|strain|hardship|difficult\w+|stress\w*)\b",
        "Z59.86", "Z59.87",
    ),
    _row(
        "Z59.71", "uninsured underinsured insurance",
        r"\b(?:uninsured|underinsured)\b|\b(?:has|have|lack of|lacks|without|lost (?:his|her|"
        r"their)?)\s*(?:no )?health insurance\b(?<!has health insurance)(?<!have health insurance)",
        "Z59.7",
    ),
    _row(
        "Z55.6", "literacy",
        r"\b(?:low|limited|poor|inadequate) health literacy\b",
    ),
    _row(
        "Z55.0", "illiterate literacy read",
        r"\billiterate\b|\b(?:low|limited|poor) literacy\b|\b(?:cannot|can't|unable to) read "
        r"(?:or|and|nor) write\b",
    ),
)  # fmt: skip
_WORDS = frozenset[str]().union(*(words for _, _, words, _ in _ROWS))
# Templates ask, and answer behind the name: "Food insecurity: Never true".
_ANSWERED_NO = re.compile(
    r"[\s\w()]{0,20}?\s*[:\-\u2013\u2014=?(]+\s*(?:no\b|none|never|negative|neg\b|denie[sd]|"
    r"low risk|not |n/?a\b|false|unknown|absent|unlikely|\[ ?\])|"
    r"\s+(?:screen\w*\s+)?(?:negative|denied)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:screen(?:ed|ing)?|assess(?:ed|ment)?|ask(?:ed)?|inquir\w+|evaluat\w+|question\w*)\s+"
    r"(?:(?!positive)\w+\s+){0,2}(?:for|about|of|regarding)\b(?![^.;]*\bpositive\b)",
    re.IGNORECASE,
)
_NOT_NOW = re.compile(
    r"\b(?:was|were|formerly|previously|used to|once|volunteers?|works?|donat\w+|years? ago|"
    r"in the past|until|no longer|resolved|employed)\b",
    re.IGNORECASE,
)
_OWN_DENIAL = re.compile(r"(?:no|lack\w*|without|lost)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:den(?:ies|ied|ying)|negative|no|not)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:and|but)\s+(?:has|have|is|are|cannot|can't|he|she|they|also)\b", re.I)


@rule("social-determinant", "I.B.14", *_ANY, said=_WORDS)
def social(listing: Listing, context: Context, mark: str) -> Listing:
    """What the documentation tells of housing, food, transport, money and reading."""
    if not context.encounter.note:
        return listing
    there = context.words & _WORDS
    for pattern, code, words, said in _ROWS:
        if words.isdisjoint(there) or listing.has(code, *said) or not context.exists(code):
            continue
        if any(_is_told(context, text, pattern) for text in context.statements(pattern)):
            listing = listing.added(code, mark, listing.diagnoses[-1], TOLD)
    return listing


def _is_told(context: Context, text: str, pattern: re.Pattern[str]) -> bool:
    match = pattern.search(text)
    if match is None or _ANSWERED_NO.match(text, match.end()):
        return False
    before = text[: match.start()]
    if _ASKED.search(before) or _NOT_NOW.search(before):
        return False
    clause = max((each.start() for each in _CLAUSE.finditer(before)), default=0)
    if _OWN_DENIAL.match(match.group()):
        return not _DENIED.search(before, clause)
    found = pattern.search(text[clause:])
    return found is not None and context.asserted(text[clause:], found) == "affirmed"


RULES: tuple[Rule, ...] = (social,)
