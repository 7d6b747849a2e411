"""Congenital malformations: lifelong, and history once they are corrected (I.C.17)."""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

# By category, the longest beginning first; from the titles of Z87.7 in the tabular list.
_CORRECTED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Q10", "Q11", "Q12", "Q13", "Q14", "Q15"), "Z87.720"),
    (("Q16", "Q17"), "Z87.721"),
    (("Q00", "Q01", "Q02", "Q03", "Q04", "Q05", "Q06", "Q07"), "Z87.728"),
    (("Q18",), "Z87.790"),
    (("Q20", "Q21", "Q22", "Q23", "Q24", "Q25", "Q26", "Q27", "Q28"), "Z87.74"),
    (("Q30", "Q31", "Q32", "Q33", "Q34"), "Z87.75"),
    (("Q35", "Q36", "Q37"), "Z87.730"),
    (("Q39.0", "Q39.1", "Q39.2"), "Z87.731"),
    (("Q38", "Q39", "Q40", "Q41", "Q42", "Q43", "Q44", "Q45"), "Z87.738"),
    (("Q54",), "Z87.710"),
    (("Q50", "Q51", "Q52", "Q53", "Q55", "Q56", "Q60", "Q61", "Q62", "Q63", "Q64"), "Z87.718"),
    (("Q79.0", "Q79.1"), "Z87.760"),
    (("Q79.3",), "Z87.761"),
    (("Q79.4",), "Z87.762"),
    (("Q79.2", "Q79.5"), "Z87.763"),
    (("Q65", "Q66", "Q67", "Q68", "Q69", "Q7", "Q8"), "Z87.768"),
)
_CORRECTION = re.compile(
    r"\b(?<!un)(?<!not )(?:surgically )?(?:repaired|corrected)\b|\b(?:s/p|status post|after|prior|"
    r"previous|history of)\s+(?:\w+\s+){0,3}(?:repair|correction|closure)\b",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"\b(?:residual|partial(?:ly)?|incomplete\w*|remaining|awaiting|planned|pending|for repair|"
    r"needs?|recurrent|scheduled)\b",
    re.IGNORECASE,
)


@rule("corrected-malformation", "I.C.17", "Q")
def corrected(listing: Listing, context: Context, mark: str) -> Listing:
    """A malformation that was corrected is history; what of it is left is coded still."""
    for each in listing.of("Q"):
        said = context.said_of(each)
        if _CORRECTION.search(said) is None or _LEFT_OVER.search(said):
            continue
        code = next((past for codes, past in _CORRECTED if each.code.startswith(codes)), "")
        if code and context.exists(code):
            listing = listing.recoded(each, code, mark)
    return listing


@rule("corrected-or-there", "I.C.17", "Z87.74", beside=("Q2",))
def unspecified(listing: Listing, _: Context, mark: str) -> Listing:
    """An unspecified malformation of the heart is not coded beside the history of its repair."""
    return listing.dropped("combined", mark, listing.of("Q21.9", "Q24.9"))


RULES: tuple[Rule, ...] = (corrected, unspecified)
