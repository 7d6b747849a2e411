"""Claim and service adjustments (CAS): why a payer paid other than what was charged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from services.payer_gateway.x12.amounts import (
    format_cents,
    format_quantity,
    parse_cents,
    parse_quantity,
)
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.segments import Element, Segment

TRIPLETS_PER_SEGMENT = 6


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One reason, amount and quantity of a CAS. A positive amount lowers the payment.

    ``group`` is CAS01 (CO, PR, OA, PI; CR only in a claim's coordination of benefits), ``reason``
    a claim adjustment reason code (CARC).
    """

    group: str
    reason: str
    amount_cents: int
    quantity: Decimal | None = None


_adjustment = maker(Adjustment)


def read_adjustments(cas: Segment) -> list[Adjustment]:
    """The triplets of a CAS (CAS02 to CAS19); raises AmountError where an amount is not exact.

    A triplet without reason and amount is skipped; one that has only one of them raises.
    """
    group = cas[1] if len(cas) > 1 else ""
    if len(cas) == 4:
        return [_adjustment(group, cas[2], parse_cents(cas[3]))]
    found: list[Adjustment] = []
    for start in range(2, len(cas), 3):
        reason, amount, quantity = [*cas[start : start + 3], "", ""][:3]
        if reason or amount or quantity:
            units = parse_quantity(quantity) if quantity else None
            found.append(_adjustment(group, reason, parse_cents(amount), units))
    return found


def by_group(adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    """The adjustments with those of a group together, groups in order of first appearance.

    Several reasons of one group share a CAS (X12 interpretation 1294); read and written values
    have this order, so that one equals the other.
    """
    groups: dict[str, list[Adjustment]] = {}
    for adjustment in adjustments:
        groups.setdefault(adjustment.group, []).append(adjustment)
    return tuple(adjustment for group in groups.values() for adjustment in group)


def total_cents(adjustments: Iterable[Adjustment]) -> int:
    """The sum of the amounts, in cents."""
    return sum(adjustment.amount_cents for adjustment in adjustments)


def write_adjustments(adjustments: Sequence[Adjustment]) -> list[tuple[Element, ...]]:
    """CAS segments: one a group, a further one after each six reasons."""
    segments: list[tuple[Element, ...]] = []
    groups: dict[str, list[Adjustment]] = {}
    for adjustment in adjustments:
        groups.setdefault(adjustment.group, []).append(adjustment)
    for group, members in groups.items():
        rest = iter(members)
        while batch := list(islice(rest, TRIPLETS_PER_SEGMENT)):
            elements: list[str] = []
            for member in batch:
                quantity = "" if member.quantity is None else format_quantity(member.quantity)
                elements += [member.reason, format_cents(member.amount_cents), quantity]
            segments.append(("CAS", group, *elements))
    return segments
