"""The National Provider Identifier and its check digit."""

from functools import lru_cache

_PREFIX_SUM = 24
"""Luhn sum of the constant prefix 80840 (45 CFR 162.406, NPI check digit calculation)."""


@lru_cache(maxsize=4096)
def is_npi(text: str) -> bool:
    """Whether this is a ten-digit NPI, first digit 1 or 2, with a right check digit.

    The check digit is Luhn's over the digits after the prefix 80840 (CMS, Requirements for
    National Provider Identifier and NPI check digit).
    """
    if len(text) != 10 or not (text.isascii() and text.isdigit()) or text[0] not in "12":
        return False
    total = _PREFIX_SUM
    for place, digit in enumerate(map(int, text)):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
