"""A file that a partner had and lost: when the same bytes may be sent again.

The same bytes under the same name and control number: a partner that has it after all sees a
duplicate (TA105 025), and nothing is paid twice. A new number is for what is sent anew, and that is
a new version of a claim, which billing makes.
"""

from dataclasses import dataclass
from uuid import UUID

from services.payer_gateway.domain.trading_partner import PAPER


@dataclass(frozen=True, slots=True)
class FileAtPartner:
    """A file that was made. ``is_answered``: the payer spoke of a claim or question of it."""

    file_id: UUID
    name: str
    practice_id: str
    payer_id: str
    kind: str
    state: str
    is_answered: bool

    @property
    def why_not_again(self) -> str:
        """Why it must not be sent again, empty where it may."""
        if self.kind == PAPER:
            return "it is a batch of forms: save it (payer files save), print it and mail it anew"
        if self.state == "created":
            return "it waits to be sent for the first time"
        if self.state == "rejected":
            return "the partner refused it, and its claims went back to billing: correct them there"
        if self.is_answered:
            return "the payer has it, as it answered from it: ask about the others (payer inquire)"
        return ""
