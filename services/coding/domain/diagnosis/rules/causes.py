"""External causes: never first, place and activity once, and only where something came of them.

Guideline I.C.20.
"""

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_POISONING_SAYS_IT = ("T36", "T37", "T38", "T39", "T4", "T50", "T51", "T6")


@rule("place-once", "I.C.20.b", "Y92")
def place(listing: Listing, _: Context, mark: str) -> Listing:
    """One place of occurrence, at the first encounter only."""
    return _once(listing, mark, "Y92")


@rule("activity-once", "I.C.20.c", "Y93")
def activity(listing: Listing, _: Context, mark: str) -> Listing:
    """One activity; none with a poisoning, an adverse effect or a sequela."""
    late = [each for each in listing.of("S", "T") if each.code.endswith("S")]
    if late or listing.has(*_POISONING_SAYS_IT):
        return listing.dropped("not_with", mark, listing.of("Y93"))
    return _once(listing, mark, "Y93")


@rule("status-once", "I.C.20.k", "Y99")
def status(listing: Listing, _: Context, mark: str) -> Listing:
    """One external cause status; none with a poisoning, an adverse effect or a sequela."""
    if listing.has(*_POISONING_SAYS_IT):
        return listing.dropped("not_with", mark, listing.of("Y99"))
    return _once(listing, mark, "Y99")


@rule("subsequent-care", "I.C.20.b", "Y92", "Y93", "Y99")
def initial_only(listing: Listing, _: Context, mark: str) -> Listing:
    """Place, activity and status belong to the first encounter for the injury."""
    injuries = [each for each in listing.of("S", "T") if len(each.code) == 8]
    if not injuries or any(each.code[-1] in "ABC" for each in injuries):
        return listing
    return listing.dropped("not_with", mark, listing.of("Y92", "Y93", "Y99"))


@rule("episode-of-cause", "I.C.20.a.2", "V", "W", "X", "Y0", "Y2", "Y3")
def episode(listing: Listing, context: Context, mark: str) -> Listing:
    """The cause has the character of the injury that it explains."""
    injuries = [each for each in listing.of("S", "T") if len(each.code) == 8]
    if not injuries:
        return listing
    ending = injuries[0].code[-1]
    wanted = "S" if ending == "S" else "A" if ending in "ABC" else "D"
    for each in listing.of("V", "W", "X", "Y"):
        if len(each.code) == 8 and each.code[-1] in "ADS" and each.code[-1] != wanted:
            code = each.code[:-1] + wanted
            if context.exists(code):
                listing = listing.recoded(each, code, mark)
    return listing


@rule("intent-in-poisoning", "I.C.20.a.8", "X71", "X83")
def poisoning(listing: Listing, _: Context, mark: str) -> Listing:
    """A code that has cause and intent in it needs no external cause."""
    if not listing.has(*_POISONING_SAYS_IT):
        return listing
    return listing.dropped("combined", mark, listing.of("X83", "X71"))


def _once(listing: Listing, mark: str, category: str) -> Listing:
    found = listing.of(category)
    named = [each for each in found if not each.code.startswith((f"{category}.9",))] or list(found)
    return listing.dropped("said_once", mark, [each for each in found if each is not named[0]])


RULES: tuple[Rule, ...] = (episode, place, activity, status, initial_only, poisoning)
