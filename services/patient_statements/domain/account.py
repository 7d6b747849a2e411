"""A patient account: the encounters that one guarantor owes for, and where its cycle stands."""

from datetime import datetime

from msgspec.structs import replace

from services.patient_statements.domain.account_state import AccountState
from services.patient_statements.domain.cycle import NOTICES, Cycle
from services.patient_statements.domain.encounter_balance import EncounterBalance
from services.patient_statements.domain.kept import Kept


class Hold(Kept, frozen=True):
    """A person stopped this account's statements."""

    reason: str
    role: str
    placed_at: datetime


def awaits_decision(encounter: EncounterBalance) -> bool:
    """Whether a statement day has something to decide about this encounter.

    A balance that has had its final notice waits for people, not for a statement. A protected
    encounter is decided even when nothing is due, so that the reason is on record.
    """
    if encounter.suppressed_as:
        return False
    if encounter.protection != "none":
        return True
    return encounter.due_cents > 0 and encounter.notices < len(NOTICES)


class Account(Kept, frozen=True, omit_defaults=False):
    """The aggregate; ``revision`` counts its changes, ``statements`` numbers its statements.

    ``unapplied_cents`` was paid here beyond every balance. ``encounters`` are oldest first.
    ``first_statement_at`` starts the clocks of 26 CFR 1.501(r)-6.
    """

    practice_id: str
    account_id: str
    state: AccountState = "none"
    revision: int = 0
    encounters: tuple[EncounterBalance, ...] = ()
    unapplied_cents: int = 0
    hold: Hold | None = None
    cycle: Cycle = Cycle()
    statements: int = 0
    first_statement_at: datetime | None = None

    @property
    def due_cents(self) -> int:
        """The sum of what its encounters owe."""
        return sum(encounter.due_cents for encounter in self.encounters)

    @property
    def credit_cents(self) -> int:
        """What the practice owes the patient: billing's credits and money not applied."""
        return self.unapplied_cents + sum(each.credit_cents for each in self.encounters)

    @property
    def needs_statement_day(self) -> bool:
        """Whether a statement day must be planned: there is something to decide, and none is."""
        return self.cycle.next_at is None and any(map(awaits_decision, self.encounters))

    def encounter(self, encounter_id: str) -> EncounterBalance | None:
        """The encounter of that id, if the account has it."""
        return next((each for each in self.encounters if each.encounter_id == encounter_id), None)

    def with_encounters(self, *changed: EncounterBalance) -> "Account":
        """The account with these encounters replaced or added, oldest first."""
        by_id = {each.encounter_id: each for each in (*self.encounters, *changed)}
        ordered = sorted(by_id.values(), key=lambda each: (each.service_date, each.encounter_id))
        return replace(self, encounters=tuple(ordered))
