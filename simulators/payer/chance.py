"""Chance by seed: the same seed and parts always give the same number."""

from hashlib import blake2b

WHOLE = 10_000
"""Shares are of ten thousand."""


def seeded(seed: int, *parts: str) -> int:
    """A number that depends on the seed and the parts only."""
    text = "\x1f".join((str(seed), *parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), byteorder="big")
