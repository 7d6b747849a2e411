"""A patient account's own money: what was paid and names no encounter that we know."""

import msgspec
from msgspec.structs import replace

from services.billing.domain import ledger_account as accounts
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.kept import Kept
from services.billing.domain.ledger import Ledger, LedgerState, Posting


class PatientAccount(Kept, frozen=True):
    """Payments taken in (cents by payment id) and the account's ledger of unapplied money."""

    practice_id: str
    account_id: str
    payments: dict[str, int] = msgspec.field(default_factory=dict)
    ledger: LedgerState = msgspec.field(default_factory=LedgerState)

    @property
    def unapplied_cents(self) -> int:
        """Money that belongs to the patient and to no encounter."""
        return -sum(self.ledger.balances.get(accounts.UNAPPLIED, {}).values())


def take_payment(
    account: PatientAccount, payment_id: str, amount_cents: int, unallocated_cents: int
) -> tuple[PatientAccount, list[Posting]]:
    """Note a payment; what was allocated to no encounter is posted CASH_PATIENT to UNAPPLIED."""
    ledger = Ledger(account.ledger, f"payment:{payment_id}")
    ledger.post(0, "patient_payment", accounts.CASH_PATIENT, accounts.UNAPPLIED, unallocated_cents)
    payments = {**account.payments, payment_id: amount_cents}
    return replace(account, payments=payments, ledger=ledger.state()), ledger.new


def move_prepaid(encounter: EncounterAccount, source: str) -> tuple[LedgerState, list[Posting]]:
    """Take the money that waits on an encounter off it: UNAPPLIED to CASH_PATIENT."""
    ledger = Ledger(encounter.ledger, source)
    ledger.post(
        0,
        "patient_payment_moved",
        accounts.UNAPPLIED,
        accounts.CASH_PATIENT,
        encounter.prepaid_cents,
    )
    return ledger.state(), ledger.new


def take_back_prepaid(
    account: PatientAccount, encounter_id: str, cents: int
) -> tuple[PatientAccount, list[Posting]]:
    """Money that was kept for another account's encounter is its payer's credit again."""
    ledger = Ledger(account.ledger, f"moved:{encounter_id}")
    ledger.post(0, "patient_payment_moved", accounts.CASH_PATIENT, accounts.UNAPPLIED, cents)
    return replace(account, ledger=ledger.state()), ledger.new
