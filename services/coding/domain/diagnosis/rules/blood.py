"""Blood and blood-forming organs: loss of blood, chronic disease, drugs (chapter 3; I.A.15, I.B.9).

Chapter 3 has no guidelines of its own; these are the index's subterms of Anemia, Neutropenia,
Pancytopenia and Thrombocytopenia, and the tabular list's notes.
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.drug_codes import is_adverse_effect
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_LINK = r"(?:due to|secondary to|2/2|from|caused by|because of|of|in|with)"
_LOSS = re.compile(
    rf"\b(?:(?P<acute>acute)\s+)?(?:chronic\s+)?(?:blood[- ]loss|hemorrhag\w*|bleed\w*)\b"
    rf"[^.;]{{0,20}}\banemia\b|\banemia\b[^.;]{{0,20}}\b{_LINK}\s+(?:an?\s+)?(?:(?P<sudden>acute)\s+|\w+\s+)?"
    rf"(?:chronic\s+)?(?:gi\s+|gastrointestinal\s+|uterine\s+|vaginal\s+)?"
    rf"(?:blood[- ]loss|hemorrhag\w*|bleed\w*)",
    re.IGNORECASE,
)
_DUE = re.compile(rf"\banemia\b[^.;]{{0,30}}\b{_LINK}\b", re.IGNORECASE)
_BLEEDS = ("N92.0", "N92.1", "N93", "K92.0", "K92.1", "K92.2", "K62.5", "R31", "R04.0", "R58")
_BLED = (
    "R04", "R31", "R58", "K92.0", "K92.1", "K92.2", "K62.5", "K66.1", "I60", "I61", "I62", "N92",
    "N93", "N95.0", "H11.3", "H35.6", "H43.1", "M25.0", "N02", "K25", "K26", "K27", "K57", "L76",
)  # fmt: skip
_TOLD_HARM = "OG I.C.19.e.5 adverse"
_OF_KIDNEY = re.compile(
    rf"\banemia\b[^.;]{{0,20}}\b{_LINK}\s+(?:(?:his|her|the|known|stage \w+)\s+)*"
    r"(?:ckd|esrd|chronic (?:kidney|renal)|end[- ]stage (?:kidney|renal)|renal (?:disease|failure|"
    r"insufficiency)|kidney (?:disease|failure))",
    re.IGNORECASE,
)
_FEVER = re.compile(
    r"\bneutropenic fever\b|\bfebrile neutropenia\b|\bneutropenia\b[^.;]{0,20}\bfever",
    re.IGNORECASE,
)
_CHEMOTHERAPY = "T45.1X5"
_BY_DRUG = {
    "D70.9": ("D70.1", "D70.2"),
    "D61.818": ("D61.810", "D61.811"),
    "D69.6": ("D69.59", "D69.59"),
    "D64.9": ("D64.81", "D64.9"),
    "D69.5": ("D69.59", "D69.59"),
}


@rule("anemia-of-blood-loss", "I.A.15", "D64.9", "D50.9")
def blood_loss(listing: Listing, context: Context, mark: str) -> Listing:
    """Anaemia due to loss of blood: acute D62, chronic or not said D50.0."""
    one = listing.of("D64.9", "D50.9")[0]
    said = context.said_of(one)
    match = _LOSS.search(said)
    if match is not None:
        acute = match["acute"] or match["sudden"]
        listing = listing.recoded(one, "D62" if acute else "D50.0", mark)
        return listing.dropped("combined", mark, listing.of("R58"))
    bleeds = listing.of(*_BLEEDS)
    if one.code == "D50.9" and bleeds and _DUE.search(said):
        return listing.recoded(one, "D50.0", mark, bleeds[:1])
    return listing


@rule("anemia-of-kidney-disease", "I.A.15", "N18", "I12", "I13", "D64.9")
def kidney(listing: Listing, context: Context, mark: str) -> Listing:
    """Anaemia said to be of kidney disease is D63.1, behind the disease (code first)."""
    if listing.has("D63.1") or not listing.has("N18"):
        return listing
    disease = listing.of("N18")[0]
    if _OF_KIDNEY.search(context.said_of(disease)) is None:
        return listing
    plain = listing.of("D64.9")
    if plain:
        return listing.recoded(plain[0], "D63.1", mark)
    return listing.added("D63.1", mark, disease, 900)


@rule(
    "blood-count-by-drug",
    "I.C.19.e.5.a",
    *_BY_DRUG,
    beside=("T36", "T37", "T38", "T39", "T4", "T50"),
)
def by_drug(listing: Listing, context: Context, mark: str) -> Listing:
    """A low count that a drug brought on has a code of its own, chemotherapy another."""
    drugs = [each for each in listing.diagnoses if is_adverse_effect(each.code)]
    if not drugs:
        return listing
    chemotherapy = any(each.code.startswith(_CHEMOTHERAPY) for each in drugs)
    for code, (by_chemotherapy, by_other) in _BY_DRUG.items():
        for each in listing.of(code):
            wanted = by_chemotherapy if chemotherapy else by_other
            if each.code == code != wanted and context.exists(wanted):
                listing = listing.recoded(each, wanted, mark)
    return listing


@rule("fever-with-neutropenia", "I.A.17", "D70")
def fever(listing: Listing, context: Context, mark: str) -> Listing:
    """Fever with neutropenia is R50.81, beside the neutropenia."""
    one = listing.of("D70")[0]
    plain = listing.of("R50.9")
    if plain:
        return listing.recoded(plain[0], "R50.81", mark)
    if _FEVER.search(context.said_of(one)):
        return listing.added("R50.81", mark, one, 900)
    return listing


@rule("bleeding-under-anticoagulant", "I.C.19.e.5.a", "T45.515", beside=_BLED)
def bleeding(listing: Listing, _: Context, mark: str) -> Listing:
    """Bleeding that an anticoagulant brought on is a hemorrhagic disorder too: the site, D68.32,
    the drug (tabular list at D68.32: use additional code for adverse effect).

    Only where one place of the documentation tells of both.
    """
    drug = listing.of("T45.515")[0]
    if listing.has("D68.32") or not any(each.startswith(_TOLD_HARM) for each in drug.rules):
        return listing
    bled = [each for each in listing.of(*_BLED) if set(each.evidence) & set(drug.evidence)]
    if not bled:
        return listing
    return listing.added("D68.32", mark, bled[-1], 900)


RULES: tuple[Rule, ...] = (kidney, blood_loss, by_drug, fever, bleeding)
