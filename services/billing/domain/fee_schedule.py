"""What a contract says a payer should allow, to tell an underpaid line from a contractual one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PayerContract:
    """Allowed cents a unit by code, else a share of the charge in permille."""

    allowed_permille: int
    fees: Mapping[str, int]
    tolerance_cents: int


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Contracts by payer id; a payer without one is not compared."""

    contracts: Mapping[str, PayerContract]

    def expected_allowed_cents(
        self, payer_id: str, code: str, units: int, charge_cents: int
    ) -> int | None:
        """What the contract allows for a line, never more than its charge."""
        contract = self.contracts.get(payer_id)
        if contract is None:
            return None
        fee = contract.fees.get(code)
        if fee is not None:
            return min(fee * units, charge_cents)
        return charge_cents * contract.allowed_permille // 1000

    def shortfall_cents(
        self, payer_id: str, code: str, units: int, charge_cents: int, allowed_cents: int
    ) -> int:
        """How far below the contract a line was allowed; 0 within the contract's tolerance."""
        expected = self.expected_allowed_cents(payer_id, code, units, charge_cents)
        if expected is None:
            return 0
        short = expected - allowed_cents
        return short if short > self.contracts[payer_id].tolerance_cents else 0


def medicare_secondary_payment_cents(
    charge_cents: int,
    primary_allowed_cents: int,
    primary_paid_cents: int,
    medicare_fee_cents: int,
    medicare_benefit_cents: int,
) -> int:
    """What Medicare should pay behind a primary payer (42 CFR 411.33(a)): the least of three.

    Charge less the primary payment; what Medicare would pay as primary; the higher of the two
    allowed amounts less the primary payment. Never negative.
    """
    return max(
        0,
        min(
            charge_cents - primary_paid_cents,
            medicare_benefit_cents,
            max(primary_allowed_cents, medicare_fee_cents) - primary_paid_cents,
        ),
    )


def sequestration_cents(payment_cents: int) -> int:
    """2% of what Medicare would pay after cost sharing, half a cent up (2 U.S.C. 901a(6))."""
    return (payment_cents * 2 + 50) // 100


def prompt_pay_interest_cents(amount_cents: int, basis_points: int, days_late: int) -> int:
    """Simple interest, half a cent up: amount x rate x days / 365 (42 CFR 405.378 for Medicare)."""
    numerator = amount_cents * basis_points * days_late
    denominator = 10_000 * 365
    return (2 * numerator + denominator) // (2 * denominator)
