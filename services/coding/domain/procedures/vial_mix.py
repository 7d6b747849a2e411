"""Which containers give a dose with the least left over.

Medicare pays a discarded amount only of the smallest containers, and mixes of them, that give the
dose (Medicare Claims Processing Manual chapter 17 section 40.1).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import gcd
from typing import NamedTuple

_MOST_STEPS = 10_000
_MOST_SIZES = 20
_MOST_OF_A_SIZE = 200


class Size(NamedTuple):
    """A container at hand: what it holds, and how many there are (None: enough)."""

    amount: Decimal
    number: int | None = None


class Vial(NamedTuple):
    """Containers of one size to be opened."""

    amount: Decimal
    number: int


def smallest_mix(dose: Decimal, sizes: Iterable[Size]) -> tuple[Vial, ...] | None:
    """Containers that hold at least ``dose`` with the least over, then the fewest, largest first.

    None where those at hand do not hold it, or where sizes are too fine to be told apart.
    """
    at_hand = _merged(sizes)
    if not at_hand or len(at_hand) > _MOST_SIZES:
        return None
    scale = min((0, *(int(each.as_tuple().exponent) for each in (dose, *at_hand))))
    step = 0
    whole = {amount: int(amount.scaleb(-scale)) for amount in at_hand}
    for value in whole.values():
        step = gcd(step, value)
    need = -(-int(dose.scaleb(-scale)) // step)
    steps = [(amount, whole[amount] // step, at_hand[amount]) for amount in sorted(at_hand)[::-1]]
    last = need + max(size for _, size, _ in steps)
    sizes_at_hand = [
        (size, None if count is None or count >= last // size else count)
        for _, size, count in steps
    ]
    if last > _MOST_STEPS or any((count or 0) > _MOST_OF_A_SIZE for _, count in sizes_at_hand):
        return None
    layers = _fewest(sizes_at_hand, last)
    total = next((t for t in range(need, last) if layers[-1][t] is not None), None)
    if total is None:
        return None
    found: list[Vial] = []
    for number in range(len(steps) - 1, -1, -1):
        amount, size, _ = steps[number]
        opened = _opened(layers[number], layers[number + 1], size, total)
        total -= opened * size
        if opened:
            found.append(Vial(amount, opened))
    return tuple(reversed(found))


def held(vials: Iterable[Vial]) -> Decimal:
    """What the containers hold together."""
    return sum((vial.amount * vial.number for vial in vials), Decimal(0))


def _merged(sizes: Iterable[Size]) -> dict[Decimal, int | None]:
    found: dict[Decimal, int | None] = {}
    for amount, count in sizes:
        if amount <= 0 or count == 0:
            continue
        before = found.get(amount, 0)
        found[amount] = None if count is None or before is None else before + count
    return found


_Layer = list[int | None]


def _fewest(sizes: Sequence[tuple[int, int | None]], last: int) -> list[_Layer]:
    """By number of sizes used, the fewest containers that hold exactly each total."""
    layer: _Layer = [0, *([None] * (last - 1))]
    layers = [layer]
    for size, count in sizes:
        layer = _unlimited(layer, size) if count is None else _limited(layer, size, count)
        layers.append(layer)
    return layers


def _unlimited(before: _Layer, size: int) -> _Layer:
    layer = list(before)
    for total in range(size, len(before)):
        one_less, fewest = layer[total - size], layer[total]
        if one_less is not None and (fewest is None or one_less + 1 < fewest):
            layer[total] = one_less + 1
    return layer


def _limited(before: _Layer, size: int, count: int) -> _Layer:
    """As unlimited, with at most ``count`` of the size."""
    layer = list(before)
    for total in range(size, len(before)):
        for opened in range(1, min(count, total // size) + 1):
            rest = before[total - opened * size]
            fewest = layer[total]
            if rest is not None and (fewest is None or rest + opened < fewest):
                layer[total] = rest + opened
    return layer


def _opened(before: _Layer, after: _Layer, size: int, total: int) -> int:
    """How many of the size the fewest containers for ``total`` have; the least of equals."""
    fewest = after[total]
    for opened in range(total // size + 1):
        rest = before[total - opened * size]
        if rest is not None and rest + opened == fewest:
            return opened
    return 0
