"""Drugs that the patient takes for a long time, beside what they are taken for (I.C.21.c.3).

For diabetes: insulin, tablets and injectable drugs that are no insulin (I.C.4.a.3); for others:
anticoagulants, antiplatelets, steroids, opioids, immunosuppressants.
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule
from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.pattern_memo import PatternMemo

INSULINS = frozenset(
    (
        *("insulin", "lantus", "glargine", "humalog", "lispro", "novolog", "aspart", "levemir"),
        *("detemir", "tresiba", "degludec", "toujeo", "basaglar", "nph", "humulin", "novolin"),
        *("fiasp", "lyumjev", "semglee", "admelog", "apidra", "glulisine"),
    )
)
TABLETS = frozenset(
    (
        *("metformin", "glucophage", "glipizide", "glucotrol", "glimepiride", "amaryl"),
        *("glyburide", "pioglitazone", "actos", "sitagliptin", "januvia", "linagliptin"),
        *("tradjenta", "saxagliptin", "onglyza", "alogliptin", "empagliflozin", "jardiance"),
        *("dapagliflozin", "farxiga", "canagliflozin", "invokana", "ertugliflozin", "steglatro"),
        *("repaglinide", "nateglinide", "acarbose", "miglitol", "rybelsus", "janumet", "synjardy"),
    )
)
INJECTABLES = frozenset(
    (
        *("semaglutide", "ozempic", "liraglutide", "victoza", "dulaglutide", "trulicity"),
        *("exenatide", "byetta", "bydureon", "tirzepatide", "mounjaro", "pramlintide"),
        *("lixisenatide",),
    )
)
ANTICOAGULANTS = frozenset(
    (
        *("warfarin", "coumadin", "apixaban", "eliquis", "rivaroxaban", "xarelto", "dabigatran"),
        *("pradaxa", "edoxaban", "savaysa", "enoxaparin", "lovenox"),
    )
)
_STOPPED = re.compile(
    r"\b(?:stop\w*|discontinu\w*|d/c|dc'?d|held|hold|holding|off|intoleran\w+|allerg\w+|failed|"
    r"declin\w+|refus\w+|avoid\w*|consider\w*|discuss\w*|previously|prior|past|no longer|never|not|"
    r"without|temporar\w+|sliding|if|may need|instead|resist\w+|overdos\w+|toxic\w*|adverse|"
    r"underdos\w+|noncomplian\w+|ran out|unable|due to|induced|antibod\w+|level|"
    r"contraindicat\w+)\b",
    re.IGNORECASE,
)
_DIABETES = ("E08", "E09", "E10", "E11", "E13", "O24.1", "O24.3", "O24.4", "O24.8")
_TYPE_1_ONLY = ("E10",)
_REACH = 45
_NEEDS_ANTICOAGULANT = ("I48", "I82", "I26", "Z95.2", "Z86.71", "D68", "I27.82", "Z51.81", "I05")


def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\b", re.IGNORECASE)


_KINDS = (
    (INSULINS, _pattern(INSULINS), "Z79.4"),
    (TABLETS, _pattern(TABLETS), "Z79.84"),
    (INJECTABLES, _pattern(INJECTABLES), "Z79.85"),
)
_ANTICOAGULANT = _pattern(ANTICOAGULANTS)
_RESISTANCE = re.compile(r"\binsulin[- ](?:resist|dependen|sensitiv|level|antibod)", re.IGNORECASE)


def takes(context: Context, names: frozenset[str], pattern: re.Pattern[str]) -> bool:
    """Whether the documentation says that the patient takes one of the drugs now."""
    return any(_says_so(text, pattern) for text in context.statements(pattern, names))


def _is_taken(text: str, pattern: re.Pattern[str]) -> bool:
    for match in pattern.finditer(text):
        if assertion(text, match.start(), match.end()) in ("negated", "family", "hypothetical"):
            continue
        near = text[max(0, match.start() - _REACH) : match.end() + _REACH]
        if _STOPPED.search(near) is None and _RESISTANCE.match(text, match.start()) is None:
            return True
    return False


_says_so = PatternMemo(_is_taken, 2_048)


@rule("control-of-diabetes", "I.C.4.a.3", *_DIABETES, said=INSULINS | TABLETS | INJECTABLES)
def diabetes_drugs(listing: Listing, context: Context, mark: str) -> Listing:
    """Insulin, tablets and other injections are each coded; insulin of type 1 needs no code."""
    words = context.words
    one = listing.of(*_DIABETES)[-1]
    for names, pattern, code in _KINDS:
        if code == "Z79.4" and listing.has(*_TYPE_1_ONLY):
            continue
        if not words.isdisjoint(names) and not listing.has(code) and takes(context, names, pattern):
            beside = (listing.of("Z79.4", "Z79.8") or (one,))[-1]
            listing = listing.added(code, mark, beside, TOLD)
    return listing


@rule("insulin-of-type-1", "I.C.4.a.3", "Z79.4")
def type_1(listing: Listing, _: Context, mark: str) -> Listing:
    """Type 1 diabetes is treated with insulin: the status says nothing more."""
    if listing.has("E10") and not listing.has("E08", "E09", "E11", "E13", "O24"):
        return listing.dropped("combined", mark, listing.of("Z79.4"))
    return listing


@rule("long-term-anticoagulant", "I.C.21.c.3", *_NEEDS_ANTICOAGULANT, said=ANTICOAGULANTS)
def anticoagulant(listing: Listing, context: Context, mark: str) -> Listing:
    """Anticoagulation that goes on, beside what it is given for."""
    if listing.has("Z79.01"):
        return listing
    if listing.has("T45.515", "T45.516", "T45.511") or not takes(
        context, ANTICOAGULANTS, _ANTICOAGULANT
    ):
        return listing
    return listing.added("Z79.01", mark, listing.of(*_NEEDS_ANTICOAGULANT)[0], TOLD)


_INFLAMED = ("M05", "M06", "M08", "M45", "L40", "K50", "K51")
_OCCLUDED = ("I20", "I21", "I25", "I63", "I65", "I70", "I73", "Z86.73", "Z95.1", "Z95.5")
_BREAST = ("C50", "D05", "Z85.3")
_OTHERS = tuple(
    (frozenset(names), _pattern(frozenset(names)), code, given_for)
    for names, code, given_for in (
        (("methotrexate",), "Z79.631", _INFLAMED),
        (
            ("adalimumab", "humira", "etanercept", "enbrel", "infliximab", "remicade"),
            "Z79.620",
            _INFLAMED,
        ),
        (("clopidogrel", "plavix", "ticagrelor", "brilinta", "prasugrel"), "Z79.02", _OCCLUDED),
        (("aspirin", "asa"), "Z79.82", _OCCLUDED),
        (("tamoxifen", "raloxifene"), "Z79.810", _BREAST),
        (("anastrozole", "letrozole", "exemestane"), "Z79.811", _BREAST),
    )
)
_OTHER_NAMES = frozenset[str]().union(*(names for names, _, _, _ in _OTHERS))


@rule("long-term-drug", "I.C.21.c.3", *_INFLAMED, *_OCCLUDED, *_BREAST, said=_OTHER_NAMES)
def others(listing: Listing, context: Context, mark: str) -> Listing:
    """Other drugs that are taken for long, beside what they are given for."""
    for names, pattern, code, given_for in _OTHERS:
        if context.words.isdisjoint(names) or listing.has(code) or not listing.has(*given_for):
            continue
        if context.exists(code) and takes(context, names, pattern):
            listing = listing.added(code, mark, listing.of(*given_for)[0], TOLD)
    return listing


RULES: tuple[Rule, ...] = (diabetes_drugs, type_1, anticoagulant, others)
