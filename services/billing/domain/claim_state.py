"""The life of a claim: which state may follow which."""

from typing import Final

from services.chassis.effects import Refused

DRAFT: Final = "draft"
HELD: Final = "held"
SCRUBBED: Final = "scrubbed"
SUBMITTED: Final = "submitted"
REJECTED_SYNTAX: Final = "rejected_syntax"
REJECTED_CLEARINGHOUSE: Final = "rejected_ch"
REJECTED_PAYER: Final = "rejected_payer"
ACCEPTED: Final = "accepted_payer"
STATUS_INQUIRY: Final = "status_inquiry"
PENDED: Final = "pended"
PAID: Final = "paid"
PARTIAL: Final = "partial"
DENIED: Final = "denied"
CROSSED_OVER: Final = "crossed_over"
REVERSED: Final = "reversed"
RESUBMITTED: Final = "resubmitted"
VOIDED: Final = "voided"
WRITTEN_OFF: Final = "written_off"
CLOSED: Final = "closed"

UNSENT: Final = frozenset({DRAFT, HELD, SCRUBBED})
IN_FLIGHT: Final = frozenset({SUBMITTED, ACCEPTED, STATUS_INQUIRY, PENDED})
ADJUDICATED: Final = frozenset({PAID, PARTIAL, DENIED, CROSSED_OVER, REVERSED, WRITTEN_OFF, CLOSED})
DECIDED: Final = frozenset({PAID, PARTIAL, DENIED, CROSSED_OVER, WRITTEN_OFF, CLOSED})
_REJECTED = frozenset({REJECTED_SYNTAX, REJECTED_CLEARINGHOUSE, REJECTED_PAYER})
_OUTCOMES = frozenset({PAID, PARTIAL, DENIED, CROSSED_OVER})

NEXT: Final[dict[str, frozenset[str]]] = {
    DRAFT: frozenset({SCRUBBED, HELD, CLOSED}),
    HELD: _OUTCOMES | {DRAFT, CLOSED, RESUBMITTED, REVERSED},
    SCRUBBED: frozenset({SUBMITTED}),
    SUBMITTED: _OUTCOMES | _REJECTED | {ACCEPTED, STATUS_INQUIRY, PENDED, REVERSED, CLOSED},
    REJECTED_SYNTAX: frozenset({HELD}),
    REJECTED_CLEARINGHOUSE: frozenset({HELD}),
    REJECTED_PAYER: frozenset({HELD}),
    ACCEPTED: _OUTCOMES | {STATUS_INQUIRY, PENDED, REVERSED, REJECTED_PAYER, CLOSED},
    STATUS_INQUIRY: _OUTCOMES | _REJECTED | {ACCEPTED, PENDED, REVERSED, CLOSED},
    PENDED: _OUTCOMES | {STATUS_INQUIRY, REVERSED, CLOSED},
    PAID: (_OUTCOMES | {REVERSED, RESUBMITTED, VOIDED, CLOSED, WRITTEN_OFF}) - {PAID},
    PARTIAL: (_OUTCOMES | {REVERSED, RESUBMITTED, VOIDED, CLOSED, WRITTEN_OFF}) - {PARTIAL},
    DENIED: (_OUTCOMES | {REVERSED, RESUBMITTED, VOIDED, CLOSED, WRITTEN_OFF}) - {DENIED},
    CROSSED_OVER: (_OUTCOMES | {REVERSED, RESUBMITTED, VOIDED, CLOSED, WRITTEN_OFF})
    - {CROSSED_OVER},
    REVERSED: _OUTCOMES | {CLOSED, RESUBMITTED, VOIDED},
    WRITTEN_OFF: _OUTCOMES | {REVERSED, RESUBMITTED, VOIDED, CLOSED},
    CLOSED: _OUTCOMES | {REVERSED, RESUBMITTED, VOIDED},
    RESUBMITTED: frozenset({CLOSED}),
    VOIDED: frozenset({CLOSED}),
}
"""Lifecycles of a claim; ``closed`` is reopened by a payer's take-back or a corrected encounter.
A held claim that was sent may still be decided: a payer may pay what an acknowledgement rejected.
A claim on its way closes only when it was a void (frequency 8) that the payer acted upon."""


def check_transition(from_state: str, to_state: str) -> None:
    """Raise ``Refused("illegal_transition")`` when a claim may not move so."""
    if to_state not in NEXT[from_state]:
        raise Refused(
            "illegal_transition", f"a claim that is {from_state} cannot become {to_state}"
        )


def after_rejection(stage: str, *, was_forwarded: bool) -> str:
    """The state after a rejection by TA1, 999, the gateway's own edits, or a 277CA.

    A 277CA before any acceptance is the clearinghouse's; after one, the payer's (X12 277CA).
    """
    if stage != "277CA":
        return REJECTED_SYNTAX
    return REJECTED_PAYER if was_forwarded else REJECTED_CLEARINGHOUSE
