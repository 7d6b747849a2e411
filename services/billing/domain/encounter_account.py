"""The account of one encounter: charges, payers, claims, what payers decided, and the ledger.

Everything about one encounter's money is one immutable value, decided about under one lock.
"""

from datetime import date

import msgspec

from services.billing.domain import ledger_account as accounts
from services.billing.domain.adjudication import Adjudication
from services.billing.domain.claim import Claim
from services.billing.domain.coverage import CoverageSnapshot
from services.billing.domain.kept import Kept
from services.billing.domain.ledger import LedgerState, Posted
from services.billing.domain.work_item import WorkItem


class ServiceLine(Kept, frozen=True):
    """A coded line with its charge; ``charge_cents`` is ``None`` while nobody set a price."""

    line: int
    code: str
    modifiers: tuple[str, ...]
    units: int
    diagnosis_pointers: tuple[int, ...]
    ndc: str = ""
    charge_cents: int | None = None


class CodedService(Kept, frozen=True):
    """What was done, as coded; a higher ``version`` replaces it."""

    version: int
    service_date: date
    place_of_service: str
    diagnoses: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    rendering_provider_id: str
    referring_provider_id: str = ""
    prior_authorization: str = ""


class EncounterAccount(Kept, frozen=True):
    """One encounter's account. Cents throughout.

    coded: ``None`` when coding said "not billable", or the patient paid, before it was ever coded.
    charges: the postings of the charges that stand now. applied: patient money applied to each
    line; the rest of what the patient paid for the encounter is in UNAPPLIED. told: what the last
    balance-due event said.
    """

    practice_id: str
    encounter_id: str
    patient_id: str = ""
    account_id: str = ""
    not_billable: bool = False
    coded: CodedService | None = None
    coverage: CoverageSnapshot = msgspec.field(default_factory=CoverageSnapshot)
    duplicate_of: str = ""
    charges: tuple[Posted, ...] = ()
    claims: tuple[Claim, ...] = ()
    adjudications: tuple[Adjudication, ...] = ()
    items: tuple[WorkItem, ...] = ()
    ledger: LedgerState = msgspec.field(default_factory=LedgerState)
    applied: dict[int, int] = msgspec.field(default_factory=dict)
    balance_version: int = 0
    told: str = ""
    refund_approvers: tuple[str, ...] = ()

    @property
    def service_date(self) -> date:
        """The date of service; the account must have been coded."""
        if self.coded is None:
            raise ValueError("the encounter was never coded")
        return self.coded.service_date

    @property
    def prepaid_cents(self) -> int:
        """The patient's money that waits on the encounter and is applied to no line."""
        return -sum(self.ledger.balances.get(accounts.UNAPPLIED, {}).values())

    def current_claim(self, level: int) -> Claim | None:
        """The claim version of a level that no other replaces."""
        found = None
        for claim in self.claims:
            if claim.level == level and not claim.replaced_by:
                found = claim
        return found

    def claim(self, claim_id: str) -> Claim | None:
        """The claim version of that number."""
        for claim in self.claims:
            if claim.claim_id == claim_id:
                return claim
        return None
