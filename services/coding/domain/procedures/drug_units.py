"""Drug units: dose over descriptor dose, rounded up; discarded amounts from single-dose containers.

Sources: HCPCS Level II descriptors; Medicare Claims Processing Manual chapter 17 section 40 (JW for
discarded units, JZ when none is; required from 2023-07-01). A line with JW exists only where at
least one whole unit was discarded beyond the units already billed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Literal

JZ_REQUIRED_FROM = date(2023, 7, 1)

_TO_MICROGRAMS = {"mcg": Decimal(1), "mg": Decimal(1_000), "g": Decimal(1_000_000)}


@dataclass(frozen=True, slots=True)
class DrugLine:
    """Units of one line, and JW, JZ or no modifier."""

    units: int
    modifier: Literal["", "JW", "JZ"]


def in_unit(amount: Decimal, unit: str, wanted: str) -> Decimal | None:
    """``amount`` of ``unit`` in ``wanted``; None where one does not convert into the other."""
    if unit == wanted:
        return amount
    if unit in _TO_MICROGRAMS and wanted in _TO_MICROGRAMS:
        return amount * _TO_MICROGRAMS[unit] / _TO_MICROGRAMS[wanted]
    return None


def units_of(dose: Decimal, descriptor_dose: Decimal) -> int:
    """Whole billing units that cover ``dose``; at least one."""
    return max(int((dose / descriptor_dose).to_integral_value(ROUND_CEILING)), 1)


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
