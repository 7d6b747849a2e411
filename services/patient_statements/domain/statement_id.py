"""A statement's id: the same on every replay, short enough to read over the phone."""

from base64 import b32encode
from hashlib import blake2b


def statement_id(practice_id: str, account_id: str, number: int) -> str:
    """The id of an account's statement ``number``: ``ST-`` and 16 letters and digits."""
    content = "\x1f".join((practice_id, account_id, str(number))).encode()
    return "ST-" + b32encode(blake2b(content, digest_size=10).digest()).decode()
