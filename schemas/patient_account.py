"""What a patient owes, is told, and pays. Keyed by patient account."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.event import Event
from schemas.values import (
    Cents,
    ChargeCents,
    Id,
    Instant,
    PaymentCents,
    ProcedureCode,
    ServiceDate,
    ShortText,
    Value,
)

SuppressionReason = Literal[
    "deceased",
    "bankruptcy",
    "hold",
    "qmb",
    "medicaid",
    "insurance_pending",
    "small_balance",
    "credit_balance",
    "nothing_due",
]


class ResponsibilityShare(Value):
    """The patient's share by kind, from CAS group PR (835 CAS reasons 1, 2, 3 and others)."""

    deductible_cents: ChargeCents = 0
    coinsurance_cents: ChargeCents = 0
    copay_cents: ChargeCents = 0
    other_cents: ChargeCents = 0
    self_pay_cents: ChargeCents = 0


class BalanceLine(Value):
    """One service line, as a statement explains it."""

    line: Annotated[int, Field(ge=1, le=50)]
    code: ProcedureCode
    charge_cents: ChargeCents
    insurance_paid_cents: Cents
    adjusted_cents: Cents
    patient_cents: Cents


class PatientBalanceDue(Event):
    """What the patient owes for one encounter, every payer final; a later version replaces."""

    TOPIC: ClassVar[str] = "billing.patient-balance-due.v1"
    KEY_FIELD: ClassVar[str] = "account_id"

    account_id: Id
    patient_id: Id
    encounter_id: Id
    version: Annotated[int, Field(strict=True, ge=1)]
    service_date: ServiceDate
    insurance_final: bool = True
    charge_cents: ChargeCents
    insurance_paid_cents: Cents
    adjusted_cents: Cents = Field(description="contractual, sequestration and other write-offs")
    patient_paid_cents: Cents
    balance_cents: ChargeCents
    credit_cents: ChargeCents = 0
    share: ResponsibilityShare = ResponsibilityShare()
    protection: Literal["none", "qmb", "medicaid"] = "none"
    payer_names: tuple[ShortText, ...] = ()
    lines: tuple[BalanceLine, ...] = ()
    as_of: Instant


class PaymentAllocation(Value):
    """The part of a payment that goes to one encounter."""

    encounter_id: Id
    amount_cents: PaymentCents


class PatientPaymentReceived(Event):
    """Money from a patient; the allocations sum to at most the amount, the rest is unapplied."""

    TOPIC: ClassVar[str] = "patient.payment-received.v1"
    KEY_FIELD: ClassVar[str] = "account_id"

    account_id: Id
    payment_id: Id
    amount_cents: PaymentCents
    method: Literal["card", "cash", "check", "ach"]
    allocations: tuple[PaymentAllocation, ...] = ()
    received_at: Instant


class StatementItem(Value):
    """An encounter on a statement."""

    encounter_id: Id
    balance_cents: ChargeCents


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class StatementIssued(Event):
    """A statement went to the patient."""

    TOPIC: ClassVar[str] = "patient.statement-issued.v1"
    KEY_FIELD: ClassVar[str] = "account_id"

    account_id: Id
    statement_id: Id
    number: Annotated[int, Field(ge=1)]
    total_cents: ChargeCents
    items: tuple[StatementItem, ...]
    channel: Literal["paper", "email", "sms"] = "paper"
    due_on: date
    html_sha256: Sha256
    pdf_sha256: Sha256
    issued_at: Instant


class StatementSuppressed(Event):
    """A statement was due and was not sent, and why."""

    TOPIC: ClassVar[str] = "patient.statement-suppressed.v1"
    KEY_FIELD: ClassVar[str] = "account_id"

    account_id: Id
    reason: SuppressionReason
    balance_cents: Cents
    items: tuple[StatementItem, ...] = ()
    decided_at: Instant
