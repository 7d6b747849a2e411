"""What is part of critical care, and its further time without the first.

NCCI Policy Manual XI.U (services not reported beside 99291, 99292 and 99468 to 99480 by a
practitioner; a facility may); I.W (99292 is an add-on to 99291 alone).
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import WITHIN_CRITICAL_CARE, within
from services.coding.domain.edits.fixes import drop
from services.coding.domain.edits.modifiers import DISTINCT
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import MANUAL

RULE = "critical-care"
FIRST, MORE = "99291", "99292"
_ALL = ((99291, 99292), (99468, 99480))


def check(claim: Claim) -> None:
    """Each part beside critical care, and each further period."""
    if claim.context.facility:
        return
    for number, line in claim.numbered():
        if line.code in WITHIN_CRITICAL_CARE:
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


def _part(claim: Claim, number: int, line: ServiceLine) -> None:
    beside = [(n, o) for n, o in claim.beside(line) if within(o.code, _ALL)]
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
