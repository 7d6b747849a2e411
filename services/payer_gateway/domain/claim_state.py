"""Where a claim stands on its way to the payer and back.

Answers come several a claim and in any order (999, then 277CA of a clearinghouse, then of the
payer): the state only ever rises, and a rejection is final for that submission.
"""

from msgspec import Struct

_RANK = {
    "waiting": 0,
    "filed": 1,
    "sent": 2,
    "received": 3,
    "accepted": 4,
    "refused": 8,
    "rejected": 8,
    "adjudicated": 9,
}


class ClaimRecord(Struct, frozen=True, gc=False):
    """One claim version as the gateway follows it.

    state: refused (our own edits), waiting (for its file), filed, received (a 277CA says that
    somebody has it), accepted (into adjudication), rejected, adjudicated. Whether a file was sent,
    and what a 999 says of it, the file itself notes.
    """

    practice_id: str
    claim_id: str
    encounter_id: str
    payer_id: str
    state: str
    payer_control_number: str = ""

    @property
    def is_final(self) -> bool:
        """Whether no acknowledgement can move it any more."""
        return self.state in {"refused", "rejected", "adjudicated"}

    def raised_to(self, state: str, payer_control_number: str = "") -> "ClaimRecord":
        """In ``state`` if that is further than it is, with the payer's number if one is given."""
        number = payer_control_number or self.payer_control_number
        if _RANK[state] <= _RANK[self.state]:
            state = self.state
            if number == self.payer_control_number:
                return self
        return ClaimRecord(
            self.practice_id, self.claim_id, self.encounter_id, self.payer_id, state, number
        )
