"""A claim whose money could not be read: never posted, never dropped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnreadableClaim:
    """Where it stands: CLM01 or CLP01, its index among the claims, and its segments (ST = 1).

    ``Transaction.text(position, last_position)`` gives its raw text.
    """

    claim_id: str
    index: int
    position: int
    last_position: int
