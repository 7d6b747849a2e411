"""The money that the events tell of adds up, to the cent."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from claimstream.lineage.history import Fact
from claimstream.topics.summary import dollars
from claimstream.verify.finding import Finding, Report
from claimstream.verify.horizon import Horizon
from schemas import claim, patient_account

BALANCE = "charge = insurance + adjustments + patient + balance, per encounter"
REMITTANCE = "payment = claims paid - provider adjustments, per remittance"
LINES = "lines sum to their claim, per adjudication"
STATEMENT = "a statement's total is the sum of its encounters' balances"
CASH = "the ledger's insurance cash is what payers' remittances say, per claim"


def check_balances(report: Report, facts: Iterable[Fact]) -> None:
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
                fact.record.recorded_at,
            )


@dataclass(slots=True)
class Remittances:
    """Balancing of 835 at transaction, claim and line level (invariant I4).

    A remittance of which retention may have removed claims is not summed.
    """

    report: Report
    _paid: dict[tuple[str, str], int] = field(default_factory=dict)
    _deposits: list[tuple[tuple[str, str], datetime, int, int, int]] = field(default_factory=list)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, in any order."""
        for fact in facts:
            event = fact.event
            if isinstance(event, claim.ClaimAdjudicated):
                self._adjudicated(event)
            elif isinstance(event, claim.RemittanceReceived):
                self._deposits.append(
                    (
                        (event.practice_id, event.remittance_id),
                        fact.occurred_at,
                        event.payment_cents,
                        event.claims_paid_cents,
                        sum(each.amount_cents for each in event.provider_adjustments),
                    )
                )

    def _adjudicated(self, event: claim.ClaimAdjudicated) -> None:
        place = (event.practice_id, event.remittance_id)
        self._paid[place] = self._paid.get(place, 0) + event.paid_cents
        if not event.lines:
            return
        self.report.looked_at(LINES, 1)
        lines = sum(line.paid_cents for line in event.lines)
        lines -= sum(adjustment.amount_cents for adjustment in event.adjustments)
        if lines != event.paid_cents:
            self.report.found(
                LINES,
                f"claim {event.claim_id}",
                f"paid {dollars(event.paid_cents)}, its lines say {dollars(lines)}",
            )

    def close(self, horizon: Horizon, held: Mapping[str, int | None] | None = None) -> None:
        """Say which deposits are not their claims, now that all facts were seen.

        ``held``: by remittance id, cents of the claims that the gateway set aside; None where
        they are not known, and the remittance is not judged.
        """
        held = held or {}
        for place, occurred_at, payment, claims_paid, moved in self._deposits:
            if not horizon.covers(claim.ClaimAdjudicated.TOPIC, occurred_at):
                continue
            self.report.looked_at(REMITTANCE, 1)
            aside = held.get(place[1], 0)
            if aside is None:
                continue
            claims = self._paid.get(place, 0) + aside
            if claims_paid != claims or payment != claims - moved:
                self.report.found(
                    REMITTANCE,
                    f"remittance {place[1]}",
                    f"payment {dollars(payment)}, claims {dollars(claims)}, "
                    f"provider adjustments {dollars(moved)}",
                )


def check_remittances(
    report: Report, facts: Iterable[Fact], horizon: Horizon | None = None
) -> None:
    """``Remittances`` over all facts at once."""
    remittances = Remittances(report)
    remittances.take(facts)
    remittances.close(horizon or Horizon())


def check_statements(report: Report, facts: Iterable[Fact]) -> None:
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
                    fact.record.recorded_at,
                )


@dataclass(slots=True)
class Cash:
    """What payers told of each claim, beside billing's insurance cash.

    ``undecided``: ids of what billing has set aside or parked, and so has not posted.
    """

    report: Report
    undecided: Set[UUID] = frozenset()
    _told: dict[tuple[str, str], int] = field(default_factory=dict)
    _begun: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, in any order."""
        for fact in facts:
            event = fact.event
            if fact.delivery.identity in self.undecided:
                continue
            if isinstance(event, claim.ClaimSubmitted):
                self._begun.setdefault((event.practice_id, event.claim_id), fact.occurred_at)
            elif isinstance(event, claim.ClaimAdjudicated):
                place = (event.practice_id, event.claim_id)
                self._told[place] = self._told.get(place, 0) + event.paid_cents

    def close(
        self,
        ledger: Mapping[tuple[str, str], int],
        waiting: int,
        horizon: Horizon,
        unapplied: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        """``ledger``: billing's insurance cash in cents, by practice and claim.

        ``unapplied``: what payers told of and an open work item keeps off the ledger.
        Checked when nothing is on its way between gateway and billing. Once retention has removed
        adjudications, a claim counts only if none can have come before what is left: its
        submission is on its topic and as young as that.
        """
        if waiting:
            return
        for place in self._told.keys() | ledger.keys():
            if not horizon.covers(claim.ClaimAdjudicated.TOPIC, self._begun.get(place)):
                continue
            self.report.looked_at(CASH, 1)
            told, posted = self._told.get(place, 0), ledger.get(place, 0)
            kept_off = (unapplied or {}).get(place, 0)
            subject = f"claim {place[1]}"
            message = f"payers say {dollars(told)}, the ledger {dollars(posted)}"
            if told != posted + kept_off:
                self.report.found(CASH, subject, message)
            elif kept_off:
                message += f": {dollars(kept_off)} fits no payment that is known, a work item"
                self.report.explained.append(Finding(CASH, subject, message))


def check_cash(
    report: Report,
    facts: Iterable[Fact],
    ledger: Mapping[tuple[str, str], int],
    waiting: int,
    horizon: Horizon | None = None,
    *,
    unapplied: Mapping[tuple[str, str], int] | None = None,
) -> None:
    """``Cash`` over all facts at once."""
    cash = Cash(report)
    cash.take(facts)
    cash.close(ledger, waiting, horizon or Horizon(), unapplied)
