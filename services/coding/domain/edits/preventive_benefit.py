"""How many preventive visits a plan has: a year, a woman's own visit, a child's schedule.

Plans cover without cost what is recommended (45 CFR 147.130(a)(1)): for children the visits of the
Bright Futures schedule (iii), which are more than one a year below three; for women a visit of
their own beside the general one (iv); for all others one a year, which plans count by twelve months
or by calendar year. What a plan really grants only the payer can say, so that this warns and stops
nothing.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.service_line import PastLine, ServiceLine
from services.coding.domain.edits.verdicts import OWN

RULE = "frequency"
VISITS = frozenset(str(code) for code in (*range(99381, 99388), *range(99391, 99398)))
SOURCE = "the plan's benefits; 45 CFR 147.130(a)(1)"
_WOMANS = ("Z01.41", "Z01.42")
# Visits of the schedule from one birthday to the next: seven, then at 12, 15, 18, 24 and 30 months.
_OF_CHILDREN = {0: 7, 1: 3, 2: 2}
_YEAR = 12


def judge(claim: Claim, number: int, line: ServiceLine, pointed: Sequence[str]) -> None:
    """Warn of one more visit than the plan has by the rule that fits the patient."""
    context = claim.context
    womans = bool(pointed) and pointed[0].startswith(_WOMANS)
    before = sorted(
        (
            past
            for past in context.history
            if past.code in VISITS and past.date < line.date and _is_alike(past, womans=womans)
        ),
        key=lambda past: past.date,
    )
    if context.age in _OF_CHILDREN and not womans:
        most = _OF_CHILDREN[context.age]
        since = _birthday(claim, line.date)
        said = f"{most} visits of the schedule at age {context.age}"
    else:
        most, since = 1, None
        said = "once a calendar year" if context.by_calendar_year else "once in 12 months"
        if womans:
            said += ", beside the general visit"
    within = [past for past in before if _counts(past.date, line.date, since, claim)]
    looked_up = f"{line.code} on {line.date}: {said}, " + (
        f"last {before[-1].code} on {before[-1].date}" if before else "none before in the record"
    )
    if len(within) < most:
        if claim.passes:
            known = context.history_known
            claim.say(
                RULE,
                "pass" if known else "no_data",
                (number,),
                SOURCE,
                OWN if known else "",
                "by what the practice reported itself; what others reported is not known"
                if known
                else "not checked: nothing is known of earlier services",
                looked_up=looked_up,
            )
        return
    claim.say(
        RULE,
        "warn",
        (number,),
        SOURCE,
        OWN,
        f"more preventive visits than plans have: {said}",
        codes=(line.code, within[-1].code),
        looked_up=looked_up,
    )


def _is_alike(past: PastLine, *, womans: bool) -> bool:
    """Whether both are the general visit or both the woman's; where nothing tells, they are."""
    if not past.diagnoses:
        return True
    return past.diagnoses[0].startswith(_WOMANS) is womans


def _birthday(claim: Claim, day: date) -> date:
    """The last birthday; a year ago where only the years of age are known."""
    days, age = claim.context.age_days, claim.context.age or 0
    if days is None:
        return day - timedelta(days=365)
    born = day - timedelta(days=days)
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return born.replace(year=born.year + age, day=28)


def _counts(past: date, day: date, since: date | None, claim: Claim) -> bool:
    if since is not None:
        return past >= since
    if claim.context.by_calendar_year:
        return past.year == day.year
    return (day.year - past.year) * _YEAR + day.month - past.month < _YEAR
