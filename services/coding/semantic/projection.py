"""What a release itself teaches of likeness: names of one code are alike, those of others are not.

The model knows general English. A linear map of its vectors is fitted so that two names of one code
come to lie nearer to each other than to names of the codes around it (a contrastive loss over
batches of neighbouring codes). Nothing but the release's own names is used.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.coding.semantic.weight_file import Floats

WIDTH = 256
_STEPS = 900
_BATCH = 768
_OF_A_CATEGORY = 10
_CATEGORY = 3
_SHARPNESS = np.float32(1 / 0.05)
_RATE = 1e-3
_FIRST, _SECOND, _LEAST = 0.9, 0.999, 1e-8
_SEED = 2_026
_FEWEST_CODES = 200


def fitted(vectors: Floats, codes: Sequence[str]) -> Floats:
    """A map to ``WIDTH`` numbers; of a release too small to teach, the first of what there is."""
    width = min(WIDTH, int(vectors.shape[1]))
    found: Floats = np.eye(vectors.shape[1], width, dtype=np.float32)
    by_category = _named_twice(codes)
    if sum(map(len, by_category)) < _FEWEST_CODES:
        return found
    draw = np.random.default_rng(_SEED)
    mean, square = np.zeros_like(found), np.zeros_like(found)
    for step in range(1, _STEPS + 1):
        one, other = _pairs(by_category, draw)
        slope = _slope(found, vectors[one], vectors[other])
        mean = _FIRST * mean + (1 - _FIRST) * slope
        square = _SECOND * square + (1 - _SECOND) * slope * slope
        rate = _RATE * min(1.0, 2 * (1 - step / (_STEPS + 1)))
        moved = mean / (1 - _FIRST**step)
        found -= rate * moved / (np.sqrt(square / (1 - _SECOND**step)) + _LEAST)
    return found


def projected(vectors: Floats, by: Floats) -> Floats:
    """``vectors`` mapped, each of length one again."""
    found: Floats = vectors @ by
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return found


def _named_twice(codes: Sequence[str]) -> list[list[list[int]]]:
    """By category and code: the rows of codes with two names at least."""
    rows: dict[str, list[int]] = {}
    for row, code in enumerate(codes):
        rows.setdefault(code, []).append(row)
    found: dict[str, list[list[int]]] = {}
    for code, mine in sorted(rows.items()):
        if len(mine) > 1:
            found.setdefault(code[:_CATEGORY], []).append(mine)
    return list(found.values())


def _pairs(
    by_category: Sequence[Sequence[Sequence[int]]], draw: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Two names each of many codes, some of one category together."""
    one: list[int] = []
    other: list[int] = []
    order = draw.permutation(len(by_category))
    for place in order.tolist():
        category = by_category[place]
        for code in draw.permutation(len(category))[:_OF_A_CATEGORY].tolist():
            rows = category[code]
            first, second = draw.choice(len(rows), 2, replace=False).tolist()
            one.append(rows[first])
            other.append(rows[second])
            if len(one) == _BATCH:
                return one, other
    return one, other


def _slope(by: Floats, one: Floats, other: Floats) -> Floats:
    """How the loss changes with the map: each name is to pick out its fellow among all others."""
    left, right = one @ by, other @ by
    left_length = np.linalg.norm(left, axis=1, keepdims=True)
    right_length = np.linalg.norm(right, axis=1, keepdims=True)
    left, right = left / left_length, right / right_length
    alike = left @ right.T * _SHARPNESS
    count = len(one)
    surplus = _shares(alike) + _shares(alike.T).T - 2 * np.eye(count, dtype=np.float32)
    surplus *= _SHARPNESS / (2 * count)
    on_left, on_right = surplus @ right, surplus.T @ left
    on_left = (on_left - (on_left * left).sum(axis=1, keepdims=True) * left) / left_length
    on_right = (on_right - (on_right * right).sum(axis=1, keepdims=True) * right) / right_length
    found: Floats = one.T @ on_left + other.T @ on_right
    return found


def _shares(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    shares = np.exp(rows - rows.max(axis=1, keepdims=True))
    found: NDArray[np.float32] = shares / shares.sum(axis=1, keepdims=True)
    return found
