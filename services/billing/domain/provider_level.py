"""Posting provider-level adjustments (835 PLB): money moved outside any claim.

A positive PLB amount lowers the payment, a negative one raises it: BPR02 = sum(CLP04) - sum(PLB).
"""

from services.billing.domain import ledger_account as accounts
from services.billing.domain.kept import Kept

INTEREST = frozenset({"L6"})
CAPITATION = frozenset({"CT"})


class ProviderAdjustmentCopy(Kept, frozen=True):
    """One PLB pair: reason, the payer's reference, cents."""

    reason: str
    reference: str
    amount_cents: int


def counter_account(reason: str) -> str:
    """The account on the other side of the cash.

    Interest (L6) is income, capitation (CT) is capitation. Everything else (WO, FB, 72, CS and
    what a payer may invent) goes to the control account, which must return to zero by reference.
    """
    if reason in INTEREST:
        return accounts.INTEREST_INCOME
    if reason in CAPITATION:
        return accounts.CAPITATION
    return accounts.PROVIDER_LEVEL
