"""Deciding a claim by a plan. Pure: the same claim, plan and standing give the same decision.

Every line balances: charge = paid + sum of its adjustments (X12 835 implementation, balancing at
the service line). Reasons are claim adjustment reason codes (CARC) under CO, PR or OA.
"""

from dataclasses import replace

from simulators.payer.accumulators import Remaining, Standing
from simulators.payer.claim import Adjustment, Claim, Decision, Line, LineDecision, LineKey
from simulators.payer.contract import Plan, percent_of
from simulators.payer.secondary import coordinate

_STATUS = {"P": "1", "S": "2", "T": "3"}
_FORWARDED = {"P": "19", "S": "20", "T": "21"}
NOT_RECOGNISED = "4"
PRIOR_PAYER_INFORMATION_MISSING = "MA04"

_REMARKS = {"16": "M76", "96": "N130", "226": "N29", "252": "N29"}
"""CARCs that say too little by themselves: a remark code says more (X12 835 LQ*HE)."""


def adjudicate(claim: Claim, plan: Plan, standing: Standing) -> Decision:
    """Pay, reduce or deny each line of a claim.

    Whole-claim reasons come first, as a payer's system asks them: member unknown (31), outside
    coverage (26, 27), filed too late (29), other payer first (22). Then line by line.
    """
    refusal = _claim_refusal(claim, plan, standing)
    if refusal is not None:
        status = NOT_RECOGNISED if refusal[1] == "31" else _STATUS[claim.responsibility]
        return deny(claim, *refusal, status=status)
    missing_prior = claim.responsibility != "P" and not claim.prior_payers
    if missing_prior:
        return deny(
            claim,
            "CO",
            "16",
            status=_STATUS[claim.responsibility],
            remark=PRIOR_PAYER_INFORMATION_MISSING,
        )
    remaining = Remaining.of(plan, standing.accumulators, claim.service_date.year)
    before = (remaining.deductible_cents, remaining.out_of_pocket_cents)
    own = _own_benefit(claim, plan, standing, remaining)
    lines = own if claim.responsibility == "P" else coordinate(claim, plan, own)
    decision = Decision(_STATUS[claim.responsibility], lines)
    if claim.responsibility == "P":
        used = before[0] - remaining.deductible_cents
        decision = replace(
            decision,
            deductible_cents=used,
            out_of_pocket_cents=_spent(before[1], remaining.out_of_pocket_cents),
        )
    return _forward(claim, plan, decision)


def deny(claim: Claim, group: str, reason: str, *, status: str = "1", remark: str = "") -> Decision:
    """Nothing paid on any line, for one reason; a denial arrives as CLP02 1 to 3 (RFI 1423)."""
    return Decision(status, tuple(_denied(line, group, reason, remark) for line in claim.lines))


def deny_line(decision: Decision, group: str, reason: str) -> Decision:
    """The same decision with its first line denied; the member's limits are as if it were not."""
    first, *rest = decision.lines
    denied = replace(
        _denied(first.line, group, reason),
        adjustments=tuple(
            Adjustment(group, reason, cents) for cents in (first.charge_cents,) if cents
        ),
    )
    return replace(decision, lines=(denied, *rest))


def _spent(before: int | None, after: int | None) -> int:
    return 0 if before is None or after is None else before - after


def _claim_refusal(claim: Claim, plan: Plan, standing: Standing) -> tuple[str, str] | None:
    if not standing.known:
        return "CO", "31"
    if standing.covered_from and claim.service_date < standing.covered_from:
        return "CO", "26"
    if standing.covered_to and claim.service_date > standing.covered_to:
        return "CO", "27"
    if claim.received_on > plan.last_filing_day(claim.service_date):
        return "CO", "29"
    if plan.kind == "medigap" and claim.responsibility == "P":
        return "CO", "22"
    return None


def _own_benefit(
    claim: Claim, plan: Plan, standing: Standing, remaining: Remaining
) -> tuple[LineDecision, ...]:
    decided: list[LineDecision] = []
    copaid: set[str] = set()
    for line in claim.lines:
        refusal = _line_refusal(line, claim, plan, standing)
        if refusal is not None:
            decided.append(_denied(line, *refusal))
        else:
            decided.append(_paid(line, plan, remaining, copaid))
    return tuple(decided)


def _line_refusal(
    line: Line, claim: Claim, plan: Plan, standing: Standing
) -> tuple[str, str] | None:
    key = LineKey(
        claim.billing_npi, line.service_date, line.code, line.modifiers, line.charge_cents
    )
    if key in standing.seen:
        return "OA", "18"
    if line.code in plan.not_covered:
        return plan.not_covered[line.code]
    if line.code in plan.authorization_codes and not claim.prior_authorization:
        return "CO", "197"
    if _is_bundled(line, claim, plan):
        return "CO", "97"
    return None


def _is_bundled(line: Line, claim: Claim, plan: Plan) -> bool:
    if plan.bundling.separate_modifiers.intersection(line.modifiers):
        return False
    return any(
        (other.code, line.code) in plan.bundling.pairs
        for other in claim.lines
        if other.number != line.number and other.service_date == line.service_date
    )


def _denied(line: Line, group: str, reason: str, remark: str = "") -> LineDecision:
    whole = (Adjustment(group, reason, line.charge_cents),) if line.charge_cents else ()
    remark = remark or _REMARKS.get(reason, "")
    return LineDecision(line, 0, 0, whole, (remark,) if remark else ())


def _paid(line: Line, plan: Plan, remaining: Remaining, copaid: set[str]) -> LineDecision:
    """Allowed, less copay (once per kind of service), deductible, coinsurance, sequestration."""
    allowed = plan.allowed_cents(line.code, line.units, line.charge_cents)
    share, kind = plan.share_of(line.code), plan.service_kind(line.code)
    copay = 0
    if share.copay_cents and kind not in copaid:
        copaid.add(kind)
        copay = remaining.take(min(share.copay_cents, allowed))
    deductible = remaining.take_deductible(allowed - copay) if share.deductible else 0
    coinsurance = remaining.take(
        percent_of(allowed - copay - deductible, share.coinsurance_percent)
    )
    payment = allowed - copay - deductible - coinsurance
    sequestered = percent_of(payment, plan.sequestration_percent)
    return LineDecision(
        line,
        payment - sequestered,
        allowed,
        adjustments_of(
            ("CO", "45", line.charge_cents - allowed),
            ("PR", "1", deductible),
            ("PR", "2", coinsurance),
            ("PR", "3", copay),
            ("CO", "253", sequestered),
        ),
    )


def adjustments_of(*reasons: tuple[str, str, int]) -> tuple[Adjustment, ...]:
    """The adjustments that are not zero, in that order."""
    return tuple(Adjustment(g, r, cents) for g, r, cents in reasons if cents)


def _forward(claim: Claim, plan: Plan, decision: Decision) -> Decision:
    """A claim whose patient share another known payer covers is passed on (CLP02 19 to 21)."""
    if not decision.patient_responsibility_cents:
        return decision
    for payer_id in plan.crosses_over_to:
        if payer_id in claim.other_payers:
            return forwarded(claim, decision, payer_id)
    return decision


def forwarded(claim: Claim, decision: Decision, payer_id: str) -> Decision:
    """The same decision, with the claim passed on to that payer."""
    return replace(decision, status=_FORWARDED[claim.responsibility], forwarded_to=payer_id)


def reverse(decision: Decision) -> Decision:
    """CLP02 22: charge, paid and every adjustment negated in its original group (RFI 1147)."""
    return Decision(
        "22",
        tuple(
            LineDecision(
                replace(line.line, units=-line.line.units, charge_cents=-line.line.charge_cents),
                -line.paid_cents,
                -line.allowed_cents,
                tuple(replace(a, amount_cents=-a.amount_cents) for a in line.adjustments),
                line.remarks,
            )
            for line in decision.lines
        ),
        deductible_cents=-decision.deductible_cents,
        out_of_pocket_cents=-decision.out_of_pocket_cents,
    )


def corrected_plan(plan: Plan) -> Plan:
    """The plan as the payer applies it when it corrects itself: part of the allowed amount."""
    return replace(
        plan,
        percent_of_charge=percent_of(plan.percent_of_charge, plan.correction_percent),
        fees={code: percent_of(fee, plan.correction_percent) for code, fee in plan.fees.items()},
    )
