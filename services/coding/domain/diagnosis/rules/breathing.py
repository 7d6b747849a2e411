"""Respiratory diseases: COPD, asthma, influenza, pneumonia, respiratory failure (I.C.10)."""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_LOWER_INFECTION = ("J12", "J13", "J14", "J15", "J16", "J17", "J18", "J20", "J21", "J22", "J69.0")
_INFLUENZA = ("J09", "J10", "J11")
_WITH_INFECTION = re.compile(
    r"\bwith (?:an? )?(?:(?:acute|superimposed|concurrent|right|left|lower|lobe|"
    r"community[- ]acquired) )*(?P<infection>bronchitis|pneumonia)\b(?! (?:ruled|unlikely))",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\b(?:(?P<course>acute on chronic|acute|chronic)\s+)?"
    r"(?P<gas>hypox\w+|hypercap\w+|hypercarb\w+)"
    r"\s+(?:and\s+\w+\s+)?respiratory\s+failure\b",
    re.IGNORECASE,
)
_PNEUMONIAS = ("J12", "J13", "J14", "J15", "J16", "J17")


@rule("copd-with-infection", "I.C.10.a", "J44.9", "J44.1")
def infection(listing: Listing, context: Context, mark: str) -> Listing:
    """COPD with a lower respiratory infection is J44.0, with the infection beside it; an
    exacerbation is coded too.
    """
    listing = _infection_in_words(listing, context, mark)
    found = listing.of(*_LOWER_INFECTION)
    if not found:
        return listing
    if listing.has("J44.9"):
        one = listing.of("J44.9")[0]
        listing = listing.recoded(one, "J44.0", mark, found)
    elif not listing.has("J44.0"):
        flare = listing.of("J44.1")[0]
        listing = listing.added("J44.0", mark, flare, min(each.confidence for each in found))
        listing = listing.led_by(listing.of("J44.0")[0], ("J44.1",))
    return listing


def _infection_in_words(listing: Listing, context: Context, mark: str) -> Listing:
    """What "COPD exacerbation with acute bronchitis" names beside the exacerbation."""
    if listing.has(*_LOWER_INFECTION):
        return listing
    one = listing.of("J44.9", "J44.1")[0]
    match = _WITH_INFECTION.search(context.said_of(one))
    if match is None:
        return listing
    code = "J20.9" if match["infection"].lower() == "bronchitis" else "J18.9"
    return listing.added(code, mark, one, 880)


@rule("infection-of-copd", "I.C.10.a", "J44.0")
def infection_named(listing: Listing, context: Context, mark: str) -> Listing:
    """The infection with COPD is identified; acute bronchitis from the words of the problem."""
    if listing.has(*_LOWER_INFECTION, *_INFLUENZA):
        return listing.dropped("less_specific", mark, listing.of("J44.9"))
    one = listing.of("J44.0")[0]
    said = context.said_of(one).lower()
    if "bronchitis" in said:
        return listing.added("J20.9", mark, one, 900)
    if "pneumonia" in said:
        return listing.added("J18.9", mark, one, 900)
    return listing.held("additional_code_needed:J44.0")


@rule("emphysema-is-copd", "I.C.10.a", "J43", beside=("J44",))
def emphysema(listing: Listing, _: Context, mark: str) -> Listing:
    """Emphysema is a kind of COPD: J43 alone, an exacerbation of it included."""
    return listing.dropped("combined", mark, listing.of("J44.9", "J44.1"))


@rule("chronic-bronchitis-is-copd", "I.B.18", "J42", "J40")
def bronchitis(listing: Listing, _: Context, mark: str) -> Listing:
    """Chronic obstructive bronchitis is COPD."""
    if not listing.has("J44"):
        return listing
    return listing.dropped("combined", mark, listing.of("J42", "J40"))


@rule("influenza-with-pneumonia", "I.C.10.c", "J10.1", "J11.1", "J09.X2", beside=("J1",))
def influenza(listing: Listing, _: Context, mark: str) -> Listing:
    """Influenza with pneumonia is one code; a named pneumonia is coded beside it."""
    one = listing.of("J10.1", "J11.1", "J09.X2")[0]
    found = listing.of("J18", *_PNEUMONIAS)
    if not found:
        return listing
    named = [each for each in found if not each.code.startswith(("J18", "J12.9"))]
    if one.code == "J09.X2":
        return listing.recoded(one, "J09.X1", mark, found)
    code = f"{one.code[:4]}0{8 if named else 0}"
    listing = listing.recoded(one, code, mark, found)
    unnamed = [each for each in found if each not in named]
    return listing.dropped("combined", mark, unnamed)


@rule("influenza-named", "I.C.10.c", "J11")
def influenza_named(listing: Listing, _: Context, mark: str) -> Listing:
    """Influenza of a named virus replaces that of an unidentified one."""
    if not listing.has("J09", "J10"):
        return listing
    return listing.dropped("less_specific", mark, listing.of("J11"))


@rule("pneumonia-named", "I.B.18", "J18.9")
def pneumonia(listing: Listing, _: Context, mark: str) -> Listing:
    """Pneumonia of a named cause replaces unspecified pneumonia."""
    if not listing.has(*_PNEUMONIAS, "J69.0", "J10.0", "J11.0", "J09.X1", "J18.0", "J18.1"):
        return listing
    return listing.dropped("less_specific", mark, listing.of("J18.9"))


@rule("infection-above-explained", "I.B.18", "J06.9", "J98.8", "J22")
def unspecified_infection(listing: Listing, _: Context, mark: str) -> Listing:
    """An unspecified respiratory infection gives way to one that is named."""
    if listing.has("J00", "J01", "J02", "J03", "J04", "J05", *_INFLUENZA, "U07.1"):
        listing = listing.dropped("less_specific", mark, listing.of("J06.9"))
    if listing.has("J12", "J13", "J14", "J15", "J18", "J20", "J21"):
        listing = listing.dropped("less_specific", mark, listing.of("J22", "J98.8"))
    return listing


@rule("respiratory-failure-named", "I.C.10.b", "J96")
def failure(listing: Listing, _: Context, mark: str) -> Listing:
    """Failure whose kind is told replaces the unspecified one; acute on chronic replaces both."""
    if listing.has("J96.2"):
        listing = listing.dropped("combined", mark, listing.of("J96.0", "J96.1", "J96.9"))
    elif listing.has("J96.0", "J96.1"):
        listing = listing.dropped("less_specific", mark, listing.of("J96.9"))
    if listing.has("J96.01", "J96.02"):
        listing = listing.dropped("less_specific", mark, listing.of("J96.00"))
    return listing


@rule("kind-of-respiratory-failure", "I.C.10.b", "J96")
def kind_of_failure(listing: Listing, context: Context, mark: str) -> Listing:
    """With hypoxia or hypercapnia, acute or chronic or both, as the words say it."""
    for each in listing.of("J96.00", "J96.10", "J96.20", "J96.90"):
        match = _FAILURE.search(context.said_of(each))
        if match is None:
            continue
        gas = "1" if match["gas"].lower().startswith("hypox") else "2"
        code = f"{each.code[:-1]}{gas}"
        listing = listing.recoded(each, code, mark)
        course = (match["course"] or "").lower()
        kind = "2" if "on" in course else {"acute": "0", "chronic": "1"}.get(course, "")
        if code[4] == kind:
            listing = listing.surer(listing.of(code)[0], 930, mark)
    return listing


@rule("status-asthmaticus", "I.C.10.a", "J45")
def asthma(listing: Listing, _: Context, mark: str) -> Listing:
    """The worst state of an asthma is coded once: status asthmaticus over exacerbation."""
    for better, others in (("2", ("0", "1", "20")), ("1", ("0", "20"))):
        stems = {each.code[:-1] for each in listing.of("J45") if each.code.endswith(better)}
        gone = [
            each
            for each in listing.of("J45")
            if each.code[:-1] in stems and each.code.endswith(others) and each.code[-1] != better
        ]
        listing = listing.dropped("less_specific", mark, gone)
    return listing


RULES: tuple[Rule, ...] = (
    emphysema, bronchitis, influenza_named, influenza, infection, infection_named, pneumonia,
    unspecified_infection,
    kind_of_failure, failure, asthma,
)  # fmt: skip
