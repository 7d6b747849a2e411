"""Plans as data: what a payer pays, for whom, until when.

Amounts are integer cents, percentages whole numbers, interest basis points a year.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from simulators.payer.occasion import Occasions

PlanKind = Literal["commercial", "medicare", "medicaid", "medigap"]


class ContractError(ValueError):
    """The contract file does not say what a plan needs; the message names the entry."""


@dataclass(frozen=True, slots=True)
class CostShare:
    """What a member pays of one kind of service: copay first, then deductible, coinsurance."""

    copay_cents: int = 0
    deductible: bool = False
    coinsurance_percent: int = 0


@dataclass(frozen=True, slots=True)
class Bundling:
    """Services that are part of another on the same day (CARC 97)."""

    pairs: frozenset[tuple[str, str]] = frozenset()
    separate_modifiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ServiceKind:
    """A range of procedure codes that share one cost-sharing rule."""

    kind: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One payer's contract.

    originator_id: TRN03, a 1 and the payer's tax id. fees: cents per unit by procedure code; a
    code without one is allowed at ``percent_of_charge``. not_covered: code -> (group, reason).
    correction_percent: what part of the allowed amount stands when the payer corrects a payment.
    recovers_by: FB (balance forward) or WO (overpayment recovery), how a take-back is collected.
    """

    payer_id: str
    name: str
    kind: PlanKind
    originator_id: str = "1510000009"
    filing_indicator: str = "12"
    filing_days: int = 365
    filing_months: int = 0
    percent_of_charge: int = 100
    fees: Mapping[str, int] = field(default_factory=dict)
    deductible_cents: int = 0
    deductible_cents_by_year: Mapping[int, int] = field(default_factory=dict)
    out_of_pocket_limit_cents: int | None = None
    sequestration_percent: int = 0
    cost_share: Mapping[str, CostShare] = field(default_factory=dict)
    service_kinds: tuple[ServiceKind, ...] = ()
    authorization_codes: frozenset[str] = frozenset()
    not_covered: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    bundling: Bundling = Bundling()
    supplement_covers: frozenset[str] = frozenset()
    crosses_over_to: tuple[str, ...] = ()
    interest_basis_points: int = 0
    correction_percent: int = 100
    recovers_by: Literal["FB", "WO"] = "FB"

    def service_kind(self, code: str) -> str:
        """The kind of service that sets the member's cost share."""
        for entry in self.service_kinds:
            if entry.first <= code <= entry.last and len(code) == len(entry.first):
                return entry.kind
        return "other"

    def share_of(self, code: str) -> CostShare:
        """The member's cost share of that procedure."""
        default = self.cost_share.get("other", CostShare())
        return self.cost_share.get(self.service_kind(code), default)

    def deductible_of(self, year: int) -> int:
        """The yearly deductible in cents."""
        return self.deductible_cents_by_year.get(year, self.deductible_cents)

    def allowed_cents(self, code: str, units: int, charge_cents: int) -> int:
        """Fee schedule amount of a line, never more than its charge."""
        fee = self.fees.get(code)
        scheduled = (
            fee * units if fee is not None else percent_of(charge_cents, self.percent_of_charge)
        )
        return min(charge_cents, scheduled)

    def last_filing_day(self, service_date: date) -> date:
        """The last day on which a claim is timely (42 CFR 424.44 for Medicare)."""
        if not self.filing_months:
            return service_date + timedelta(days=self.filing_days)
        years, month = divmod(service_date.month - 1 + self.filing_months, 12)
        first = date(service_date.year + years, month + 1, 1)
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        return first.replace(day=min(service_date.day, (following - timedelta(days=1)).day))


@dataclass(frozen=True, slots=True)
class Delays:
    """Days between what is sent and what is answered.

    correction: between a reversal and a correction that comes apart. delivery: by which an 835 is
    late that a member id delays.
    """

    claim_acknowledgement: int = 1
    payment_first: int = 7
    payment_last: int = 14
    reversal: int = 20
    late_payment: int = 45
    prompt_pay: int = 30
    correction: int = 5
    delivery: int = 10


@dataclass(frozen=True, slots=True)
class Contract:
    """Every plan by payer id, the payers' timing, and what they do beside their plans."""

    plans: Mapping[str, Plan]
    delays: Delays = Delays()
    occasions: Occasions = field(default_factory=Occasions)

    def delays_of(self, payer_id: str) -> Delays:
        """The timing of one payer."""
        own = self.occasions.of_payer(payer_id).delays
        return replace(self.delays, **own) if own else self.delays


def percent_of(amount_cents: int, percent: int) -> int:
    """That percentage of an amount, half a cent rounded up, for amounts of either sign.

    >>> percent_of(8000, 2), percent_of(25, 50), percent_of(-25, 50)
    (160, 13, -13)
    """
    rounded = (abs(amount_cents) * percent + 50) // 100
    return rounded if amount_cents >= 0 else -rounded


def interest_cents(amount_cents: int, basis_points: int, days: int) -> int:
    """Simple interest on a late payment: amount x yearly rate x days / 365, nearest cent.

    >>> interest_cents(100_000, 500, 10)
    137
    """
    if amount_cents <= 0 or days <= 0:
        return 0
    return (amount_cents * basis_points * days * 2 + 3_650_000) // (2 * 3_650_000)


def parse_contract(text: str) -> Contract:
    """Read a contract file; raises ``ContractError`` naming the entry that is wrong."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"the contract is not TOML: {error}") from error
    kinds = tuple(ServiceKind(**entry) for entry in document.get("service_kinds", ()))
    bundled = document.get("bundling", {})
    bundling = Bundling(
        frozenset((p["comprehensive"], p["component"]) for p in bundled.get("pairs", ())),
        frozenset(bundled.get("separate_modifiers", ())),
    )
    plans: dict[str, Plan] = {}
    for entry in document.get("plans", ()):
        plan = _plan(dict(entry), kinds, bundling)
        if plan.payer_id in plans:
            raise ContractError(f"plan {plan.payer_id} stands twice")
        plans[plan.payer_id] = plan
    if not plans:
        raise ContractError("the contract holds no [[plans]]")
    return Contract(plans, Delays(**document.get("delays", {})))


def _plan(entry: dict[str, Any], kinds: tuple[ServiceKind, ...], bundling: Bundling) -> Plan:
    name = entry.get("payer_id", "without payer_id")
    shares = {kind: CostShare(**share) for kind, share in entry.pop("cost_share", {}).items()}
    refused: dict[str, tuple[str, str]] = {}
    for code, reason in entry.pop("not_covered", {}).items():
        group, _, number = reason.partition("-")
        refused[code] = (group, number)
    by_year = {
        int(year): cents for year, cents in entry.pop("deductible_cents_by_year", {}).items()
    }
    for key in ("authorization_codes", "supplement_covers"):
        entry[key] = frozenset(entry.get(key, ()))
    entry["crosses_over_to"] = tuple(entry.get("crosses_over_to", ()))
    try:
        plan = Plan(
            **entry,
            cost_share=shares,
            not_covered=refused,
            deductible_cents_by_year=by_year,
            service_kinds=kinds,
            bundling=bundling,
        )
    except TypeError as error:
        raise ContractError(f"plan {name}: {error}") from error
    amounts = [plan.deductible_cents, plan.out_of_pocket_limit_cents or 0, *by_year.values()]
    amounts += [share.copay_cents for share in shares.values()]
    if any(type(a) is not int or a < 0 for a in [*amounts, *plan.fees.values()]):
        raise ContractError(f"plan {name}: amounts are whole cents, none negative")
    return plan


@cache
def default_contract() -> Contract:
    """The contract that comes with the simulator."""
    return parse_contract(
        files("simulators.payer").joinpath("contract.toml").read_text(encoding="utf-8")
    )
