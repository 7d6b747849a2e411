"""Codes against the patient's age and sex.

Medicare Code Editor (age and sex conflicts); for sex, modifier KX says that the record supports the
service (Medicare Claims Processing Manual 32 section 240).
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.fixes import Fix
from services.coding.domain.edits.patient_limits import (
    Limit,
    diagnosis_limit,
    preventive_code,
    procedure_limit,
)
from services.coding.domain.edits.verdicts import OWN

_SOURCE = "Medicare Code Editor; the code's own text"
_SUPPORTED = "KX"
_DAYS_OF_A_YEAR = 365


def check(claim: Claim) -> None:
    """Every procedure and diagnosis that is for some patients only."""
    for number, line in claim.numbered():
        limit = procedure_limit(line.code)
        if limit is not None:
            age = claim.context.age
            instead = limit.instead or ("" if age is None else preventive_code(line.code, age))
            _judge(
                claim,
                limit,
                line.code,
                (number,),
                supported=_SUPPORTED in line.modifiers,
                instead=instead,
            )
    for position, code in enumerate(claim.diagnoses, start=1):
        limit = diagnosis_limit(code)
        if limit is not None:
            pointing = tuple(n for n, line in claim.numbered() if position in line.points)
            _judge(claim, limit, code, pointing, supported=False, instead=limit.instead)


def fits_age(limit: Limit, age: int, age_days: int | None) -> bool:
    """Whether an age is within the limit; days are looked at only where they are known."""
    if not limit.youngest <= age <= limit.oldest:
        return False
    days = age_days
    if days is None:
        days = limit.youngest_day if age == 0 else age * _DAYS_OF_A_YEAR
    return limit.youngest_day <= days <= limit.oldest_day


def _judge(
    claim: Claim,
    limit: Limit,
    code: str,
    lines: tuple[int, ...],
    *,
    supported: bool,
    instead: str,
) -> None:
    context = claim.context
    if limit.by_age:
        if context.age is None:
            _unknown(claim, "age", code, lines)
        else:
            fits = fits_age(limit, context.age, context.age_days)
            claim.say(
                "age",
                "pass" if fits else "deny" if limit.strict else "warn",
                lines,
                _SOURCE,
                OWN,
                "" if fits else f"not for {_age(claim)}" + (f": {instead}" if instead else ""),
                codes=(code,),
                looked_up=f"{code} at {_age(claim)}",
                fixes=()
                if fits or not instead or code in claim.diagnoses
                else (Fix("code", lines[0], instead),),
            )
    if limit.sex:
        if context.sex == "U":
            _unknown(claim, "sex", code, lines)
            return
        fits = context.sex == limit.sex or supported
        claim.say(
            "sex",
            "pass" if fits else "deny",
            lines,
            _SOURCE,
            OWN,
            "" if fits else "for the other sex; KX where the record supports it (MCPM 32 §240)",
            codes=(code,),
            looked_up=f"{code} for sex {context.sex}",
        )


def _unknown(claim: Claim, what: str, code: str, lines: tuple[int, ...]) -> None:
    message = f"not checked: the {what} is not known"
    claim.say(what, "no_data", lines, _SOURCE, OWN, message, codes=(code,), looked_up=code)


def _age(claim: Claim) -> str:
    days = claim.context.age_days
    years = claim.context.age
    return f"{days} days" if years == 0 and days is not None else f"{years} years"
