"""How often a service is covered: months since the last one, once in a life, so many in a year.

Medicare's preventive services by their regulations and national determinations; "eleven full
months" means that the calendar months differ by twelve (Medicare Claims Processing Manual 18). What
a practice knows is what it reported itself: what others did, only the payer can say.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from services.coding.domain.edits import preventive_benefit
from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.fixes import Fix
from services.coding.domain.edits.service_line import MEDICARE, PastLine, ServiceLine
from services.coding.domain.edits.verdicts import OWN

RULE = "frequency"
_LIABILITY = frozenset(("GA", "GY", "GZ"))
_ONCE = 0


class Limit(Struct, frozen=True):
    """At most ``times`` within ``months`` calendar months or ``days`` days; both 0: in a life.

    ``alike``: codes that count as the same service. ``only``: for these diagnoses alone.
    ``often``: diagnoses of high risk, with which ``often_months`` are enough.
    """

    source: str
    months: int = _ONCE
    days: int = 0
    times: int = 1
    alike: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    often: tuple[str, ...] = ()
    often_months: int = 0
    everywhere: bool = False
    strict: bool = True


_WELLNESS = frozenset(("G0438", "G0439"))
_LIPIDS = frozenset(("80061", "82465", "83718", "84478"))
_STOOL = frozenset(("G0328", "82270"))
_GLAUCOMA = frozenset(("G0117", "G0118"))
_GLUCOSE = frozenset(("82947", "82950", "82951"))
_QUIT = frozenset(("99406", "99407"))
_TRANSITION = frozenset(("99495", "99496"))
_RISK_OF_CERVIX = ("Z72.5", "Z77.9", "Z91.8", "Z92.8", "Z92.89", "Z20.2")
_RISK_OF_COLON = ("Z80.0", "Z83.710", "Z83.71", "Z86.010", "Z86.01", "Z85.038", "Z85.048")
LIMITS: dict[str, Limit] = {
    "G0402": Limit("42 CFR 410.16", alike=frozenset(("G0402",))),
    "G0438": Limit("42 CFR 410.15", alike=_WELLNESS),
    "G0439": Limit("42 CFR 410.15", 12, alike=_WELLNESS | {"G0402"}),
    "G0444": Limit("NCD 210.9", 12),
    "G0442": Limit("NCD 210.8", 12),
    "G0446": Limit("NCD 210.11", 12),
    "G0101": Limit("42 CFR 410.56", 24, often=_RISK_OF_CERVIX, often_months=12),
    "Q0091": Limit("42 CFR 410.56", 24, often=_RISK_OF_CERVIX, often_months=12),
    "G0102": Limit("42 CFR 410.39", 12),
    "G0103": Limit("42 CFR 410.39", 12),
    "77067": Limit("42 CFR 410.34", 12),
    "77080": Limit("42 CFR 410.31", 24, strict=False),
    "G0105": Limit("42 CFR 410.37", 24, alike=frozenset(("G0105", "G0121"))),
    "G0121": Limit("42 CFR 410.37", 120, alike=frozenset(("G0105", "G0121"))),
    "G0136": Limit("42 CFR 410.26; physician fee schedule 2024", 6),
    "83036": Limit("NCD 190.23", 3, strict=False),
    "G0104": Limit("42 CFR 410.37", 48),
    "G0117": Limit("42 CFR 410.23", 12, alike=_GLAUCOMA),
    "G0118": Limit("42 CFR 410.23", 12, alike=_GLAUCOMA),
    "G0403": Limit("42 CFR 410.16"),
    "G0447": Limit("NCD 210.12", 12, times=22),
    "G0475": Limit("NCD 210.7", 12),
    "G0476": Limit("NCD 210.2.1", 60),
    "71271": Limit("NCD 210.14", 12),
    "76706": Limit("42 CFR 410.19"),
    "81528": Limit("NCD 210.3", 36),
    **{
        code: Limit("42 CFR 410.18", 12, times=2, alike=_GLUCOSE, only=("Z13.1",))
        for code in _GLUCOSE
    },
    **{code: Limit("42 CFR 410.37", 12, alike=_STOOL) for code in _STOOL},
    **{code: Limit("42 CFR 410.17", 60, alike=_LIPIDS, only=("Z13.6",)) for code in _LIPIDS},
    **{code: Limit("NCD 210.4.1", 12, times=8, alike=_QUIT) for code in _QUIT},
    **{
        code: Limit("42 CFR 414.511; MCPM 12 §30.6", days=30, alike=_TRANSITION, everywhere=True)
        for code in _TRANSITION
    },
    **{
        code: Limit(
            preventive_benefit.SOURCE, 12, alike=preventive_benefit.VISITS, everywhere=True,
            strict=False,
        )
        for code in preventive_benefit.VISITS
    },
}  # fmt: skip


def check(claim: Claim) -> None:
    """Each line whose service is covered only so often, against what was reported before."""
    for number, line in claim.numbered():
        limit = LIMITS.get(line.code)
        if limit is not None and (limit.everywhere or claim.context.programme in (*MEDICARE, "")):
            _judge(claim, number, line, limit)


def _judge(claim: Claim, number: int, line: ServiceLine, limit: Limit) -> None:
    pointed = _pointed(claim, line)
    if line.code in preventive_benefit.VISITS:
        preventive_benefit.judge(claim, number, line, pointed)
        return
    if limit.only and not (pointed and pointed[0].startswith(limit.only)):
        return
    months = limit.months
    if limit.often and any(code.startswith(limit.often) for code in pointed):
        months = limit.often_months
    alike = limit.alike or frozenset((line.code,))
    before = sorted(
        (past for past in claim.context.history if past.code in alike and past.date < line.date),
        key=lambda past: past.date,
    )
    within = [past for past in before if is_within(past.date, line.date, months, limit.days)]
    looked_up = f"{line.code} on {line.date}: {_said(months, limit)}, " + (
        f"last {before[-1].code} on {before[-1].date}" if before else "none before in the record"
    )
    if sum(max(past.units, 1) for past in within) < limit.times:
        if claim.passes:
            _passed(claim, number, limit, looked_up)
        return
    if _LIABILITY & set(line.modifiers):
        status, message = "warn", "more often than is covered; who is liable is said by modifier"
    else:
        status = "deny" if limit.strict else "warn"
        message = f"more often than is covered: {_said(months, limit)}"
    claim.say(
        RULE,
        "deny" if status == "deny" else "warn",
        (number,),
        limit.source,
        OWN,
        message,
        codes=(line.code, within[-1].code),
        looked_up=looked_up,
        modifiers=("GA", "GZ") if claim.context.programme in MEDICARE else (),
        fixes=_instead(number, line, within),
    )


def _passed(claim: Claim, number: int, limit: Limit, looked_up: str) -> None:
    """Nothing known of earlier services is no data, and never a pass."""
    known = claim.context.history_known
    claim.say(
        RULE,
        "pass" if known else "no_data",
        (number,),
        limit.source,
        OWN if known else "",
        "by what the practice reported itself; what others reported is not known"
        if known
        else "not checked: nothing is known of earlier services",
        looked_up=looked_up,
    )


def _instead(number: int, line: ServiceLine, within: Sequence[PastLine]) -> tuple[Fix, ...]:
    """A first wellness visit that is not the first is a later one, a year on."""
    last = within[-1].date
    if line.code == "G0438" and not is_within(last, line.date, 12, 0):
        return (Fix("code", number, "G0439"),)
    return ()


def is_within(past: date, day: date, months: int, days: int) -> bool:
    """Whether an earlier day counts against a limit of so many days, months or a life."""
    if days:
        return (day - past).days < days
    if not months:
        return True
    return (day.year - past.year) * 12 + day.month - past.month < months


def _said(months: int, limit: Limit) -> str:
    often = "once" if limit.times == 1 else f"{limit.times} times"
    if limit.days:
        return f"{often} in {limit.days} days"
    return f"{often} in {months} months" if months else f"{often} in a life"


def _pointed(claim: Claim, line: ServiceLine) -> list[str]:
    known = claim.diagnoses
    return [known[p - 1] for p in line.points if 0 < p <= len(known)] or list(known)
