"""One disease with a code for each sex: that of the patient's (I.B.2, the highest level of detail).

The index tells them apart by a word that a note leaves out, since the reader knows the patient.
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

# By the beginning of the code: female, male.
_PAIRS = (
    ("E28.39", "E29.1"),
    ("N97.9", "N46.9"),
    ("N35.92", "N35.919"),
    ("Z85.40", "Z85.45"),
    *((f"C50.{part}1", f"C50.{part}2") for part in "01234568"),
    ("C50.91", "C50.92"),
    *((f"T21.{degree}7", f"T21.{degree}6") for degree in range(8)),
    ("S30.202", "S30.201"),
    ("S30.816", "S30.815"),
    ("S31.502", "S31.501"),
    ("S38.002", "S38.001"),
)
_FEMALE = dict(_PAIRS)
_MALE = {male: female for female, male in _PAIRS}
_TOLD = re.compile(r"hypogonad|infertil", re.IGNORECASE)
_KNOWN_SEX = 880


@rule("code-of-the-sex", "I.B.2", *_FEMALE, *_MALE)
def of_the_sex(listing: Listing, context: Context, mark: str) -> Listing:
    """The code of the patient's sex in the place of the other one, unless the EHR gave it."""
    others = {"M": _FEMALE, "F": _MALE}.get(context.patient.sex, {})
    for each in listing.diagnoses:
        if any(given.startswith("EHR code") for given in each.rules):
            continue
        begin = next((begin for begin in others if each.code.startswith(begin)), "")
        code = others[begin] + each.code[len(begin) :] if begin else ""
        if not code or not context.exists(code):
            continue
        listing = listing.recoded(each, code, mark)
        (there, *_) = listing.of(code)
        if _TOLD.search(context.said_of(each)):
            listing = listing.surer(there, _KNOWN_SEX, mark)
    return listing


RULES: tuple[Rule, ...] = (of_the_sex,)
