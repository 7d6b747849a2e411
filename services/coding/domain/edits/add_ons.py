"""Add-on codes: reported only beside a primary service of the same provider and day.

Type 1: one of the named primaries; 2: none is named, any primary service; 3: some are named, and a
contractor may take others. An add-on whose primary is denied is denied. (NCCI Policy Manual I.R,
I.W; Medicare Claims Processing Manual 12 section 30)
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.fixes import drop
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.tables import AddOn
from services.coding.domain.edits.verdicts import MANUAL

RULE = "ncci-addon"
_SOURCE = "NCCI Policy Manual I.R, I.W"
_CLOSED = 1
# The group's other physician of the specialty may have reported the first period (I.W).
_OF_THE_GROUP = frozenset(("99292",))


def check(claim: Claim) -> None:
    """Each add-on code among the lines; runs after the rules that deny primaries."""
    denied = {
        fix.line
        for verdict in claim.found
        if verdict.status == "deny"
        for fix in verdict.fixes
        if fix.kind in ("drop", "drop_beside")
    }
    for number, line in claim.numbered():
        if not claim.release(RULE, line.date):
            continue
        add_on = claim.known(claim.tables.add_on(line.code, line.date), line.date)
        if add_on is not None:
            _judge(claim, add_on, number, line, denied)


def _judge(claim: Claim, add_on: AddOn, number: int, line: ServiceLine, denied: set[int]) -> None:
    others = [(n, other) for n, other in claim.beside(line) if other.code != line.code]
    listed = [(n, other) for n, other in others if other.code in add_on.primaries]
    paid = [other for n, other in listed if n not in denied]
    looked_up = f"{line.code} on {line.date}: type {add_on.edit_type}, " + (
        f"{len(add_on.primaries)} primary codes" if add_on.primaries else "no primary code named"
    )
    release = f"{add_on.release} ({MANUAL})" if add_on.release else MANUAL
    codes = (line.code, *dict.fromkeys(other.code for _, other in listed))

    def say(status: str, message: str) -> None:
        claim.say(
            RULE,
            "pass" if status == "pass" else "warn" if status == "warn" else "deny",
            (number,),
            _SOURCE,
            release,
            message,
            codes=codes,
            looked_up=looked_up,
            fixes=(drop(number),) if status == "deny" else (),
        )

    if paid:
        say("pass", f"beside {paid[0].code}")
    elif listed:
        say("deny", f"its primary {listed[0][1].code} is denied, and the add-on with it")
    elif line.code in _OF_THE_GROUP and _elsewhere_that_day(claim, add_on, line):
        say("warn", "its primary is another provider's: right within one group and specialty only")
    elif add_on.edit_type == _CLOSED:
        say("deny", "none of its primary codes is reported that day by the same provider")
    elif any(_may_be_primary(claim, other) for n, other in others if n not in denied):
        say("warn", "the contractor decides whether a code beside it may be its primary")
    else:
        say("deny", "it is the only service reported that day by the provider")


def _may_be_primary(claim: Claim, line: ServiceLine) -> bool:
    return not isinstance(claim.tables.add_on(line.code, line.date), AddOn)


def _elsewhere_that_day(claim: Claim, add_on: AddOn, line: ServiceLine) -> bool:
    return any(
        other.code in add_on.primaries and other.date == line.date for _, other in claim.all_lines()
    )
