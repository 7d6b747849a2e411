"""The claim's own number (CLM01, X12 837 loop 2300), derived and never counted."""

from base64 import b32encode
from hashlib import blake2b


def claim_id(practice_id: str, encounter_id: str, payer_level: int, version: int) -> str:
    """20 characters of A-Z and 2-7: the same claim version always gets the same number.

    CLM01 may be 38 long, but payers keep 20 (X12 837P CLM01 note).
    """
    text = "\x1f".join((practice_id, encounter_id, str(payer_level), str(version)))
    return b32encode(blake2b(text.encode(), digest_size=12).digest()).decode().rstrip("=")


def short_id(*parts: str) -> str:
    """A stable id for something that belongs to an encounter, such as a work item."""
    text = "\x1f".join(parts)
    return b32encode(blake2b(text.encode(), digest_size=10).digest()).decode().rstrip("=")
