"""In which order coders look at cases: by the money at stake and the days left to file it.

Timely filing: Medicare one calendar year (42 CFR 424.44), Medicaid one year (42 CFR 447.45(d)),
TRICARE one year (32 CFR 199.7(d)); commercial plans by contract, here ninety days unless
configured. What is expected is for ranking only and never leaves the queue.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from services.coding.domain.coding_result import Line
from services.coding.domain.encounter_state import EncounterState

FILING_DAYS: dict[str, int] = {
    "medicare": 365,
    "medigap": 365,
    "medicaid": 365,
    "commercial": 90,
}
SELF_PAY_DAYS = 365
OTHER_DAYS = 90
_SOON = 60
_URGENT = 7
_MOST_AGE = 365
_UNKNOWN_CENTS = 12_000
"""Expected of an encounter without any proposed line: about one office visit."""
_BY_PREFIX: tuple[tuple[str, int], ...] = (
    ("9928", 22_000),
    ("9922", 25_000),
    ("9923", 15_000),
    ("9920", 18_000),
    ("9921", 13_000),
    ("993", 17_000),
    ("99", 13_000),
    ("904", 3_000),
    ("7", 9_000),
    ("8", 2_500),
    ("J", 4_000),
    ("G", 8_000),
)
_OTHER_CENTS = 15_000

Price = Callable[[Line], int | None]


class Ranked(Struct, frozen=True):
    """One case in its place: money in cents, days, and the reasons for its rank in words."""

    practice_id: str
    encounter_id: str
    state: EncounterState
    expected_cents: int
    days_left: int
    age_days: int
    score: int
    why: tuple[str, ...]


class Waiting(Struct, frozen=True):
    """A case that waits, with the primary payer's programme; empty for self-pay."""

    practice_id: str
    encounter_id: str
    state: EncounterState
    programme: str


def expected_cents(lines: Sequence[Line], price: Price) -> tuple[int, bool]:
    """What the lines are expected to come to, and whether every one had a price."""
    total, known = 0, bool(lines)
    for line in lines:
        cents = price(line)
        if cents is None:
            known = False
            cents = _guess(line.code)
        total += cents * line.units
    return (total if lines else _UNKNOWN_CENTS), known


def _guess(code: str) -> int:
    return next((cents for prefix, cents in _BY_PREFIX if code.startswith(prefix)), _OTHER_CENTS)


def urgency(days_left: int) -> int:
    """Permille by which the money counts: 1000 with time to spare, 10000 in the last week.

    Past the limit it counts half: what is left is an exception or an appeal.
    """
    if days_left < 0:
        return 500
    if days_left <= _URGENT:
        return 10_000
    if days_left >= _SOON:
        return 1_000
    return 1_000 + 9_000 * (_SOON - days_left) // (_SOON - _URGENT)


def ranked(
    cases: Sequence[Waiting],
    today: date,
    price: Price,
    filing_days: Mapping[str, int] | None = None,
) -> list[Ranked]:
    """The cases, the first to look at first; equal ones by age, practice and id."""
    limits = FILING_DAYS if filing_days is None else {**FILING_DAYS, **filing_days}
    found = [_rank(case, today, price, limits) for case in cases]
    return sorted(
        found,
        key=lambda each: (-each.score, -each.age_days, each.practice_id, each.encounter_id),
    )


def _rank(case: Waiting, today: date, price: Price, limits: Mapping[str, int]) -> Ranked:
    state = case.state
    expected, known = expected_cents(state.proposal.lines, price)
    age = (today - state.service_date).days
    limit = limits.get(case.programme, OTHER_DAYS) if case.programme else SELF_PAY_DAYS
    left = limit - age
    weight = urgency(left)
    score = expected * (weight + min(max(age, 0), _MOST_AGE)) // 1_000
    why = [
        f"{expected} cents expected" if known else f"about {expected} cents expected (estimate)",
        "past the filing limit" if left < 0 else f"{left} days left to file",
        f"{age} days since the service",
    ]
    if state.state == "escalated":
        why.append("a query was not answered in time")
    return Ranked(
        case.practice_id, case.encounter_id, state, expected, left, age, score, tuple(why)
    )
