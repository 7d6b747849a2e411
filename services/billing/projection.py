"""An account's figures as columns, so that lists and sums need not read whole accounts."""

from typing import Final, NamedTuple

from services.billing.domain import ledger_account as accounts
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.work_item import UNDECIDED

_NOTHING: Final[dict[int, int]] = {}


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

    totals = {name: sum(lines.values()) for name, lines in account.ledger.balances.items()}
    of = totals.get
    contractual, sequestration = of(accounts.CONTRACTUAL, 0), of(accounts.SEQUESTRATION, 0)
    return Figures(
        -of(accounts.REVENUE, 0),
        of(accounts.CASH_INS, 0),
        contractual,
        sequestration,
        sum(cents for name, cents in totals.items() if name in accounts.WRITE_OFFS)
        - contractual
        - sequestration,
        sum(account.applied.values()),
        sum(cents for name, cents in totals.items() if name in accounts.AR_INSURANCE),
        sum(item.amount_cents for item in account.items if item.is_open and item.kind in UNDECIDED),
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
        cents = sum(balances.get(ar_insurance(level), _NOTHING).values())
        if not cents:
            continue
        holder = next(
            (claim for own in range(level, 0, -1) if (claim := account.current_claim(own))), None
        )
        if holder is not None:
            owed[holder.claim_id] = owed.get(holder.claim_id, 0) + cents
    return owed
