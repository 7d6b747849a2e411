"""Codes of T36-T50 by what happened: poisoning, adverse effect or underdosing (I.C.19.e).

The sixth character says it, or the fifth where the sixth is a placeholder (T36.0X5A, T36.95XA): 1-4
poisoning by intent, 5 adverse effect, 6 underdosing.
"""

_FIRST, _LAST = "T36", "T50"
_TOXIC_FIRST, _TOXIC_LAST = "T51", "T65"


def intent(code: str) -> str:
    """The character that tells what happened, or "" for a code outside T36-T50 and T51-T65."""
    category = code[:3]
    if not (_FIRST <= category <= _TOXIC_LAST):
        return ""
    bare = code.replace(".", "").ljust(6, "X")
    return bare[4] if bare[5] == "X" else bare[5]


def is_drug_code(code: str) -> bool:
    """Whether the code is of T36-T50: drugs, medicaments and biological substances."""
    return _FIRST <= code[:3] <= _LAST


def is_poisoning(code: str) -> bool:
    """Poisoning by a drug, or the toxic effect of a substance that is none (T51-T65)."""
    return intent(code) in ("1", "2", "3", "4")


def is_adverse_effect(code: str) -> bool:
    """An adverse effect of a drug properly given: the nature of the effect stands before it."""
    return is_drug_code(code) and intent(code) == "5"


def is_underdosing(code: str) -> bool:
    """Less of a drug taken than prescribed: never first-listed."""
    return is_drug_code(code) and intent(code) == "6"
