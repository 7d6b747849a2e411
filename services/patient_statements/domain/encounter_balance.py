"""What the patient owes for one encounter, as billing last reported it.

Billing is the ledger; this service remembers its last word and the payments taken here that this
word does not reflect yet. All amounts are integer cents.
"""

from datetime import date
from typing import Literal

from msgspec.structs import replace

from schemas.patient_account import PatientBalanceDue
from services.patient_statements.domain.kept import Kept
from services.patient_statements.domain.printable import printable
from services.patient_statements.domain.readings import ReportedBalance
from services.patient_statements.domain.refusal import RuleRefusal

Protection = Literal["none", "qmb", "medicaid"]
ClosedBy = Literal["", "payment", "insurance", "write_off"]


class Share(Kept, frozen=True):
    """The patient's share by kind, in cents (835 CAS group PR: reasons 1, 2, 3 and others)."""

    deductible_cents: int = 0
    coinsurance_cents: int = 0
    copay_cents: int = 0
    other_cents: int = 0
    self_pay_cents: int = 0


class Service(Kept, frozen=True):
    """A service line as far as a statement needs it."""

    code: str
    charge_cents: int


class EncounterBalance(Kept, frozen=True):
    """One encounter on an account.

    ``reported_cents`` is billing's balance in ``version``; ``pending_cents`` was paid here and is
    not in that balance yet; ``allocated_cents`` was ever paid here. ``notices`` counts the
    statements that carried this balance; ``suppressed_as`` is why the last one did not.
    """

    encounter_id: str
    patient_id: str
    version: int
    service_date: date
    insurance_final: bool
    charge_cents: int
    insurance_paid_cents: int
    adjusted_cents: int
    patient_paid_cents: int
    reported_cents: int
    credit_cents: int = 0
    share: Share = Share()
    protection: Protection = "none"
    payer_names: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    pending_cents: int = 0
    allocated_cents: int = 0
    notices: int = 0
    suppressed_as: str = ""
    closed_by: ClosedBy = ""

    @property
    def due_cents(self) -> int:
        """What is still owed: billing's balance less what was paid here since."""
        return max(0, self.reported_cents - self.pending_cents)

    @property
    def paid_cents(self) -> int:
        """Everything that the patient paid towards this encounter, as far as it lowered it."""
        return self.patient_paid_cents + self.reported_cents - self.due_cents

    @property
    def in_progress_cents(self) -> int:
        """The part of the charge that insurance still works on; nobody is asked for it."""
        return (
            self.charge_cents
            - self.insurance_paid_cents
            - self.adjusted_cents
            - self.patient_paid_cents
            - self.reported_cents
            + self.credit_cents
        )


def _check(report: PatientBalanceDue | ReportedBalance) -> None:
    """A balance that its own figures do not explain must never reach a patient (HFMA: correct)."""
    if report.balance_cents and report.credit_cents:
        raise RuleRefusal(
            "balance_and_credit", "an encounter has either a balance or a credit, never both"
        )
    if report.lines and sum(line.charge_cents for line in report.lines) != report.charge_cents:
        raise RuleRefusal("lines_do_not_sum", "the lines' charges must sum to the charge")
    explained = (
        report.insurance_paid_cents
        + report.adjusted_cents
        + report.patient_paid_cents
        + report.balance_cents
        - report.credit_cents
    )
    if report.insurance_final and explained > report.charge_cents:
        raise RuleRefusal(
            "balance_not_explained",
            "payments, adjustments and balance exceed the charge; correct them in billing",
        )


def _reported(report: PatientBalanceDue | ReportedBalance) -> EncounterBalance:
    share = report.share
    return EncounterBalance(
        encounter_id=report.encounter_id,
        patient_id=report.patient_id,
        version=report.version,
        service_date=report.service_date,
        insurance_final=report.insurance_final,
        charge_cents=report.charge_cents,
        insurance_paid_cents=report.insurance_paid_cents,
        adjusted_cents=report.adjusted_cents,
        patient_paid_cents=report.patient_paid_cents,
        reported_cents=report.balance_cents,
        credit_cents=report.credit_cents,
        share=Share(
            deductible_cents=share.deductible_cents,
            coinsurance_cents=share.coinsurance_cents,
            copay_cents=share.copay_cents,
            other_cents=share.other_cents,
            self_pay_cents=share.self_pay_cents,
        ),
        protection=report.protection,
        payer_names=tuple(name for name in map(printable, report.payer_names) if name),
        services=tuple(Service(line.code, line.charge_cents) for line in report.lines),
    )


def _closed_by(before: EncounterBalance, after: EncounterBalance) -> ClosedBy:
    if after.due_cents:
        return ""
    if not before.due_cents:
        return before.closed_by
    if after.patient_paid_cents > before.patient_paid_cents or after.pending_cents:
        return "payment"
    return "write_off" if after.adjusted_cents > before.adjusted_cents else "insurance"


def reported(
    current: EncounterBalance | None, report: PatientBalanceDue | ReportedBalance
) -> EncounterBalance | None:
    """``current`` replaced by a later report; ``None`` when the report is stale.

    What billing's cumulative ``patient_paid_cents`` rose by was pending here before and is pending
    no longer. A refund lowers it and makes nothing pending. A balance that rose is news to the
    patient, so that its notices start again (the clock starts with the first statement).

    Raises ``RuleRefusal``: ``balance_and_credit``, ``lines_do_not_sum``, ``balance_not_explained``.
    """
    if current is not None and report.version <= current.version:
        return None
    _check(report)
    fresh = _reported(report)
    if current is None:
        return fresh
    applied = max(0, fresh.patient_paid_cents - current.patient_paid_cents)
    fresh = replace(
        fresh,
        pending_cents=max(0, current.pending_cents - applied),
        allocated_cents=current.allocated_cents,
        closed_by=current.closed_by,
    )
    return replace(
        fresh,
        notices=0 if fresh.due_cents > current.due_cents else current.notices,
        closed_by=_closed_by(current, fresh),
    )


def paid(current: EncounterBalance, amount_cents: int) -> EncounterBalance:
    """``current`` after ``amount_cents`` (at most what is due) was paid towards it here."""
    after = replace(
        current,
        pending_cents=current.pending_cents + amount_cents,
        allocated_cents=current.allocated_cents + amount_cents,
    )
    return replace(after, closed_by=_closed_by(current, after))
