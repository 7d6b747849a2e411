"""Another value of the same shape under a key, one to one: two values never get the same one.

A value is a number whose digits have bases of their own (10 for a digit, 26 for a letter); a
Feistel network permutes the numbers below the square that holds them, and walks on until it is
among them again (cycle walking: Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002).
"""

from hashlib import shake_256
from math import isqrt, prod
from string import ascii_lowercase, ascii_uppercase, digits

_CLASSES = (digits, ascii_uppercase, ascii_lowercase)
_CLASS_OF = {char: kind for kind in _CLASSES for char in kind}
_ROUNDS = 8
_SPARE_BYTES = 16
"""More than a half is wide, so that its remainder is as good as even."""


def stand_in(value: str, key: bytes) -> str:
    """Digits for digits, letters for letters of the same case, everything else as it is.

    Which values are one another's depends on the whole shape and the ``key``, of any length.
    """
    kinds = [_CLASS_OF.get(char, char) for char in value]
    count = prod(len(kind) for kind in kinds)
    if count == 1:
        return value
    number = 0
    for char, kind in zip(value, kinds, strict=True):
        number = number * len(kind) + kind.index(char)
    side = isqrt(count - 1) + 1
    seed = b"%d:%b%b" % (len(key), key, "".join(kind[0] for kind in kinds).encode())
    number = _permuted(number, side, seed)
    while number >= count:
        number = _permuted(number, side, seed)
    drawn = []
    for kind in reversed(kinds):
        number, place = divmod(number, len(kind))
        drawn.append(kind[place])
    return "".join(reversed(drawn))


def _permuted(number: int, side: int, seed: bytes) -> int:
    """Where ``number`` of the ``side`` squared goes."""
    left, right = divmod(number, side)
    width = (side.bit_length() + 7) // 8
    for turn in range(_ROUNDS):
        told = b"%b:%d:%b" % (seed, turn, right.to_bytes(width))
        drawn = int.from_bytes(shake_256(told).digest(width + _SPARE_BYTES))
        left, right = right, (left + drawn) % side
    return left * side + right
