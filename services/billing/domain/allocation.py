"""Splitting cents without losing one: the largest-remainder method."""

from collections.abc import Sequence


def split_by_weight(total_cents: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split ``total_cents`` in proportion to ``weights``; the parts sum to the total.

    Each part is the rounded-down share; the cents left over go one each to the largest
    remainders, the earlier part first among equals. A negative total is the mirror of the positive
    one. All-zero weights count as equal. Raises ``ValueError`` for no or negative weights.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and must not be negative")
    if total_cents < 0:
        return tuple(-part for part in split_by_weight(-total_cents, weights))
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [divmod(total_cents * weight, whole) for weight in weights]
    left = total_cents - sum(part for part, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda index: (-parts[index][1], index))
    extra = set(by_remainder[:left])
    return tuple(part + (index in extra) for index, (part, _) in enumerate(parts))


def fill_in_order(total_cents: int, capacities: Sequence[int]) -> tuple[int, ...]:
    """Fill each capacity in turn; the parts sum to the smaller of total and sum of capacities.

    A negative capacity counts as none.
    """
    left = max(total_cents, 0)
    parts: list[int] = []
    for capacity in capacities:
        part = min(left, max(capacity, 0))
        parts.append(part)
        left -= part
    return tuple(parts)
