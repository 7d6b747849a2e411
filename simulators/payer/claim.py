"""A claim as the payer holds it, and what it decided: cents, codes and dates only."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triplet: group, claim adjustment reason code, cents not paid for that reason."""

    group: str
    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Line:
    """A service line as billed; ``control_number`` is the submitter's REF*6R."""

    number: int
    control_number: str
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    service_date: date


@dataclass(frozen=True, slots=True)
class PriorLine:
    """What an earlier payer did with the line of that number (837 loop 2430)."""

    number: int
    paid_cents: int
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class PriorPayer:
    """What an earlier payer did with the claim (837 loops 2320 and 2430)."""

    payer_id: str
    paid_cents: int
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[PriorLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A professional claim as received.

    responsibility: SBR01, P, S or T. other_payers: ids of payers behind this one (loop 2330B of
    payers that have not adjudicated), to which a claim may be forwarded.
    """

    claim_id: str
    member_id: str
    responsibility: str
    frequency: str
    original_icn: str
    place_of_service: str
    billing_npi: str
    total_charge_cents: int
    lines: tuple[Line, ...]
    received_on: date
    prior_authorization: str = ""
    prior_payers: tuple[PriorPayer, ...] = ()
    other_payers: tuple[str, ...] = ()

    @property
    def service_date(self) -> date:
        """The first day of service."""
        return min(line.service_date for line in self.lines)


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What was decided for one line; ``charge = paid + sum(adjustments)`` always holds."""

    line: Line
    paid_cents: int
    allowed_cents: int
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...] = ()

    @property
    def charge_cents(self) -> int:
        """Charge that paid and adjustments explain; negative in a reversal."""
        return self.paid_cents + sum(a.amount_cents for a in self.adjustments)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for a claim.

    status: CLP02. forwarded_to: payer id of a crossover (status 19), else empty.
    deductible_cents, out_of_pocket_cents: what it added to the member's accumulators.
    """

    status: str
    lines: tuple[LineDecision, ...]
    forwarded_to: str = ""
    deductible_cents: int = 0
    out_of_pocket_cents: int = 0

    @property
    def charge_cents(self) -> int:
        """CLP03."""
        return sum(line.charge_cents for line in self.lines)

    @property
    def paid_cents(self) -> int:
        """CLP04."""
        return sum(line.paid_cents for line in self.lines)

    @property
    def patient_responsibility_cents(self) -> int:
        """CLP05: the sum of the PR adjustments."""
        return sum(
            a.amount_cents for line in self.lines for a in line.adjustments if a.group == "PR"
        )


@dataclass(frozen=True, slots=True)
class LineKey:
    """What makes two lines of one member the same service (CARC 18)."""

    billing_npi: str
    service_date: date
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int


def line_keys(claim: Claim) -> frozenset[LineKey]:
    """The services of a claim, to find them again in a duplicate."""
    return frozenset(
        LineKey(claim.billing_npi, line.service_date, line.code, line.modifiers, line.charge_cents)
        for line in claim.lines
    )


def services_paid(claim: Claim, decision: Decision) -> frozenset[LineKey]:
    """The services that were allowed: billed again, they are duplicates; a denied one is not."""
    allowed = {line.line.number for line in decision.lines if line.allowed_cents > 0}
    return frozenset(
        LineKey(claim.billing_npi, line.service_date, line.code, line.modifiers, line.charge_cents)
        for line in claim.lines
        if line.number in allowed
    )
