"""One code for two conditions, or for a condition with its manifestation (I.B.9, I.A.15).

What the alphabetic index lists under "with", "in" or "due to" is presumed linked unless the
documentation says that it is not.
"""

import re

from msgspec import Struct

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule


class Combination(Struct, frozen=True):
    """``one`` beside a code of ``other`` becomes ``code``; ``other`` stays only where ``keeps``."""

    one: str
    other: tuple[str, ...]
    code: str
    keeps: bool = False


COMBINATIONS: tuple[Combination, ...] = (
    Combination("I25.10", ("I20.0",), "I25.110"),
    Combination("I25.10", ("I20.1",), "I25.111"),
    Combination("I25.10", ("I20.2",), "I25.112"),
    Combination("I25.10", ("I20.8",), "I25.118"),
    Combination("I25.10", ("I20.9",), "I25.119"),
    Combination("I25.810", ("I20.0",), "I25.700"),
    Combination("I25.810", ("I20.1",), "I25.701"),
    Combination("I25.810", ("I20.2",), "I25.702"),
    Combination("I25.810", ("I20.8",), "I25.708"),
    Combination("I25.810", ("I20.9",), "I25.709"),
    Combination("K57.32", ("L02.91", "K63.0", "K63.1"), "K57.20"),
    Combination("K57.92", ("L02.91", "K63.0", "K63.1"), "K57.80"),
    Combination("K35.80", ("K65.0", "K65.9"), "K35.20"),
    Combination("K57.30", ("K62.5", "K92.1", "K92.2"), "K57.31"),
    Combination("K57.32", ("K62.5", "K92.1", "K92.2"), "K57.33"),
    Combination("K57.90", ("K62.5", "K92.1", "K92.2"), "K57.91"),
    Combination("K57.92", ("K62.5", "K92.1", "K92.2"), "K57.93"),
    Combination("K25.9", ("K92.0", "K92.1", "K92.2"), "K25.4"),
    Combination("K26.9", ("K92.0", "K92.1", "K92.2"), "K26.4"),
    Combination("K27.9", ("K92.0", "K92.1", "K92.2"), "K27.4"),
    Combination("K29.70", ("K92.0", "K92.1", "K92.2"), "K29.71"),
    Combination("K70.30", ("R18.8",), "K70.31"),
    Combination("K80.20", ("K81.0",), "K80.00"),
    Combination("K80.20", ("K81.1", "K81.9"), "K80.10"),
    Combination("K80.20", ("K81.2",), "K80.12"),
    Combination("N20.0", ("N20.1",), "N20.2"),
    Combination("N13.30", ("N20",), "N13.2"),
    Combination("N40.0", ("R33", "R35", "R39.1", "N13.8", "N39.4"), "N40.1", keeps=True),
    Combination("N30.00", ("R31",), "N30.01"),
    Combination("N30.10", ("R31",), "N30.11"),
    Combination("N30.90", ("R31",), "N30.91"),
    Combination("M54.30", ("M54.5",), "M54.40"),
    Combination("M54.31", ("M54.5",), "M54.41"),
    Combination("M54.32", ("M54.5",), "M54.42"),
    Combination("M51.26", ("M54.16", "M54.3"), "M51.16"),
    Combination("M51.27", ("M54.17", "M54.3"), "M51.17"),
    Combination("D64.9", ("T45.1X5",), "D64.81", keeps=True),
    Combination("D64.9", ("N18",), "D63.1", keeps=True),
    Combination("D64.9", ("C",), "D63.0", keeps=True),
    Combination("K21.9", ("K20.9",), "K21.00"),
    Combination("I15.9", ("I70.1",), "I15.0", keeps=True),
    Combination("K50.90", ("K62.5", "K92.1"), "K50.911"),
    Combination("K51.90", ("K62.5", "K92.1"), "K51.911"),
)
# Acute and chronic in one code (I.B.8): either alone, and both together.
_ACUTE_ON_CHRONIC: tuple[tuple[str, str, str], ...] = (
    ("I50.21", "I50.22", "I50.23"),
    ("I50.31", "I50.32", "I50.33"),
    ("I50.41", "I50.42", "I50.43"),
    ("I50.811", "I50.812", "I50.813"),
    ("J96.00", "J96.10", "J96.20"),
    ("J96.01", "J96.11", "J96.21"),
    ("J96.02", "J96.12", "J96.22"),
    ("J96.01", "J96.10", "J96.21"),
    ("J96.02", "J96.10", "J96.22"),
    ("K81.0", "K81.1", "K81.2"),
    ("J35.01", "J35.02", "J35.03"),
    ("K80.00", "K80.10", "K80.12"),
)
_BOTH_FAILURES = {"0": "40", "1": "41", "2": "42", "3": "43"}
_NOT_LINKED = re.compile(
    r"\b(?:not (?:due|related|secondary|attributed|attributable) to|unrelated to|"
    r"independent of|not caused by|non[- ]?diabetic|idiopathic)\b",
    re.IGNORECASE,
)


def is_unlinked(context: Context, listing: Listing, *prefixes: str) -> bool:
    """Whether the words of one of these diagnoses say that it has another cause (I.A.15)."""
    return any(
        _NOT_LINKED.search(context.said_of(each)) is not None for each in listing.of(*prefixes)
    )


@rule(
    "combination-code",
    "I.B.9",
    *dict.fromkeys(each.one for each in COMBINATIONS),
    beside=tuple(dict.fromkeys(code for each in COMBINATIONS for code in each.other)),
)
def combine(listing: Listing, context: Context, mark: str) -> Listing:
    """Two conditions that have one code together are reported with it."""
    for each in COMBINATIONS:
        own = listing.of(each.one)
        others = listing.of(*each.other) if own else ()
        if not others or own[0].code != each.one or is_unlinked(context, listing, *each.other):
            continue
        if not each.keeps:
            listing = listing.dropped("combined", mark, others)
        if context.exists(each.code):
            listing = listing.recoded(own[0], each.code, mark, others)
        elif listing.has(each.code):
            listing = listing.dropped("combined", mark, own)
    return listing


@rule(
    "acute-and-chronic",
    "I.B.8",
    *(acute for acute, _, _ in _ACUTE_ON_CHRONIC),
    beside=tuple(chronic for _, chronic, _ in _ACUTE_ON_CHRONIC),
)
def acute_on_chronic(listing: Listing, _: Context, mark: str) -> Listing:
    """One code where the classification has one for both, and acute before chronic elsewhere."""
    for acute, chronic, both in _ACUTE_ON_CHRONIC:
        sharp, slow = listing.of(acute), listing.of(chronic)
        if sharp and slow:
            listing = listing.dropped("combined", mark, slow).recoded(sharp[0], both, mark, slow)
    return listing


@rule("systolic-and-diastolic", "I.B.9", "I50.2", beside=("I50.3",))
def both_failures(listing: Listing, _: Context, mark: str) -> Listing:
    """Systolic and diastolic heart failure are one code, as acute as the more acute of them."""
    systolic, diastolic = listing.of("I50.2"), listing.of("I50.3")
    if not (systolic and diastolic):
        return listing
    ends = {each.code[5:] for each in (*systolic, *diastolic)}
    end = "3" if "3" in ends or {"1", "2"} <= ends else max(ends)
    listing = listing.dropped("combined", mark, (*systolic[1:], *diastolic))
    return listing.recoded(systolic[0], f"I50.{_BOTH_FAILURES[end]}", mark, diastolic)


RULES: tuple[Rule, ...] = (acute_on_chronic, both_failures, combine)
