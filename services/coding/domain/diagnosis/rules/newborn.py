"""Conditions of the perinatal period, and the record of birth (I.C.16)."""

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_PERINATAL_DAYS = 28
# What a newborn has that chapter 16 has a code of its own for (I.C.16.a.1, I.C.16.a.5).
_PERINATAL = {
    "R17": "P59.9",
    "E16.2": "P70.4",
    "R63.3": "P92.9",
    "J18.9": "P23.9",
    "R06.81": "P28.40",
    "R50.9": "P81.9",
    "N39.0": "P39.3",
    "R11.10": "P92.09",
    "A41.9": "P36.9",
    "H10.9": "P39.1",
}
_BORN = "Z38"


@rule("birth-record", "I.C.16.a.2", _BORN)
def birth(listing: Listing, _: Context, mark: str) -> Listing:
    """On the record of birth Z38 stands first, once."""
    one = listing.of(_BORN)[0]
    return listing if listing.diagnoses[0] is one else listing.first(one).noted(one, mark)


@rule("perinatal-code", "I.C.16.a.1", *_PERINATAL)
def perinatal(listing: Listing, context: Context, mark: str) -> Listing:
    """In the first 28 days a condition with a code of chapter 16 takes that code."""
    if not 0 <= context.days <= _PERINATAL_DAYS:
        return listing
    for code, newborn in _PERINATAL.items():
        for each in listing.of(code):
            if context.exists(newborn):
                listing = listing.recoded(each, newborn, mark)
    return listing


@rule("perinatal-age", "I.C.16.a.4", "P")
def age(listing: Listing, context: Context, _mark: str) -> Listing:
    """Chapter 16 is for the newborn; it goes on only while the condition does. A coder looks at a
    code of it for a patient of school age or older, and at one on the mother's record.
    """
    if context.age < 6 and not listing.has("O"):
        return listing
    return listing.held(f"perinatal_code:{listing.of('P')[0].code}")


RULES: tuple[Rule, ...] = (perinatal, birth, age)
