"""An account's figures as columns, so that lists and sums need not read whole accounts."""

from typing import NamedTuple

from services.billing.domain import ledger_account as accounts
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.work_item import UNDECIDED


class Figures(NamedTuple):
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
    totals: dict[str, int] = {}
    written_off = open_insurance = 0
    for name, lines in account.ledger.balances.items():
        cents = totals[name] = sum(lines.values())
        if name in accounts.WRITE_OFFS:
            written_off += cents
        elif name in accounts.AR_INSURANCE:
            open_insurance += cents
    undecided = 0
    for item in account.items:
        if item.is_open and item.kind in UNDECIDED:
            undecided += item.amount_cents
    of = totals.get
    contractual, sequestration = of(accounts.CONTRACTUAL, 0), of(accounts.SEQUESTRATION, 0)
    return Figures(
        -of(accounts.REVENUE, 0),
        of(accounts.CASH_INS, 0),
        contractual,
        sequestration,
        written_off - contractual - sequestration,
        sum(account.applied.values()),
        open_insurance,
        undecided,
        of(accounts.AR_PATIENT, 0),
        -of(accounts.UNAPPLIED, 0),
    )


def open_by_claim(account: EncounterAccount) -> dict[str, int]:
    """What payers still owe, by the claim that it waits for; sums to the open insurance.

    A level without a claim of its own belongs to the claim of the level before, as when a payer
    forwarded it.
    """
    owed: dict[str, int] = {}
    balances = account.ledger.balances
    for level in (1, 2, 3):
        lines = balances.get(ar_insurance(level))
        cents = sum(lines.values()) if lines is not None else 0
        if not cents:
            continue
        for own in range(level, 0, -1):
            holder = account.current_claim(own)
            if holder is not None:
                owed[holder.claim_id] = owed.get(holder.claim_id, 0) + cents
                break
    return owed
