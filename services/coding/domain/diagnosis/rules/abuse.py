"""Abuse, neglect and other maltreatment of adults and children (I.C.19.f)."""

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_CONFIRMED, _SUSPECTED = "T74", "T76"
_ADULT = 18
_RULED_OUT = ("Z04.41", "Z04.42", "Z04.71", "Z04.72")
_ASSAULT = ("X92", "X93", "X94", "X95", "X96", "X97", "X98", "X99", "Y00", "Y01", "Y02", "Y03",
            "Y04", "Y07", "Y08", "Y09")  # fmt: skip


@rule("maltreatment-first", "I.C.19.f", _CONFIRMED, _SUSPECTED)
def first(listing: Listing, _: Context, mark: str) -> Listing:
    """Maltreatment leads, then what it did to body and mind; what is confirmed is not suspected."""
    if listing.has(_CONFIRMED):
        kinds = {each.code[:5] for each in listing.of(_CONFIRMED)}
        gone = [each for each in listing.of(_SUSPECTED) if f"T74{each.code[3:5]}" in kinds]
        unnamed = [each for each in listing.of(_SUSPECTED) if each.code.startswith("T76.9")]
        listing = listing.dropped("combined", mark, [*gone, *unnamed])
    one = listing.of(_CONFIRMED, _SUSPECTED)[0]
    if listing.diagnoses[0] is one or listing.has("O9A"):
        return listing
    return listing.first(one).noted(one, mark)


@rule("suspected-has-no-perpetrator", "I.C.19.f", _SUSPECTED)
def suspected(listing: Listing, _: Context, mark: str) -> Listing:
    """With suspected maltreatment neither assault nor perpetrator is reported."""
    if listing.has(_CONFIRMED):
        return listing
    return listing.dropped("not_with", mark, listing.of(*_ASSAULT))


@rule("maltreatment-ruled-out", "I.C.19.f", *_RULED_OUT)
def ruled_out(listing: Listing, _: Context, mark: str) -> Listing:
    """What was ruled out during the encounter is an examination, and not T76."""
    return listing.dropped("combined", mark, listing.of(_SUSPECTED))


@rule("maltreatment-by-age", "I.C.19.f", _CONFIRMED, _SUSPECTED)
def by_age(listing: Listing, context: Context, mark: str) -> Listing:
    """The codes of an adult end in 1 and those of a child in 2; words seldom say which it is."""
    for each in listing.of(_CONFIRMED, _SUSPECTED):
        given = any(told.startswith("EHR code") for told in each.rules)
        ending = "2" if context.age < _ADULT else "1"
        code = f"{each.code[:5]}{ending}{each.code[6:]}"
        if not given and each.code[5] in "12" and code != each.code and context.exists(code):
            listing = listing.recoded(each, code, mark)
    return listing


RULES: tuple[Rule, ...] = (by_age, first, suspected, ruled_out)
