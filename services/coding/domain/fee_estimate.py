"""What Medicare's fee schedule would allow for lines, for ranking and comparing; in cents.

42 CFR 414.20: relative value units times the conversion factor of the date. No geographic index, no
payer's contract and no reduction for several procedures: an estimate, never a charge.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from services.coding.domain.coding_result import Line
from services.coding.domain.edits.tables import FeeIndicators, NoData

# CMS physician fee schedule final rules and their corrections: ten-thousandths of a dollar a unit.
# 2026 is the factor of those who take part in no advanced alternative payment model.
_CONVERSION_FACTORS = (
    (date(2021, 1, 1), 348_931),
    (date(2022, 1, 1), 346_062),
    (date(2023, 1, 1), 338_872),
    (date(2024, 1, 1), 327_442),
    (date(2024, 3, 9), 332_875),
    (date(2025, 1, 1), 323_465),
    (date(2026, 1, 1), 334_009),
    (date(2027, 1, 1), 0),
)
# Medicare Claims Processing Manual 12, 20.4.2: paid at the facility's rate.
_FACILITIES = frozenset(
    ("02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61")
)
_SPLIT = ("26", "TC", "53")
_HUNDREDTHS_TIMES_FACTOR = 10_000
_HALF_MORE = "1"


class Fees(Protocol):
    """The fee schedule at hand, as the edit tables have it."""

    def fee_indicators(
        self, code: str, on: date, modifier: str = ""
    ) -> FeeIndicators | NoData | None: ...


class FeeEstimate(Struct, frozen=True):
    """Cents of the lines that the schedule prices, and the codes that it does not."""

    cents: int
    unknown: tuple[str, ...] = ()


def estimate(lines: Sequence[Line], place_of_service: str, day: date, fees: Fees) -> FeeEstimate:
    """The estimate for ``lines`` of one day; with no schedule at hand all of them are unknown."""
    total = 0
    unknown: list[str] = []
    facility = place_of_service in _FACILITIES
    for line in lines:
        cents = _of_line(line, day, fees, facility=facility)
        if cents is None:
            unknown.append(line.code)
        else:
            total += cents
    return FeeEstimate(total, tuple(unknown))


def _of_line(line: Line, day: date, fees: Fees, *, facility: bool) -> int | None:
    factor = conversion_factor(day)
    part = next((each for each in line.modifiers if each in _SPLIT), "")
    fee = fees.fee_indicators(line.code, day, part)
    if not isinstance(fee, FeeIndicators) or not factor:
        return None
    hundredths = fee.rvu_hundredths_facility if facility else fee.rvu_hundredths
    if not hundredths:
        return None
    cents = (hundredths * factor * 2 + _HUNDREDTHS_TIMES_FACTOR) // (2 * _HUNDREDTHS_TIMES_FACTOR)
    if "50" in line.modifiers and fee.bilateral == _HALF_MORE:
        cents += cents // 2
    return cents * line.units


def conversion_factor(day: date) -> int:
    """Ten-thousandths of a dollar for one unit on ``day``; 0 where none is known."""
    at = bisect_right(_CONVERSION_FACTORS, day, key=lambda each: each[0])
    return _CONVERSION_FACTORS[at - 1][1] if at else 0
