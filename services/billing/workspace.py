"""Everything that one batch of billing reads and writes."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct

from services.billing.domain.coverage import PatientCoverage
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger import Posting
from services.billing.domain.patient_account import PatientAccount
from services.billing.domain.remittance import Remittance
from services.chassis.workspace import Appended, Rows, Workspace

Key = tuple[str, str]
ServiceDay = tuple[str, str, date]


class LedgerRow(Struct, frozen=True, gc=False):
    """What one cause posted to a ledger: ``encounter:ID``, ``account:ID`` or ``remittance:ID``.

    At least one posting; numbers and ordinals follow each other.
    """

    practice_id: str
    ledger: str
    postings: tuple[Posting, ...]
    posted_at: datetime


class BillingWorkspace(Workspace):
    """Rows by (practice, own id).

    services: by practice, patient and date, the fingerprint of each encounter's services.
    open_to_coverage: by (practice, patient), encounters that new coverage may still change.
    claims: by (practice, encounter), for encounters that are only named by receipts, which of the
    claims named are known; a known encounter without such a claim has none of them.
    before: the accounts as loaded, to write only what changed of their claims and work items.
    """

    def __init__(self) -> None:
        self.encounters: Rows[Key, EncounterAccount] = Rows()
        self.patients: Rows[Key, str] = Rows()
        self.coverages: Rows[Key, PatientCoverage] = Rows()
        self.patient_accounts: Rows[Key, PatientAccount] = Rows()
        self.remittances: Rows[Key, Remittance] = Rows()
        self.services: Rows[ServiceDay, dict[str, str]] = Rows()
        self.postings: Appended[LedgerRow] = Appended()
        self.open_to_coverage: dict[Key, set[str]] = {}
        self.claims: dict[Key, set[str]] = {}
        self.before: dict[Key, EncounterAccount] = {}

    def append_postings(
        self, practice_id: str, ledger: str, postings: Iterable[Posting], at: datetime
    ) -> None:
        """Add what one cause posted to the ledger of that name; nothing where it posted nothing."""
        made = tuple(postings)
        if made:
            self.postings.append(LedgerRow(practice_id, ledger, made, at))
