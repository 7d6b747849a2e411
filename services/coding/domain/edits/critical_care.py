"""What is part of critical care, and its further time without the first.

NCCI Policy Manual XI.U (services not reported beside 99291, 99292 and 99468 to 99480 by a
practitioner; a facility may); I.W (99292 is an add-on to 99291 alone).
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    DAILY_CARE,
    HOSPITAL_INITIAL,
    HOSPITAL_SUBSEQUENT,
    WITHIN_CRITICAL_CARE,
    WITHIN_DAILY_CARE,
    family,
)
from services.coding.domain.edits.fixes import drop
from services.coding.domain.edits.modifiers import DISTINCT
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import MANUAL

RULE = "critical-care"
FIRST, MORE = "99291", "99292"


def check(claim: Claim) -> None:
    """Each part beside critical care, and each further period."""
    if claim.context.facility:
        return
    for number, line in claim.numbered():
        if line.code in DAILY_CARE:
            _daily(claim, number, line)
        if line.code in WITHIN_DAILY_CARE:
            _part(claim, number, line)
        elif line.code == MORE and all(o.code != FIRST for _, o in claim.all_lines()):
            claim.say(
                RULE,
                "deny",
                (number,),
                "NCCI Policy Manual I.R, I.W",
                MANUAL,
                "further time of critical care stands beside 99291 of the provider or the group",
                looked_up=f"{MORE} without {FIRST}",
            )


def _daily(claim: Claim, number: int, line: ServiceLine) -> None:
    """Care by the day is the provider's only one of its kind (XI.U.3, XI.U.6)."""
    for at, other in claim.beside(line):
        held = family(other.code) & (HOSPITAL_INITIAL | HOSPITAL_SUBSEQUENT)
        again = other.code in DAILY_CARE and (not at or at < number)
        if not (held or again or other.code in (FIRST, MORE)):
            continue
        gone = number if again else at
        claim.say(
            RULE,
            "deny",
            sorted(n for n in (number, at) if n),
            "NCCI Policy Manual XI.U.3, XI.U.6",
            MANUAL,
            "critical or intensive care by the day is all of the provider's care of that day",
            codes=(line.code, other.code),
            fixes=(drop(gone),) if gone else (),
        )


def _part(claim: Claim, number: int, line: ServiceLine) -> None:
    holding = DAILY_CARE
    if line.code in WITHIN_CRITICAL_CARE:
        holding |= {FIRST, MORE}
    beside = [(n, o) for n, o in claim.beside(line) if o.code in holding]
    if not beside:
        return
    apart = next((m for m in DISTINCT if m in line.modifiers), "")
    claim.say(
        RULE,
        "warn" if apart else "deny",
        sorted(n for n in (number, beside[0][0]) if n),
        "NCCI Policy Manual XI.U",
        MANUAL,
        f"part of critical care; {apart} says it was apart, which the record has to support"
        if apart
        else "part of critical care by the same practitioner",
        codes=(line.code, beside[0][1].code),
        fixes=() if apart else (drop(number),),
    )
