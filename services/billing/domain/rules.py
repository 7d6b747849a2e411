"""Everything that billing's decisions depend on besides the events: dated configuration, parsed."""

from dataclasses import dataclass

from services.billing.domain.charge_master import ChargeMaster
from services.billing.domain.claim_adjustment import AdjustmentRules
from services.billing.domain.fee_schedule import FeeSchedule
from services.billing.domain.filing_limit import FilingLimits


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Codes that a claim may carry: two-character places of service and modifiers."""

    places_of_service: frozenset[str]
    modifiers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Prices, contracts, limits and lists.

    medicaid_copay_cents: the most that a Medicaid patient may be asked for one encounter
    (42 CFR 447.15; default 0). silence_days: without an answer, ask the payer. write_off_limits:
    by role, the most that it may write off at once, in cents.
    """

    charges: ChargeMaster
    fees: FeeSchedule
    filing: FilingLimits
    adjustments: AdjustmentRules
    codes: CodeLists
    medicaid_copay_cents: int = 0
    silence_days: int = 30
    hold_days: int = 7
    warn_days: tuple[int, ...] = (30, 7, 1)
    write_off_limits: tuple[tuple[str, int], ...] = ()

    def write_off_limit_cents(self, role: str) -> int:
        """The most that a role may write off at once; 0 for one without authority."""
        return dict(self.write_off_limits).get(role, 0)
