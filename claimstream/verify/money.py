"""The money that the events tell of adds up, to the cent."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from claimstream.lineage.history import Fact
from claimstream.topics.summary import dollars
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from schemas import claim, patient_account

BALANCE = "charge = insurance + adjustments + patient + balance, per encounter"
REMITTANCE = "payment = claims paid - provider adjustments, per remittance"
LINES = "lines sum to their claim, per adjudication"
STATEMENT = "a statement's total is the sum of its encounters' balances"
CASH = "the ledger's insurance cash is what payers' remittances say, per claim"


def check_balances(report: Report, facts: Sequence[Fact]) -> None:
    """Each final balance says where every cent of the charge went (invariant I2)."""
    for fact in facts:
        event = fact.event
        if not isinstance(event, patient_account.PatientBalanceDue) or not event.insurance_final:
            continue
        report.looked_at(BALANCE, 1)
        explained = (
            event.insurance_paid_cents
            + event.adjusted_cents
            + event.patient_paid_cents
            + event.balance_cents
            - event.credit_cents
        )
        if explained != event.charge_cents:
            report.found(
                BALANCE,
                f"{event.practice_id}:{event.encounter_id} version {event.version}",
                f"{dollars(event.charge_cents)} charged, {dollars(explained)} explained",
            )


def check_remittances(
    report: Report, facts: Sequence[Fact], horizon: Horizon | None = None
) -> None:
    """Balancing of 835 at transaction, claim and line level (invariant I4).

    A remittance of which retention may have removed claims is not summed.
    """
    reach = horizon or Horizon()
    paid: dict[tuple[str, str], int] = {}
    for fact in facts:
        event = fact.event
        if not isinstance(event, claim.ClaimAdjudicated):
            continue
        place = (event.practice_id, event.remittance_id)
        paid[place] = paid.get(place, 0) + event.paid_cents
        if not event.lines:
            continue
        report.looked_at(LINES, 1)
        lines = sum(line.paid_cents for line in event.lines)
        lines -= sum(adjustment.amount_cents for adjustment in event.adjustments)
        if lines != event.paid_cents:
            report.found(
                LINES,
                f"claim {event.claim_id}",
                f"paid {dollars(event.paid_cents)}, its lines say {dollars(lines)}",
            )
    for fact in facts:
        event = fact.event
        if not isinstance(event, claim.RemittanceReceived) or not reach.covers(
            claim.ClaimAdjudicated.TOPIC, fact.occurred_at
        ):
            continue
        report.looked_at(REMITTANCE, 1)
        claims = paid.get((event.practice_id, event.remittance_id), 0)
        moved = sum(each.amount_cents for each in event.provider_adjustments)
        if event.claims_paid_cents != claims or event.payment_cents != claims - moved:
            report.found(
                REMITTANCE,
                f"remittance {event.remittance_id}",
                f"payment {dollars(event.payment_cents)}, claims {dollars(claims)}, "
                f"provider adjustments {dollars(moved)}",
            )


def check_statements(report: Report, facts: Sequence[Fact]) -> None:
    """Invariant I14, as far as the events tell."""
    for fact in facts:
        event = fact.event
        if isinstance(event, patient_account.StatementIssued):
            report.looked_at(STATEMENT, 1)
            items = sum(item.balance_cents for item in event.items)
            if items != event.total_cents:
                report.found(
                    STATEMENT,
                    f"statement {event.statement_id}",
                    f"total {dollars(event.total_cents)}, items {dollars(items)}",
                )


def check_cash(
    report: Report,
    facts: Sequence[Fact],
    ledger: Mapping[tuple[str, str], int],
    waiting: int,
    horizon: Horizon | None = None,
) -> None:
    """``ledger``: billing's insurance cash in cents, by practice and claim.

    Checked when nothing is on its way between gateway and billing. Once retention has removed
    adjudications, a claim counts only if none can have come before what is left: its submission is
    on its topic and as young as that.
    """
    if waiting:
        return
    reach = horizon or Horizon()
    told: dict[tuple[str, str], int] = {}
    begun: dict[tuple[str, str], datetime] = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, claim.ClaimSubmitted):
            begun.setdefault((event.practice_id, event.claim_id), fact.occurred_at)
        if isinstance(event, claim.ClaimAdjudicated):
            place = (event.practice_id, event.claim_id)
            told[place] = told.get(place, 0) + event.paid_cents
    for place in told.keys() | ledger.keys():
        if not reach.covers(claim.ClaimAdjudicated.TOPIC, begun.get(place)):
            continue
        report.looked_at(CASH, 1)
        if told.get(place, 0) != ledger.get(place, 0):
            report.found(
                CASH,
                f"claim {place[1]}",
                f"payers say {dollars(told.get(place, 0))}, "
                f"the ledger {dollars(ledger.get(place, 0))}",
            )
