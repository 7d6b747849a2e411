"""An account's figures as columns, so that lists and sums need not read whole accounts."""

from dataclasses import dataclass

from services.billing.domain import ledger_account as accounts
from services.billing.domain.claim import Claim
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.work_item import UNDECIDED


@dataclass(frozen=True, slots=True)
class Figures:
    """Cents. charge = insurance paid + write-offs + patient applied + open.

    open: insurance and patient. undecided is the part of open insurance that a payer refused and
    nobody decided about.
    """

    charge_cents: int
    insurance_paid_cents: int
    contractual_cents: int
    sequestration_cents: int
    other_write_off_cents: int
    patient_applied_cents: int
    open_insurance_cents: int
    undecided_cents: int
    open_patient_cents: int
    unapplied_cents: int


def figures_of(account: EncounterAccount) -> Figures:
    """The figures of an account, from its ledger's balances."""

    def total(name: str) -> int:
        return sum(account.ledger.balances.get(name, {}).values())

    contractual, sequestration = total(accounts.CONTRACTUAL), total(accounts.SEQUESTRATION)
    return Figures(
        charge_cents=-total(accounts.REVENUE),
        insurance_paid_cents=total(accounts.CASH_INS),
        contractual_cents=contractual,
        sequestration_cents=sequestration,
        other_write_off_cents=sum(total(name) for name in accounts.WRITE_OFFS)
        - contractual
        - sequestration,
        patient_applied_cents=sum(account.applied.values()),
        open_insurance_cents=sum(total(name) for name in accounts.AR_INSURANCE),
        undecided_cents=sum(
            item.amount_cents for item in account.items if item.is_open and item.kind in UNDECIDED
        ),
        open_patient_cents=total(accounts.AR_PATIENT),
        unapplied_cents=-total(accounts.UNAPPLIED),
    )


def open_by_claim(account: EncounterAccount) -> dict[str, int]:
    """What payers still owe, by the claim that it waits for; sums to the open insurance.

    A level without a claim of its own belongs to the claim of the level before, as when a payer
    forwarded it.
    """
    current: dict[int, Claim] = {}
    for claim in account.claims:
        if not claim.replaced_by:
            current[claim.level] = claim
    owed: dict[str, int] = {}
    for level in (1, 2, 3):
        cents = sum(account.ledger.balances.get(ar_insurance(level), {}).values())
        holder = next((current[n] for n in range(level, 0, -1) if n in current), None)
        if cents and holder is not None:
            owed[holder.claim_id] = owed.get(holder.claim_id, 0) + cents
    return owed
