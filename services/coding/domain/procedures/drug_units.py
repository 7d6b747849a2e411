"""Drug units: dose over descriptor dose, rounded up; discarded amounts from single-dose containers.

Sources: HCPCS Level II descriptors; Medicare Claims Processing Manual chapter 17 section 40 (JW for
discarded units, JZ when none is; required from 2023-07-01). A line with JW exists only where at
least one whole unit was discarded beyond the units already billed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

JZ_REQUIRED_FROM = date(2023, 7, 1)

# Powers of ten, so that no conversion rounds.
_OF_KIND: dict[str, tuple[str, Decimal]] = {
    "mcg": ("weight", Decimal(1)),
    "mg": ("weight", Decimal(1_000)),
    "g": ("weight", Decimal(1_000_000)),
    "kg": ("weight", Decimal(1_000_000_000)),
    "mL": ("volume", Decimal(1)),
    "L": ("volume", Decimal(1_000)),
}


@dataclass(frozen=True, slots=True)
class DrugLine:
    """Units of one line, and JW, JZ or no modifier."""

    units: int
    modifier: Literal["", "JW", "JZ"]


def in_unit(amount: Decimal, unit: str, wanted: str) -> Decimal | None:
    """``amount`` of ``unit`` in ``wanted``; None where one does not convert into the other."""
    if unit == wanted:
        return amount
    if unit not in _OF_KIND or wanted not in _OF_KIND:
        return None
    (kind, size), (wanted_kind, wanted_size) = _OF_KIND[unit], _OF_KIND[wanted]
    return amount * size / wanted_size if kind == wanted_kind else None


def units_of(dose: Decimal, descriptor_dose: Decimal) -> int:
    """Whole billing units that cover ``dose``; at least one. Exact: nothing is divided out."""
    whole, rest = divmod(dose, descriptor_dose)
    return max(int(whole) + (1 if rest else 0), 1)


def drug_lines(
    dose: Decimal,
    wasted: Decimal | None,
    descriptor_dose: Decimal,
    container: Literal["single_dose", "multi_dose", "unknown"],
    day: date,
) -> list[DrugLine]:
    """The lines for one administration; all amounts in the descriptor's unit."""
    given = units_of(dose, descriptor_dose)
    if container != "single_dose" or wasted is None:
        return [DrugLine(given, "")]
    discarded = units_of(dose + wasted, descriptor_dose) - given if wasted else 0
    if discarded > 0:
        return [DrugLine(given, ""), DrugLine(discarded, "JW")]
    return [DrugLine(given, "JZ" if day >= JZ_REQUIRED_FROM else "")]
