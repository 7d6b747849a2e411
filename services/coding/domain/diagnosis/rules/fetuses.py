"""Which fetus a complication affects: the seventh character of chapter 15 (I.C.15.a.6).

0 for a single fetus, and where the fetus cannot be told; of several, the documentation says which,
or a person asks.
"""

import re

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_OF_A_FETUS = ("O31", "O32", "O33.3", "O33.4", "O33.5", "O33.6", "O33.7", "O35", "O36", "O40",
               "O41", "O60.1", "O60.2", "O64", "O69")  # fmt: skip
_SEVERAL = ("O30", "O31")
_WITH_SEVENTH = 8
_NAMED = re.compile(
    r"\b(?i:twin|triplet|fetus|foetus|baby|quadruplet|quad)s?\s*#?\s*"
    r"(?P<which>[A-E1-5])\b(?:\s*(?:,|and|&)\s*(?P<other>[A-E1-5])\b)?"
)
_CANNOT_TELL = re.compile(
    r"\b(?:unable to|cannot|not possible to)\s+(?:be\s+)?determine\b[^.;]{0,30}\bfetus", re.I
)


@rule("which-fetus", "I.C.15.a.6", *_OF_A_FETUS)
def which(listing: Listing, context: Context, mark: str) -> Listing:
    """The fetus that the documentation names; one of several that it does not name is asked for."""
    several = listing.has(*_SEVERAL)
    for each in listing.of(*_OF_A_FETUS):
        if len(each.code) != _WITH_SEVENTH or each.code[-1] != "0":
            continue
        named = _fetuses(context.said_of(each))
        if named:
            listing = _of(listing, each, named, mark)
        elif several and not each.code.startswith(_SEVERAL):
            told = any(True for _ in context.statements(_CANNOT_TELL))
            listing = listing if told else listing.held(f"fetus_not_named:{each.code}")
    return listing


def _fetuses(said: str) -> list[str]:
    """The seventh characters of the fetuses that a text names, in order."""
    found: dict[str, None] = {}
    for match in _NAMED.finditer(said):
        for letter in (match["which"], match["other"]):
            if letter:
                found[letter if letter.isdigit() else str("ABCDE".index(letter) + 1)] = None
    return list(found)


def _of(listing: Listing, one: Diagnosis, named: list[str], mark: str) -> Listing:
    listing = listing.recoded(one, f"{one.code[:-1]}{named[0]}", mark)
    first = listing.of(f"{one.code[:-1]}{named[0]}")[0]
    for ending in reversed(named[1:]):
        listing = listing.added(f"{one.code[:-1]}{ending}", mark, first)
    return listing


RULES: tuple[Rule, ...] = (which,)
