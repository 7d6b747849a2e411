"""Work for people: holds, denials, remittances that fit nothing, and what else needs a decision."""

from datetime import date, datetime
from typing import Literal

from services.billing.domain.kept import Kept

WorkKind = Literal[
    "hold",
    "denial",
    "unknown_adjustment",
    "unmatched_remittance",
    "coordination_mismatch",
    "underpaid",
    "payer_credit",
    "status_inquiry",
    "information_request",
    "filing_limit",
    "unallocated_payment",
    "secondary_review",
]
OPEN_STATES = frozenset({"open", "waiting", "expired"})
UNDECIDED: frozenset[WorkKind] = frozenset({"denial", "unknown_adjustment"})
"""Kinds whose amount stays receivable from the payer until somebody decides."""

OF_THE_DECISION: frozenset[WorkKind] = frozenset(
    {"denial", "unknown_adjustment", "underpaid", "coordination_mismatch"}
)
"""Kinds that concern how a payer decided a claim; without the claim they are nobody's work."""


class WorkItem(Kept, frozen=True):
    """One thing for a person to do. ``subject`` is a claim id or an adjudication's key.

    amount_cents: what is at stake. due_on: the last day on which the action helps.
    """

    item_id: str
    kind: WorkKind
    claim_id: str
    subject: str
    reason: str
    opened_at: datetime
    line: int = 0
    level: int = 0
    group: str = ""
    carc: str = ""
    remark_codes: tuple[str, ...] = ()
    amount_cents: int = 0
    action: str = ""
    due_on: date | None = None
    state: str = "open"
    owner: str = "billing"
    resolution: str = ""
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still needs somebody."""
        return self.state in OPEN_STATES
