"""A remittance as a whole: its deposit, its provider-level adjustments, its own ledger."""

from datetime import date

import msgspec

from services.billing.domain import ledger_account as accounts
from services.billing.domain.kept import Kept
from services.billing.domain.ledger import Ledger, LedgerState, Posting, PostingOrigin
from services.billing.domain.provider_level import ProviderAdjustmentCopy, counter_account
from services.chassis.effects import Refused


class Remittance(Kept, frozen=True):
    """What the payer deposited, in cents. ``payment_cents`` is BPR02."""

    practice_id: str
    remittance_id: str
    payer_id: str
    trace_number: str
    paid_on: date
    payment_cents: int
    claims_paid_cents: int
    claim_count: int
    adjustments: tuple[ProviderAdjustmentCopy, ...] = ()
    ledger: LedgerState = msgspec.field(default_factory=LedgerState)


def check_deposit(remittance: Remittance) -> None:
    """Invariant I4 of a transaction: BPR02 = sum(CLP04) - sum(PLB).

    Raises ``Refused("remittance_out_of_balance")``.
    """
    adjusted = sum(each.amount_cents for each in remittance.adjustments)
    if remittance.claims_paid_cents - adjusted != remittance.payment_cents:
        raise Refused(
            "remittance_out_of_balance",
            f"claims {remittance.claims_paid_cents} less provider adjustments {adjusted} is not "
            f"the deposit {remittance.payment_cents} (cents)",
        )


def post_provider_level(remittance: Remittance) -> tuple[LedgerState, list[Posting]]:
    """The remittance's own postings: each PLB pair between its counter account and CASH_INS."""
    ledger = Ledger(remittance.ledger, f"remittance:{remittance.remittance_id}")
    origin = PostingOrigin("", remittance.payer_id, remittance.remittance_id)
    for each in remittance.adjustments:
        ledger.post(
            0,
            "provider_level",
            counter_account(each.reason),
            accounts.CASH_INS,
            each.amount_cents,
            detail=f"{each.reason}:{each.reference}",
            origin=origin,
        )
    return ledger.state(), ledger.new
