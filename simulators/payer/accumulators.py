"""What a member has already paid this year: deductible and out-of-pocket, in cents."""

from dataclasses import dataclass
from datetime import date

from simulators.payer.claim import Decision, LineKey
from simulators.payer.contract import Plan


@dataclass(frozen=True, slots=True)
class Accumulators:
    """Cents that count towards the deductible and the out-of-pocket limit of one plan year."""

    deductible_cents: int = 0
    out_of_pocket_cents: int = 0

    def after(self, decision: Decision) -> "Accumulators":
        """With what that decision asked of the member."""
        return Accumulators(
            self.deductible_cents + decision.deductible_cents,
            self.out_of_pocket_cents + decision.out_of_pocket_cents,
        )

    def without(self, decision: Decision) -> "Accumulators":
        """As if that decision had never been taken; used when it is reversed."""
        return Accumulators(
            self.deductible_cents - decision.deductible_cents,
            self.out_of_pocket_cents - decision.out_of_pocket_cents,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands with the payer when a claim is decided.

    seen: services already decided for the member, to know an exact duplicate (CARC 18).
    """

    accumulators: Accumulators = Accumulators()
    known: bool = True
    covered_from: date | None = None
    covered_to: date | None = None
    seen: frozenset[LineKey] = frozenset()


@dataclass(slots=True)
class Remaining:
    """What is left of the year's limits while a claim is decided line by line."""

    deductible_cents: int
    out_of_pocket_cents: int | None

    @classmethod
    def of(cls, plan: Plan, accumulators: Accumulators, year: int) -> "Remaining":
        """What the plan's limits leave after the accumulators."""
        limit = plan.out_of_pocket_limit_cents
        return cls(
            max(0, plan.deductible_of(year) - accumulators.deductible_cents),
            None if limit is None else max(0, limit - accumulators.out_of_pocket_cents),
        )

    def take(self, cents: int) -> int:
        """As much of the amount as the out-of-pocket limit still lets the member pay."""
        if self.out_of_pocket_cents is None:
            return cents
        taken = min(cents, self.out_of_pocket_cents)
        self.out_of_pocket_cents -= taken
        return taken

    def take_deductible(self, cents: int) -> int:
        """As much of the amount as is still under the deductible."""
        taken = self.take(min(cents, self.deductible_cents))
        self.deductible_cents -= taken
        return taken
