"""The account's states and which input may move it from where to where (life cycle, section 4).

``written_off`` is only ever reported by billing, never decided here. Plans, collections and refunds
add states to ``AccountState`` and rows to ``MAY_MOVE``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.patient_statements.domain.refusal import RuleRefusal

AccountState = Literal[
    "none", "open", "partial", "paid", "credit", "on_hold", "suppressed", "written_off"
]
Trigger = Literal[
    "balance_reported", "payment_recorded", "hold_placed", "hold_released", "party_changed"
]

_SETTLED: frozenset[AccountState] = frozenset({"paid", "credit", "written_off"})
_OWING: frozenset[AccountState] = frozenset({"open", "partial"})
_BLOCKED: frozenset[AccountState] = frozenset({"on_hold", "suppressed"})
_ANY: frozenset[AccountState] = _SETTLED | _OWING | _BLOCKED | {"none"}

MAY_MOVE: Mapping[tuple[AccountState, Trigger], frozenset[AccountState]] = {
    **{(state, "balance_reported"): _ANY for state in _ANY},
    **{(state, "party_changed"): _ANY for state in _ANY},
    ("open", "payment_recorded"): _BLOCKED | {"partial", "paid", "credit"},
    ("partial", "payment_recorded"): _BLOCKED | {"partial", "paid", "credit"},
    ("paid", "payment_recorded"): frozenset({"credit"}),
    ("credit", "payment_recorded"): frozenset({"credit"}),
    ("written_off", "payment_recorded"): frozenset({"credit"}),
    ("on_hold", "payment_recorded"): frozenset({"on_hold"}),
    ("suppressed", "payment_recorded"): frozenset({"suppressed"}),
    ("open", "hold_placed"): frozenset({"on_hold"}),
    ("partial", "hold_placed"): frozenset({"on_hold"}),
    ("credit", "hold_placed"): frozenset({"on_hold"}),
    ("on_hold", "hold_released"): _OWING | _SETTLED | {"on_hold"},
    ("suppressed", "hold_released"): frozenset({"suppressed"}),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts that an account's state follows from; amounts in cents."""

    due_cents: int
    credit_cents: int
    paid_towards_due: bool
    ever_owed: bool
    closed_by_payment: bool
    closed_by_write_off: bool
    on_hold: bool
    suppressed: bool


def state_of(standing: Standing) -> AccountState:
    """The one state that the facts describe."""
    if standing.suppressed:
        return "suppressed"
    if standing.on_hold:
        return "on_hold"
    if standing.due_cents:
        return "partial" if standing.paid_towards_due else "open"
    if standing.credit_cents:
        return "credit"
    if standing.closed_by_write_off and not standing.closed_by_payment:
        return "written_off"
    return "paid" if standing.ever_owed else "none"


def moved(current: AccountState, trigger: Trigger, standing: Standing) -> AccountState:
    """The state after ``trigger``.

    Raises ``RuleRefusal("illegal_transition")`` where the life cycle knows no such move.
    """
    target = state_of(standing)
    if target not in MAY_MOVE.get((current, trigger), frozenset()):
        raise RuleRefusal(
            "illegal_transition", f"{trigger} does not move an account from {current} to {target}"
        )
    return target
