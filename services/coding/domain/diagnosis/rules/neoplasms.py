"""Neoplasms: their treatment, secondary sites, anaemia, pain and history (I.C.2)."""

import re

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule
from services.coding.domain.reading.past_and_family import named_of_the_past

_SECONDARY = ("C77", "C78", "C79")
_BLOOD = ("C81", "C82", "C83", "C84", "C85", "C86", "C88", "C90", "C91", "C92", "C93", "C94", "C95")
_STATED = ("C90", "C91", "C92", "C93", "C94", "C95")
_REMISSION = re.compile(
    r"(?<!not in )(?<!no )(?<!failed )\b(?:in (?:\w+ ){0,2}remission|remission achieved)\b", re.I
)
_RELAPSE = re.compile(r"\b(?:in relapse|relapsed)\b", re.IGNORECASE)
_TREATMENTS = ("Z51.0", "Z51.11", "Z51.12")
# "Here for chemotherapy": the reason for the visit, not the plan made at it (I.C.2.e.2).
_FOR_CHEMO = re.compile(
    r"\b(?:(?:here|presents?|presenting|admitted|admission|encounter|visit|seen|returns?|comes?(?:\s+"
    r"in)?|today)\s+(?:today\s+)?(?:for|to receive)\s+(?:(?:her|his|their|the|cycle|scheduled|next|"
    r"first|second|third|fourth|fifth|sixth|\d{1,2}(?:st|nd|rd|th)?|#\d+|of|planned|adjuvant|"
    r"neoadjuvant|palliative|antineoplastic|iv)\s+)*|^\s*(?:antineoplastic\s+)?)"
    r"(?P<kind>chemotherapy|chemo\b|immunotherapy|radiation(?:\s+therapy)?|radiotherapy)\b",
    re.IGNORECASE,
)
_CODES = {"chemo": "Z51.11", "immun": "Z51.12", "radia": "Z51.0", "radio": "Z51.0"}
_CANCER_WORDS = frozenset(("chemotherapy", "chemo", "immunotherapy", "radiation", "radiotherapy"))


_OVERLAPS = re.compile(r"\boverlap\w*|\bcontiguous\b", re.IGNORECASE)


def _malignant(listing: Listing) -> tuple[Diagnosis, ...]:
    return listing.of("C", "D0")


@rule("treatment-first", "I.C.2.e.2", "C", "D0", beside=_TREATMENTS, said=_CANCER_WORDS)
def treatment(listing: Listing, context: Context, mark: str) -> Listing:
    """A visit for chemotherapy, immunotherapy or radiation lists that, then the neoplasm."""
    if not listing.has(*_TREATMENTS):
        for found in context.all_affirmed(_FOR_CHEMO):
            match = _FOR_CHEMO.search(found)
            kind = "" if match is None else match["kind"].lower()[:5]
            code = _CODES.get(kind, "")
            if code and context.exists(code):
                first = listing.added(code, mark, _malignant(listing)[0], 930)
                return first.first(first.of(code)[0])
    treated = listing.of(*_TREATMENTS)
    return listing.noted(treated[0], mark) if treated else listing


@rule("history-of-what-is-there", "I.C.2.d", "Z85", beside=("C",))
def history(listing: Listing, _: Context, mark: str) -> Listing:
    """A malignancy that is still there, or treated, is not history as well."""
    past = {named_of_the_past(each.code) for each in listing.of("C")}
    gone = [each for each in listing.of("Z85") if each.code in past]
    return listing.dropped("combined", mark, gone)


@rule("in-remission", "I.C.2.n", "Z85.6", "Z85.7")
def remission(listing: Listing, _: Context, mark: str) -> Listing:
    """Leukaemia and myeloma in remission are no history."""
    if not listing.has("C90.01", "C91.01", "C92.01", "C91.11", "C92.11", "C90.11"):
        return listing
    return listing.dropped("combined", mark, listing.of("Z85.6", "Z85.79"))


@rule("state-of-leukemia", "I.C.2.n", *_STATED, "C81", "C82", "C83", "C84", "C85", "C88")
def state(listing: Listing, context: Context, mark: str) -> Listing:
    """Remission and relapse of leukaemia, myeloma and lymphoma are in the code, as the words say
    it.
    """
    for each in listing.of(*_STATED, "C81", "C82", "C83", "C84", "C85", "C88"):
        said = context.said_of(each)
        remission, relapse = _REMISSION.search(said), _RELAPSE.search(said)
        if (remission is None) == (relapse is None) or "EHR code valid on the date" in each.rules:
            continue
        ending = ("2" if relapse else "1") if each.code.startswith(_STATED) else "A"
        code = each.code[:-1] + ending
        possible = each.code.endswith("0") if ending != "A" else relapse is None
        if possible and code != each.code and context.exists(code):
            listing = listing.recoded(each, code, mark)
    return listing


@rule("unknown-primary", "I.C.2.b", *_SECONDARY)
def primary(listing: Listing, _: Context, _mark: str) -> Listing:
    """A secondary site is reported with the primary one, its history, or C80.1 if unknown."""
    known = [each for each in listing.of("C") if not each.code.startswith((*_SECONDARY, "C80.0"))]
    if known or listing.has("Z85"):
        return listing
    first = listing.of(*_SECONDARY)[0]
    return listing.held(f"primary_site_needed:{first.code}")


@rule("secondary-follows-primary", "I.C.2.a", *_SECONDARY)
def secondary_last(listing: Listing, context: Context, _mark: str) -> Listing:
    """Where both sites are treated the primary one leads."""
    spread = listing.of(*_SECONDARY)
    chief = [each for each in listing.of("C") if not each.code.startswith(_SECONDARY)]
    if not chief or not spread or _only_secondary_treated(context):
        return listing
    return listing.led_by(chief[0], _SECONDARY)


_METASTASIS_TREATED = re.compile(
    r"\b(?:treat\w*|therapy|radiation|resection|directed)\b[^.;]{0,30}\b(?:metasta\w+|mets)\b|"
    r"\b(?:metasta\w+|mets)\b[^.;]{0,30}\b(?:treat\w*|radiation|resection)\b",
    re.IGNORECASE,
)


def _only_secondary_treated(context: Context) -> bool:
    """I.C.2.b: treatment directed toward the secondary site only."""
    return bool(context.affirmed(_METASTASIS_TREATED))


@rule("anemia-of-malignancy", "I.C.2.c.1", "D63.0")
def anemia(listing: Listing, _: Context, mark: str) -> Listing:
    """The malignancy leads, the anaemia of it follows."""
    one = listing.of("D63.0")[0]
    found = _malignant(listing)
    if not found:
        return listing.held("additional_code_needed:D63.0")
    at = listing.diagnoses.index(one)
    if all(listing.diagnoses.index(each) > at for each in found):
        return listing.led_by(found[0], ("D63.0",)).noted(one, mark)
    return listing


@rule("anemia-of-chemotherapy", "I.C.2.c.2", "D64.81")
def chemo_anemia(listing: Listing, _: Context, mark: str) -> Listing:
    """Anaemia from chemotherapy leads, then the neoplasm and the adverse effect of the drug."""
    one = listing.of("D64.81")[0]
    if not listing.has("T45.1X5"):
        listing = listing.added("T45.1X5A", mark, one, 900)
    if listing.has(*_TREATMENTS):
        return listing
    return listing.led_by(one, ("C", "D0"))


_FOLLOW_UP = re.compile(r"\bfollow[- ]?(?:ing )?up\b|\bsurveillance\b", re.IGNORECASE)


@rule("follow-up-after-cancer", "I.C.21.c.8", "Z08", "Z09", "Z85")
def follow_up(listing: Listing, context: Context, mark: str) -> Listing:
    """Follow-up of what is found again is coded as the disease; else Z08 leads the history."""
    if listing.has("Z85") and not listing.has("Z08", "Z09", "C"):
        one = listing.of("Z85")[0]
        if _FOLLOW_UP.search(context.said_of(one)):
            listing = listing.added("Z08", mark, one)
            return listing.led_by(listing.of("Z08")[0], ("Z85",))
        return listing
    if listing.has("C") and listing.has("Z08"):
        return listing.dropped("combined", mark, listing.of("Z08"))
    if listing.has("Z85") and listing.has("Z09") and not listing.has("Z08"):
        return listing.recoded(listing.of("Z09")[0], "Z08", mark)
    return listing


@rule("neoplasm-pain", "I.C.6.b.5", "G89.3")
def pain(listing: Listing, context: Context, mark: str) -> Listing:
    """Pain of a neoplasm leads where it is what the visit is for."""
    one = listing.of("G89.3")[0]
    if not _malignant(listing):
        return listing.held("additional_code_needed:G89.3")
    if context.affirmed(_PAIN_CONTROL):
        return listing.first(one).noted(one, mark)
    chief = _malignant(listing)[0]
    return listing.led_by(chief, ("G89.3",))


_PAIN_CONTROL = re.compile(
    r"\bpain (?:management|control)\b|\b(?:here|seen|visit|admitted|presents?)\b[^.;]{0,20}\bfor\b"
    r"[^.;]{0,20}\bpain\b",
    re.IGNORECASE,
)


@rule("blood-has-no-metastases", "I.C.2", *_BLOOD)
def blood(listing: Listing, _: Context, mark: str) -> Listing:
    """Lymphoma and leukaemia of several sites are no secondary neoplasms (I.C.2.q)."""
    solid = [
        each for each in listing.of("C") if not each.code.startswith((*_BLOOD, *_SECONDARY, "C96"))
    ]
    if solid:
        return listing
    return listing.dropped("combined", mark, listing.of("C77"))


@rule("overlapping-sites", "I.C.2", "C")
def overlapping(listing: Listing, context: Context, mark: str) -> Listing:
    """One primary that is said to overlap contiguous sites of an organ is coded to the organ's
    overlapping lesion, once; tumors that do not touch are coded each (I.C.2).
    """
    for each in listing.of("C"):
        if each.code.startswith(_SECONDARY) or _OVERLAPS.search(context.said_of(each)) is None:
            continue
        above = context.codes.node(each.code[:3])
        for child in () if above is None else above.children:
            code = f"{child}{each.code[5:]}"
            if "overlapping" in context.title(child) and context.exists(code):
                if listing.has(code) and each.code != code:
                    listing = listing.dropped("combined", mark, (each,))
                elif each.code != code:
                    listing = listing.recoded(each, code, mark)
    return listing


RULES: tuple[Rule, ...] = (
    overlapping, state, history, remission, primary, secondary_last, anemia, chemo_anemia, pain,
    blood, follow_up, treatment,
)  # fmt: skip
