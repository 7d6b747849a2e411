"""National Provider Identifiers with a valid check digit, for records that carry none.

The check digit is Luhn's over the prefix 80840 and the first nine digits (45 CFR 162.406, CMS
NPI check-digit instructions).
"""

from hashlib import blake2b

_PREFIX = "80840"


def check_digit(first_nine: str) -> str:
    """The tenth digit of an NPI whose first nine are given."""
    total = 0
    for position, digit in enumerate(reversed(_PREFIX + first_nine)):
        value = int(digit)
        if position % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def is_valid(npi: str) -> bool:
    """Whether ``npi`` has ten digits, starts with 1 or 2, and its check digit fits."""
    return (
        len(npi) == 10
        and npi.isascii()
        and npi.isdigit()
        and npi[0] in "12"
        and check_digit(npi[:9]) == npi[9]
    )


def digits_of(length: int, *parts: str) -> str:
    """``length`` decimal digits that depend on ``parts`` alone."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
    return str(int.from_bytes(digest, "big") % 10**length).zfill(length)


def derived_npi(*parts: str) -> str:
    """A valid-looking NPI that depends on ``parts`` alone; it belongs to nobody on purpose."""
    first_nine = "1" + digits_of(8, "npi", *parts)
    return first_nine + check_digit(first_nine)


def derived_tax_id(*parts: str) -> str:
    """Nine digits in place of an employer identification number, from ``parts`` alone."""
    return "20" + digits_of(7, "tax", *parts)
