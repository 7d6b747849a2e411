"""Staging what a decision came to: the account, its postings, events and deadlines."""

from schemas.claim import ClaimAcknowledged
from services.billing.domain.case import Case
from services.billing.domain.claim_state import CLOSED
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.workspace import BillingWorkspace
from services.chassis.effects import Effects

NOT_BILLABLE = "not_billable"
"""The one state of an encounter in coding that concerns billing."""

SEPARATOR = "|"
"""Between the encounter and the subject in a deadline's key; ids never contain it."""


def is_receipt(event: ClaimAcknowledged) -> bool:
    """Whether it says only that a file was taken in (TA1, 999): nothing of the claim yet."""
    return event.outcome != "rejected" and event.stage != "277CA"


def is_open_to_coverage(account: EncounterAccount) -> bool:
    """Whether newly registered coverage may still change something: a claim is not closed."""
    if account.coded is None or account.not_billable:
        return False
    for claim in account.claims:  # noqa: SIM110 - half the time of a generator
        if claim.state != CLOSED and not claim.replaced_by:
            return True
    return False


def keep(rows: BillingWorkspace, case: Case, effects: Effects) -> None:
    """Stage what the case came to: the account, its postings, events and deadlines."""
    account = case.closed()
    key = (account.practice_id, account.encounter_id)
    events = case.published()
    if case.postings or events or account != rows.encounters.get(key):
        rows.encounters[key] = account
    if case.postings:
        rows.append_postings(
            account.practice_id, f"encounter:{account.encounter_id}", case.postings, case.now
        )
    if is_open_to_coverage(account):
        rows.open_to_coverage.setdefault((account.practice_id, account.patient_id), set()).add(
            account.encounter_id
        )
    for event in events:
        effects.emit(event)
    for kind, subject, at in case.deadlines:
        name = SEPARATOR.join((account.encounter_id, subject, at.date().isoformat()))
        effects.schedule(kind, account.practice_id, name, at)
