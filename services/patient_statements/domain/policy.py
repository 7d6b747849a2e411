"""What a practice's management decides about statements, as values that the rules are given."""

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class StatementPolicy:
    """Delays, the cycle and the small-balance limit.

    ``first_statement_delay`` lets several encounters share the first statement; ``cycle`` lies
    between two statements (30 days); ``payment_term_days`` after the statement's date the amount is
    due; a total of ``small_balance_limit_cents`` or less is not billed; ``zone`` is where a
    statement's date is reckoned.
    """

    first_statement_delay: timedelta = timedelta(days=3)
    cycle: timedelta = timedelta(days=30)
    payment_term_days: int = 25
    small_balance_limit_cents: int = 500
    zone: tzinfo = UTC
    payment_address: str = ""
