"""The claim's own number (CLM01, X12 837 loop 2300), derived and never counted."""

from hashlib import blake2b
from typing import Final

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS: Final = tuple(first + second for first in _LETTERS for second in _LETTERS)


def claim_id(practice_id: str, encounter_id: str, payer_level: int, version: int) -> str:
    """20 characters of A-Z and 2-7: the same claim version always gets the same number.

    CLM01 may be 38 long, but payers keep 20 (X12 837P CLM01 note).
    """
    text = "\x1f".join((practice_id, encounter_id, str(payer_level), str(version)))
    return _base32(text, 12, 20)


def short_id(*parts: str) -> str:
    """A stable id for something that belongs to an encounter, such as a work item."""
    text = "\x1f".join(parts)
    return _base32(text, 10, 16)


def _base32(text: str, octets: int, letters: int) -> str:
    """The hash of a text in base 32 (RFC 4648, 6), without padding."""
    digest = blake2b(text.encode(), digest_size=octets).digest()
    bits = letters * 5
    number = int.from_bytes(digest, "big") << (bits - octets * 8)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(bits - 10, -1, -10)])
