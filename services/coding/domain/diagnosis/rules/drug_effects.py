"""Poisoning, adverse effects and underdosing among the diagnoses (I.C.19.e.5)."""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.drug_codes import (
    is_adverse_effect,
    is_drug_code,
    is_poisoning,
    is_underdosing,
)
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_DRUGS = ("T36", "T37", "T38", "T39", "T4", "T50")
_TOXIC = ("T51", "T52", "T53", "T54", "T55", "T56", "T57", "T58", "T59", "T6")
_UNDERDOSING_REASON = ("Z91.12", "Z91.13", "Z91.14")
_COST = re.compile(
    r"\b(?:afford|cost|financial|insurance lapse|lost (?:her |his )?insurance|money|expens\w+)\b",
    re.IGNORECASE,
)
_FORGOT = re.compile(
    r"\b(?:forg[eo]t\w*|unintentional\w*|confus\w+|misunderst\w+|by mistake)\b", re.IGNORECASE
)
_FRAIL = re.compile(r"\b(?:dementia|memory|age[- ]related|debility)\b", re.IGNORECASE)
_CHOSE = re.compile(
    r"\b(?:intentional\w*|refus\w+|chose|stopped taking|does not want|side effects?|decided|"
    r"self[- ]discontinued|on (?:her|his) own)\b",
    re.IGNORECASE,
)
INSULIN_PUMP = ("T85.614", "T85.624", "T85.633", "T85.694")
_INSULIN = ("T38.3X1", "T38.3X6")


@rule("insulin-pump", "I.C.4.a.5", *INSULIN_PUMP, beside=_INSULIN)
def pump(listing: Listing, _: Context, mark: str) -> Listing:
    """The pump that failed, then the insulin that was too little or too much, then the rest."""
    one, insulin = listing.of(*INSULIN_PUMP)[0], listing.of(*_INSULIN)[0]
    if listing.diagnoses[:2] == (one, insulin):
        return listing
    return listing.first(insulin).first(one).noted(one, mark)


@rule("poisoning-first", "I.C.19.e.5.b", *_DRUGS, *_TOXIC)
def poisoning(listing: Listing, _: Context, mark: str) -> Listing:
    """The poisoning leads, what it has done follows; an adverse effect follows what it has done.

    Only an insulin pump that failed leads it (I.C.4.a.5.b).
    """
    if listing.has(*INSULIN_PUMP):
        return listing
    for each in listing.of(*_DRUGS, *_TOXIC):
        if is_poisoning(each.code) and len(listing.diagnoses) > 1:
            listing = listing.first(each)
            listing = listing.noted(each, mark)
    return listing


@rule("nature-of-adverse-effect", "I.C.19.e.5.a", *_DRUGS)
def adverse(listing: Listing, _: Context, mark: str) -> Listing:
    """An adverse effect is coded by its nature first; without it T78.8 or a coder."""
    found = [each for each in listing.of(*_DRUGS) if is_adverse_effect(each.code)]
    if not found:
        return listing
    natures = [
        each
        for each in listing.diagnoses
        if not is_drug_code(each.code) and each.code[0] not in "VWXYZ"
    ]
    if not natures:
        return listing.held(f"nature_of_adverse_effect_needed:{found[0].code}")
    for each in found:
        listing = listing.noted(each, mark)
    return listing


@rule("underdosing", "I.C.19.e.5.c", *_DRUGS)
def underdosing(listing: Listing, context: Context, mark: str) -> Listing:
    """Underdosing follows the condition that it brought on or made worse, with its reason."""
    found = [each for each in listing.of(*_DRUGS) if is_underdosing(each.code)]
    if not found:
        return listing
    listing = listing.noted(found[0], mark)
    if listing.has(*_UNDERDOSING_REASON):
        return listing
    code = ""
    if any(True for _ in context.statements(_COST)):
        code = "Z91.120"
    elif any(True for _ in context.statements(_FORGOT)):
        code = "Z91.130" if context.affirmed(_FRAIL) else "Z91.138"
    elif any(True for _ in context.statements(_CHOSE)):
        code = "Z91.128"
    one = next(each for each in listing.diagnoses if each.code == found[0].code)
    return listing.added(code, mark, one, 880) if code else listing


@rule("allergy-is-status", "I.C.21.c.3", "Z88", "Z91.0")
def allergy(listing: Listing, _: Context, _mark: str) -> Listing:
    """A known allergy is status: it follows what is treated."""
    one = listing.of("Z88", "Z91.0")[0]
    return listing if listing.diagnoses[0] is not one else listing.last(one)


RULES: tuple[Rule, ...] = (pump, poisoning, adverse, underdosing, allergy)
