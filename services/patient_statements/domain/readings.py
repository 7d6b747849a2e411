"""What statements take of billing's balances: the sums, and a line's code and charge."""

from datetime import date, datetime
from typing import ClassVar, Literal

from msgspec import field

from schemas.event import Event
from schemas.patient_account import PatientBalanceDue
from schemas.view import (
    CentsNumber,
    ChargeNumber,
    IdText,
    InstantText,
    Part,
    ProcedureText,
    ShortString,
    View,
    WidePositiveNumber,
    check_served,
    instant,
)


class PatientShare(Part, frozen=True):
    """The patient's share by kind, in cents (835 CAS group PR: reasons 1, 2, 3 and others)."""

    deductible_cents: ChargeNumber = 0
    coinsurance_cents: ChargeNumber = 0
    copay_cents: ChargeNumber = 0
    other_cents: ChargeNumber = 0
    self_pay_cents: ChargeNumber = 0


class ChargedLine(Part, frozen=True):
    """A service line as far as a statement needs it."""

    code: ProcedureText
    charge_cents: ChargeNumber


class ReportedBalance(View, frozen=True):
    """``PatientBalanceDue`` as patient statements read it."""

    CONTRACT: ClassVar[type[Event]] = PatientBalanceDue

    account_id: IdText
    patient_id: IdText
    encounter_id: IdText
    version: WidePositiveNumber
    service_date: date
    charge_cents: ChargeNumber
    insurance_paid_cents: CentsNumber
    adjusted_cents: CentsNumber
    patient_paid_cents: CentsNumber
    balance_cents: ChargeNumber
    as_of_text: InstantText = field(name="as_of")
    insurance_final: bool = True
    credit_cents: ChargeNumber = 0
    share: PatientShare = PatientShare()
    protection: Literal["none", "qmb", "medicaid"] = "none"
    payer_names: tuple[ShortString, ...] = ()
    lines: tuple[ChargedLine, ...] = ()

    def __post_init__(self) -> None:
        check_served(self.service_date)
        instant(self.as_of_text)

    @property
    def as_of(self) -> datetime:
        """When billing reported the balance."""
        return instant(self.as_of_text)
