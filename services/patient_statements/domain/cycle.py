"""The statement cycle as deadlines: statement 1, 30 days, statement 2, 30 days, final notice."""

from datetime import datetime
from typing import Literal

from services.patient_statements.domain.kept import Kept

Notice = Literal["first", "second", "final", "past_due"]
NOTICES: tuple[Notice, ...] = ("first", "second", "final")
STATEMENT_DAY = "statement_day"


class Cycle(Kept, frozen=True):
    """When the account's next statement day is; ``sequence`` tells a current deadline from an
    old one that a later plan replaced."""

    sequence: int = 0
    next_at: datetime | None = None

    def planned(self, at: datetime) -> "Cycle":
        """The cycle with its next statement day at ``at``."""
        return Cycle(sequence=self.sequence + 1, next_at=at)

    def at_rest(self) -> "Cycle":
        """The cycle without a statement day."""
        return Cycle(sequence=self.sequence)

    def is_current(self, sequence: int) -> bool:
        """Whether a deadline that carries ``sequence`` is the one that was last planned."""
        return self.next_at is not None and sequence == self.sequence


def notice_after(notices: int) -> Notice:
    """Which notice comes after ``notices`` statements carried a balance."""
    return NOTICES[notices] if notices < len(NOTICES) else "past_due"
