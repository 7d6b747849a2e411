"""Payments by patients: what goes to which encounter. All amounts are integer cents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.patient_statements.domain.encounter_balance import EncounterBalance
from services.patient_statements.domain.refusal import RuleRefusal

Method = Literal["card", "cash", "check", "ach"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of a payment that goes to one encounter."""

    encounter_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as recorded: its allocations and the rest sum to the amount."""

    practice_id: str
    payment_id: str
    account_id: str
    amount_cents: int
    method: Method
    allocations: tuple[Allocation, ...]
    unapplied_cents: int
    received_at: datetime
    revision: int


def allocated(
    amount_cents: int, encounters: Iterable[EncounterBalance]
) -> tuple[tuple[Allocation, ...], int]:
    """Split a payment over what is due, oldest date of service first; the rest is unapplied.

    An encounter that a programme protects (QMB, Medicaid) takes nothing: nothing may be asked for
    it, so that money that comes anyway stays the patient's until people have looked at it.

    Raises ``RuleRefusal("amount_not_positive")``.
    """
    if amount_cents <= 0:
        raise RuleRefusal("amount_not_positive", "a payment is at least one cent")
    left = amount_cents
    parts: list[Allocation] = []
    for encounter in sorted(encounters, key=lambda each: (each.service_date, each.encounter_id)):
        if encounter.protection != "none":
            continue
        part = min(left, encounter.due_cents)
        if part:
            parts.append(Allocation(encounter.encounter_id, part))
            left -= part
    return tuple(parts), left
