"""What the practice charges for each code, in cents a unit."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChargeMaster:
    """Prices in cents a unit by code; a practice's own price comes before the default."""

    default: Mapping[str, int]
    by_practice: Mapping[str, Mapping[str, int]]

    def unit_price_cents(self, practice_id: str, code: str) -> int | None:
        """The price of one unit, or ``None`` when nobody set one: the line is held."""
        own = self.by_practice.get(practice_id)
        if own is not None and code in own:
            return own[code]
        return self.default.get(code)

    def charge_cents(self, practice_id: str, code: str, units: int) -> int | None:
        """The charge of a line: units times the unit price."""
        price = self.unit_price_cents(practice_id, code)
        return None if price is None else price * units
