"""What a second or third payer pays after the ones before it (coordination of benefits).

Everything that earlier payers settled comes back as one OA-23 (impact of prior payers); what the
last payer leaves to the patient stays under PR with the reason the prior payer gave.
"""

from collections.abc import Sequence

from simulators.payer.claim import Adjustment, Claim, Line, LineDecision
from simulators.payer.contract import Plan, percent_of

_PAID_FIRST = ("2", "3", "1")
"""Which share a payment takes away first: coinsurance, copayment, deductible, then the rest."""


def medicare_secondary_payment(
    charge_cents: int,
    primary_allowed_cents: int,
    primary_paid_cents: int,
    medicare_fee_cents: int,
    medicare_benefit_cents: int,
) -> int:
    """The least of three (42 CFR 411.33(a)): charge less primary payment; what Medicare would pay
    as primary; the higher of the two allowed amounts less primary payment. Never negative.

    >>> medicare_secondary_payment(17500, 15000, 12000, 12500, 10000)
    3000
    """
    return max(
        0,
        min(
            charge_cents - primary_paid_cents,
            medicare_benefit_cents,
            max(primary_allowed_cents, medicare_fee_cents) - primary_paid_cents,
        ),
    )


def split_by_weight(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Parts in proportion to the weights by largest remainder; they sum to the total.

    >>> split_by_weight(10000, [1, 1, 1])
    [3334, 3333, 3333]
    """
    whole = sum(weights)
    if whole == 0:
        return [total_cents, *([0] * (len(weights) - 1))]
    parts = [divmod(total_cents * weight, whole) for weight in weights]
    left = total_cents - sum(part for part, _ in parts)
    order = sorted(range(len(parts)), key=lambda index: (-parts[index][1], index))
    extra = set(order[:left])
    return [part + (index in extra) for index, (part, _) in enumerate(parts)]


def coordinate(claim: Claim, plan: Plan, own: tuple[LineDecision, ...]) -> tuple[LineDecision, ...]:
    """The lines as this payer decides them behind ``claim.prior_payers``.

    own: what the plan would have paid alone. Lines it refuses stay refused for the part that
    prior payers left to the patient.
    """
    shares = patient_shares(claim)
    return tuple(_line(claim, plan, alone, shares[alone.line.number]) for alone in own)


def patient_shares(claim: Claim) -> dict[int, tuple[Adjustment, ...]]:
    """By line number, the PR adjustments of the last payer before this one.

    PR is not added across payers: the last one's is what remains. A prior payer that answered at
    claim level only has its PR spread over the lines by charge.
    """
    last = claim.prior_payers[-1]
    if last.lines:
        by_line = {line.number: line.adjustments for line in last.lines}
        return {
            line.number: _patient_part(by_line.get(line.number, ()), line) for line in claim.lines
        }
    shares: dict[int, list[Adjustment]] = {line.number: [] for line in claim.lines}
    weights = [line.charge_cents for line in claim.lines]
    for adjustment in last.adjustments:
        if adjustment.group != "PR":
            continue
        for line, cents in zip(
            claim.lines, split_by_weight(adjustment.amount_cents, weights), strict=True
        ):
            shares[line.number].append(Adjustment("PR", adjustment.reason, cents))
    return {number: tuple(a for a in share if a.amount_cents) for number, share in shares.items()}


def _patient_part(adjustments: tuple[Adjustment, ...], line: Line) -> tuple[Adjustment, ...]:
    """PR of the line, no more than its charge: a prior payer's error is not paid out."""
    left, kept = line.charge_cents, []
    for adjustment in adjustments:
        if adjustment.group == "PR" and adjustment.amount_cents > 0 and left > 0:
            cents = min(adjustment.amount_cents, left)
            left -= cents
            kept.append(Adjustment("PR", adjustment.reason, cents))
    return tuple(kept)


def _line(
    claim: Claim, plan: Plan, alone: LineDecision, share: tuple[Adjustment, ...]
) -> LineDecision:
    line = alone.line
    owed = sum(a.amount_cents for a in share)
    refused = alone.allowed_cents == 0 and alone.paid_cents == 0 and alone.adjustments
    if refused:
        first = alone.adjustments[0]
        kept = (Adjustment(first.group, first.reason, owed),) if owed else ()
        return _balanced(line, 0, alone.allowed_cents, kept, alone.remarks)
    payment = min(owed, _benefit(claim, plan, alone, share))
    sequestered = percent_of(payment, plan.sequestration_percent)
    if plan.kind == "medicaid":
        # 42 CFR 447.15: the provider accepts Medicaid's payment as payment in full.
        written_off = Adjustment("CO", "45", owed - payment)
        rest: tuple[Adjustment, ...] = (written_off,) if owed > payment else ()
    else:
        rest = _left_over(share, payment)
    if sequestered:
        rest = (*rest, Adjustment("CO", "253", sequestered))
    return _balanced(line, payment - sequestered, alone.allowed_cents, rest, alone.remarks)


def _benefit(claim: Claim, plan: Plan, alone: LineDecision, share: tuple[Adjustment, ...]) -> int:
    owed = sum(a.amount_cents for a in share)
    paid_before = _paid_before(claim, alone.line)
    if plan.kind == "medigap":
        return sum(a.amount_cents for a in share if a.reason in plan.supplement_covers)
    if plan.kind == "medicaid":
        return max(0, alone.allowed_cents - paid_before)
    whole = alone.paid_cents + sum(a.amount_cents for a in alone.adjustments if a.reason == "253")
    if plan.kind == "medicare":
        return medicare_secondary_payment(
            alone.line.charge_cents, paid_before + owed, paid_before, alone.allowed_cents, whole
        )
    return whole


def _paid_before(claim: Claim, line: Line) -> int:
    paid = 0
    weights = [each.charge_cents for each in claim.lines]
    place = next(i for i, each in enumerate(claim.lines) if each.number == line.number)
    for payer in claim.prior_payers:
        if payer.lines:
            paid += sum(each.paid_cents for each in payer.lines if each.number == line.number)
        else:
            paid += split_by_weight(payer.paid_cents, weights)[place]
    return paid


def _left_over(share: tuple[Adjustment, ...], payment: int) -> tuple[Adjustment, ...]:
    """What the patient still owes after the payment, under the prior payer's reasons."""
    order = sorted(
        range(len(share)),
        key=lambda i: (
            _PAID_FIRST.index(share[i].reason) if share[i].reason in _PAID_FIRST else 9,
            i,
        ),
    )
    rest = [a.amount_cents for a in share]
    for index in order:
        taken = min(rest[index], payment)
        rest[index] -= taken
        payment -= taken
    return tuple(
        Adjustment("PR", a.reason, cents) for a, cents in zip(share, rest, strict=True) if cents
    )


def _balanced(
    line: Line,
    paid_cents: int,
    allowed_cents: int,
    rest: tuple[Adjustment, ...],
    remarks: tuple[str, ...],
) -> LineDecision:
    """The line with everything else that prior payers settled as OA-23."""
    settled = line.charge_cents - paid_cents - sum(a.amount_cents for a in rest)
    prior = (Adjustment("OA", "23", settled),) if settled else ()
    return LineDecision(line, paid_cents, allowed_cents, (*prior, *rest), remarks)
