"""Diabetes: complications presumed linked, secondary diabetes, control and drugs (I.C.4.a)."""

import re

from msgspec import Struct

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.combinations import is_unlinked
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.drug_codes import is_adverse_effect
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_OF_A_CAUSE = re.compile(
    r"\bdiabetes(?: mellitus)?(?:,)? (?:due to|secondary to|2/2|caused by|because of|from)\s+"
    r"(?P<cause>(?!insulin resist)[^.;,]+)|\b(?P<kind>pancreatogenic|type 3c) diabetes",
    re.IGNORECASE,
)
_BY_DRUG = re.compile(r"induced|due to|secondary to|caused by|from", re.IGNORECASE)
_OPERATED = re.compile(r"pancreatectomy|surg|resection|operation", re.IGNORECASE)
_CAUSES = ("K85", "K86", "E84", "E24", "E83.11", "C", "E22.0", "E40", "E41", "E42", "E43", "E44",
           "E45", "E46", "P35.0")  # fmt: skip
DIABETES = ("E08", "E09", "E10", "E11", "E13")
_POLYNEUROPATHY = re.compile(r"poly\s*-?neuropath|peripheral neuropath|neuralgia", re.IGNORECASE)


class Complication(Struct, frozen=True):
    """What the index lists under "diabetes, with": its own code, the ending, and if both stay."""

    codes: tuple[str, ...]
    ending: str
    keeps: bool


COMPLICATIONS: tuple[Complication, ...] = (
    Complication(("N18",), "22", keeps=True),
    Complication(("N08",), "21", keeps=False),
    Complication(("H35.00",), "319", keeps=False),
    Complication(("H36.8",), "319", keeps=False),
    Complication(("H35.21",), "3591", keeps=False),
    Complication(("H35.22",), "3592", keeps=False),
    Complication(("H35.23",), "3593", keeps=False),
    Complication(("H35.20",), "3599", keeps=False),
    Complication(("H26.9",), "36", keeps=False),
    Complication(("G62.9",), "40", keeps=False),
    Complication(("G63",), "42", keeps=False),
    Complication(("G58.9",), "41", keeps=False),
    Complication(("G90.9", "G90.09", "G99.0"), "43", keeps=False),
    Complication(("K31.84",), "43", keeps=True),
    Complication(("I73.9",), "51", keeps=False),
    Complication(("I70.20", "I70.21", "I70.22", "I70.23", "I70.24", "I70.25"), "51", keeps=True),
    Complication(("I70.26", "I96"), "52", keeps=True),
    Complication(("M14.6",), "610", keeps=False),
    Complication(("L97.4", "L97.5"), "621", keeps=True),
    Complication(("L97.1", "L97.2", "L97.3", "L97.8", "L97.9", "L98.4"), "622", keeps=True),
    Complication(("K05",), "630", keeps=True),
    Complication(("E16.2",), "649", keeps=False),
    Complication(("R73.9",), "65", keeps=False),
    Complication(("M86",), "69", keeps=True),
)
_SAID = tuple(dict.fromkeys(code for each in COMPLICATIONS for code in each.codes))


@rule("secondary-diabetes", "I.C.4.a.6", "E11", beside=("E08", "E09", "E13", "O24.4"))
def secondary(listing: Listing, _: Context, mark: str) -> Listing:
    """Diabetes due to a disease, a drug or an operation is not type 2 as well."""
    if not listing.has("E08", "E09", "E13", "O24.4"):
        return listing
    return listing.dropped("less_specific", mark, listing.of("E11.9"))


@rule("diabetes-of-a-cause", "I.C.4.a.6", "E11.9")
def of_a_cause(listing: Listing, context: Context, mark: str) -> Listing:
    """Diabetes said to be due to a disease is E08, to a drug E09, to an operation E13; the disease
    comes first, an adverse effect of the drug after.
    """
    one = listing.of("E11.9")[0]
    said = context.said_of(one)
    by_drug = any(is_adverse_effect(each.code) for each in listing.diagnoses)
    if by_drug and _BY_DRUG.search(said):
        return listing.recoded(one, "E09.9", mark)
    match = _OF_A_CAUSE.search(said)
    if match is None:
        return listing
    if _OPERATED.search(match["cause"] or ""):
        return listing.recoded(one, "E13.9", mark)
    cause = listing.of(*_CAUSES)
    if not cause:
        return listing.held("cause_of_diabetes_needed")
    listing = listing.recoded(one, "E08.9", mark)
    return listing.led_by(cause[0], ("E08",))


@rule("diabetes-with", "I.A.15", *DIABETES, beside=_SAID)
def complications(listing: Listing, context: Context, mark: str) -> Listing:
    """Diabetes "with" each of its complications, unless the provider says it has another cause."""
    if len({each.code[:3] for each in listing.of(*DIABETES)}) != 1 or not listing.has(*_SAID):
        return listing
    diabetes = listing.of(*DIABETES)[0]
    category = diabetes.code[:3]
    for each in COMPLICATIONS:
        found = listing.of(*each.codes)
        if not found or is_unlinked(context, listing, *each.codes):
            continue
        ending = each.ending
        if ending == "40" and _POLYNEUROPATHY.search(context.said_of(found[0])):
            ending = "42"
        if ending == "51" and listing.has(f"{category}.52"):
            continue
        listing = _linked(listing, f"{category}.{ending}", mark, found, context)
        if not each.keeps:
            listing = listing.dropped("combined", mark, found)
    return listing


def _linked(
    listing: Listing, code: str, mark: str, found: tuple[Diagnosis, ...], context: Context
) -> Listing:
    code = (
        code
        if context.exists(code)
        else next((longer for longer in (f"{code}9", f"{code}8") if context.exists(longer)), "")
    )
    if not code:
        return listing
    plain = listing.of(f"{code[:3]}.9")
    if plain:
        listing = listing.recoded(plain[0], code, mark, found)
    elif not listing.has(code):
        beside = listing.of(code[:3])[-1]
        sure = min(each.confidence for each in found)
        listing = listing.added(code, mark, beside, sure)
    made = next(iter(listing.of(code)), None)
    return listing if made is None else listing.led_by(made, tuple(each.code for each in found))


@rule("hypoglycemic-coma", "I.C.4.a", "E08.649", "E09.649", "E10.649", "E11.649", "E13.649")
def coma(listing: Listing, _: Context, mark: str) -> Listing:
    """Hypoglycaemia with coma is one code."""
    deep = listing.of("R40.20", "R40.2A", "E15")
    low = listing.of(*(f"{each}.649" for each in DIABETES))
    if not deep or not low:
        return listing
    listing = listing.recoded(low[0], f"{low[0].code[:-1]}1", mark, deep)
    return listing.dropped("combined", mark, deep)


@rule("type-of-diabetes", "I.C.4.a.2", "E11.9", beside=("E10",))
def one_type(listing: Listing, context: Context, mark: str) -> Listing:
    """Type 2 is only the default: where type 1 is documented, an untyped mention is type 1."""
    if not (listing.has("E10") and listing.has("E11.9")):
        return listing
    untyped = [
        each
        for each in listing.of("E11.9")
        if (said := context.said_of(each)) and not re.search(r"2|\bii\b", said, re.IGNORECASE)
    ]
    return listing.dropped("less_specific", mark, untyped)


@rule("stage-of-kidney-disease", "I.C.4.a", *(f"{each}.22" for each in DIABETES))
def stage(listing: Listing, _: Context, mark: str) -> Listing:
    """Diabetic kidney disease is reported with its stage, unspecified where none is documented."""
    if listing.has("N18"):
        return listing
    (first, *_rest) = listing.of(*(f"{each}.22" for each in DIABETES))
    return listing.added("N18.9", mark, first, 900)


@rule("site-of-ulcer", "I.A.17", *(f"{each}.62{end}" for each in DIABETES for end in "12"))
def ulcer(listing: Listing, _: Context, _mark: str) -> Listing:
    """A diabetic ulcer needs the code of its site and depth; without one a coder looks."""
    if listing.has("L97", "L98.4"):
        return listing
    found = listing.of(*(f"{each}.62{end}" for each in DIABETES for end in "12"))
    return listing.held(f"additional_code_needed:{found[0].code}")


RULES: tuple[Rule, ...] = (one_type, of_a_cause, secondary, complications, coma, stage, ulcer)
