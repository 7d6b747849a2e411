"""Monetary amounts and quantities as X12 writes them (data element type R, X12.6 section 3.5.1.2).

Inside, money is integer cents. ``12``, ``12.5``, ``.5`` and ``-3.10`` are all legal text; an
exponent, a plus sign, spaces or more than two decimals are not.
"""

import re
from decimal import Decimal
from functools import lru_cache

_AMOUNT = re.compile(r"(-?)(\d{0,16})(?:\.(\d{0,2}))?", re.ASCII).fullmatch
_QUANTITY = re.compile(r"-?\d{0,15}(?:\.\d{0,9})?", re.ASCII).fullmatch


class AmountError(ValueError):
    """The text is not an amount or quantity; the message never repeats the text."""


@lru_cache(maxsize=16_384)
def parse_cents(text: str) -> int:
    """Integer cents of an amount; raises AmountError where it is not exact to the cent.

    >>> parse_cents("-3.10"), parse_cents(".5"), parse_cents("12")
    (-310, 50, 1200)
    """
    if text[-3:-2] == ".":
        digits = text[:-3] + text[-2:]
        if digits.isascii() and digits.isdigit() and len(digits) < 19:
            return int(digits)
    elif len(text) < 17 and text.isdigit() and text.isascii():
        return int(text) * 100
    match = _AMOUNT(text)
    if match is None:
        raise AmountError("not a decimal amount with at most two decimals")
    sign, whole, decimals = match.groups()
    if not whole and not decimals:
        raise AmountError("an amount needs a digit")
    cents = int(whole or "0") * 100 + int((decimals or "").ljust(2, "0"))
    return -cents if sign else cents


def format_cents(cents: int) -> str:
    """Shortest legal text: trailing zeros and an idle decimal point are left out.

    >>> format_cents(1250), format_cents(-5), format_cents(0)
    ('12.5', '-0.05', '0')
    """
    whole, part = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    if not part:
        return f"{sign}{whole}"
    tens, ones = divmod(part, 10)
    return f"{sign}{whole}.{tens}{ones}" if ones else f"{sign}{whole}.{tens}"


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Decimal:
    """A count of units, exact; raises AmountError where it is not one."""
    if _QUANTITY(text) is None or not any(map(str.isdigit, text)):
        raise AmountError("not a decimal quantity")
    return Decimal(text)


def format_quantity(quantity: Decimal) -> str:
    """Shortest legal text of a quantity.

    >>> format_quantity(Decimal("1.50")), format_quantity(Decimal("100"))
    ('1.5', '100')
    """
    text = format(quantity, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-", "-0"} else text
