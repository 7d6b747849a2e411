"""From a claim to everything the payer will ever say about it, by plan and by scenario.

Pure and seeded by the claim itself: neither the order in which claims arrive nor the time of day
changes a decision; only what the member already used of the year's limits does.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from simulators.payer.accumulators import Standing
from simulators.payer.adjudicate import (
    adjudicate,
    corrected_plan,
    deny,
    deny_line,
    forwarded,
    reverse,
)
from simulators.payer.chance import seeded
from simulators.payer.claim import Claim, Decision, PriorLine, PriorPayer
from simulators.payer.contract import Delays, Plan
from simulators.payer.scenario import Request, Scenario, scenario_of

NOT_OUR_CLAIM = "23"
PREDETERMINATION = "25"
ELSEWHERE = "OUTSIDE_PLAN"
"""A payer that is none of ours, to which a claim is forwarded."""

_WRONG_PAYER = "109"
_FORESEEN = "101"
_PROCESSED = frozenset({"1", "2", "3"})
_REVERSING = frozenset(
    {Request.REVERSE, Request.TAKEBACK, Request.REVERSE_APART, Request.CORRECT_FIRST}
)


@dataclass(frozen=True, slots=True)
class Payment:
    """One CLP to come: which decision, on which day.

    takes_back: this is a reversal, or stands in the place of one.
    """

    decision: Decision
    pay_on: date
    takes_back: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What will be paid and when, and what the member's limits become."""

    payments: tuple[Payment, ...]
    standing: Standing


def claim_control_number(payer_id: str, claim: Claim, seed: int) -> str:
    """The payer's own number for the claim (CLP07, REF*1K), the same on every replay."""
    number = seeded(seed, payer_id, claim.claim_id, claim.frequency, claim.member_id)
    return f"{payer_id[:2]}{claim.received_on:%y%j}{number % 10**10:010d}"


def payment_day(claim: Claim, delays: Delays, seed: int, *, late: bool) -> date:
    """When the claim is paid: a day in the payer's usual range, by a hash of the claim."""
    if late:
        return claim.received_on + timedelta(days=delays.late_payment)
    spread = delays.payment_last - delays.payment_first + 1
    days = delays.payment_first + seeded(seed, "payment", claim.claim_id) % spread
    return claim.received_on + timedelta(days=days)


def decide(
    claim: Claim,
    plan: Plan,
    standing: Standing,
    delays: Delays,
    seed: int = 0,
    *,
    scenario: Scenario | None = None,
) -> Outcome:
    """Every payment of a claim that was accepted into adjudication.

    ``scenario``: what is asked of the payer; by default what the member id asks.
    """
    scenario = scenario or scenario_of(claim.member_id)
    standing = _as_asked(claim, scenario, standing)
    decision = _decision(claim, plan, standing, scenario)
    pay_on = payment_day(claim, delays, seed, late=scenario.asks(Request.LATE))
    payments = [Payment(decision, pay_on)]
    if scenario.asks(Request.PREDETERMINE):
        foreseen = deny(claim, "OA", _FORESEEN, status=PREDETERMINATION)
        payments = [Payment(foreseen, pay_on), Payment(decision, pay_on + _apart(delays))]
    after = replace(standing, accumulators=standing.accumulators.after(decision))
    if scenario.request in _REVERSING and decision.paid_cents > 0:
        again = _again(claim, plan, standing, scenario)
        later = pay_on + timedelta(days=delays.reversal)
        taken_on, corrected_on = later, later
        if scenario.asks(Request.REVERSE_APART):
            corrected_on += _apart(delays)
        elif scenario.asks(Request.CORRECT_FIRST):
            taken_on += _apart(delays)
        payments += [
            Payment(reverse(decision), taken_on, takes_back=True),
            Payment(again, corrected_on),
        ]
        after = replace(standing, accumulators=standing.accumulators.after(again))
    return Outcome(tuple(payments), after)


def _apart(delays: Delays) -> timedelta:
    return timedelta(days=delays.correction)


def _decision(claim: Claim, plan: Plan, standing: Standing, scenario: Scenario) -> Decision:
    if scenario.asks(Request.DENY):
        status = {"P": "1", "S": "2", "T": "3"}[claim.responsibility]
        return deny(claim, scenario.group, scenario.reason, status=status)
    if scenario.asks(Request.NOT_OURS):
        return deny(claim, "OA", _WRONG_PAYER, status=NOT_OUR_CLAIM)
    if scenario.asks(Request.DOWNCODE):
        claim = _downcoded(claim)
    decision = adjudicate(claim, plan, standing)
    if scenario.asks(Request.DENY_LINE):
        decision = deny_line(decision, scenario.group, scenario.reason)
    if scenario.asks(Request.CROSS) and plan.crosses_over_to and decision.status == "1":
        return forwarded(claim, decision, plan.crosses_over_to[0])
    if scenario.asks(Request.CROSS_AWAY) and decision.status in _PROCESSED:
        return forwarded(claim, decision, ELSEWHERE)
    return decision


def _again(claim: Claim, plan: Plan, standing: Standing, scenario: Scenario) -> Decision:
    if scenario.asks(Request.TAKEBACK):
        return deny(claim, "CO", "50")
    return adjudicate(claim, corrected_plan(plan), standing)


def _as_asked(claim: Claim, scenario: Scenario, standing: Standing) -> Standing:
    if scenario.asks(Request.UNKNOWN):
        return replace(standing, known=False)
    if scenario.asks(Request.NOTYET):
        return replace(standing, covered_from=claim.service_date + timedelta(days=1))
    if scenario.asks(Request.EXPIRED):
        return replace(standing, covered_to=claim.service_date - timedelta(days=1))
    return standing


def _downcoded(claim: Claim) -> Claim:
    return replace(
        claim,
        lines=tuple(
            replace(line, code="99213") if line.code in {"99214", "99215"} else line
            for line in claim.lines
        ),
    )


def crossover_claim(claim: Claim, decision: Decision, payer_id: str, received_on: date) -> Claim:
    """The claim as the next payer receives it from this one, with what this one did."""
    return replace(
        claim,
        responsibility={"P": "S", "S": "T"}.get(claim.responsibility, "T"),
        received_on=received_on,
        frequency="1",
        original_icn="",
        prior_payers=(
            *claim.prior_payers,
            PriorPayer(
                payer_id,
                decision.paid_cents,
                (),
                tuple(
                    PriorLine(line.line.number, line.paid_cents, line.adjustments)
                    for line in decision.lines
                ),
            ),
        ),
        other_payers=(),
    )
