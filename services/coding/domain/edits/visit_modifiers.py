"""Modifiers that belong on visits only or never, and one reason a line (NCCI Policy Manual I.E)."""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import EVALUATION, family
from services.coding.domain.edits.fixes import with_modifier, without_modifier
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import MANUAL

_ON_VISITS = ("24", "25", "57")
NEVER_ON_VISITS = frozenset(("59", "50", "51", "58", "76", "77", "78", "79", "91", "LT", "RT"))
_ALSO_WITH_25 = frozenset(
    ("92002", "92004", "92012", "92014", "90791", "90792", "G0101", "G0463", "99024")
)


def check(claim: Claim) -> None:
    """Every line's modifiers."""
    for number, line in claim.numbered():
        if family(line.code) & EVALUATION:
            _never_on_a_visit(claim, number, line)
            _nothing_separate(claim, number, line)
        else:
            _only_on_a_visit(claim, number, line)
            _one_reason(claim, number, line)


def _never_on_a_visit(claim: Claim, number: int, line: ServiceLine) -> None:
    wrong = [m for m in line.modifiers if m in NEVER_ON_VISITS]
    if not wrong:
        return
    others = any(not family(o.code) & EVALUATION for _, o in claim.beside(line))
    distinct = "59" in wrong and others and "25" not in line.modifiers
    fixes = [without_modifier(number, m) for m in wrong]
    if distinct:
        fixes.append(with_modifier(number, "25"))
    claim.say(
        "modifier-on-visit",
        "needs_modifier" if distinct else "deny",
        (number,),
        "NCCI Policy Manual I.E.d",
        MANUAL,
        f"{', '.join(wrong)} never stands on a visit; one that is separate carries 25",
        modifiers=("25",) if distinct else (),
        looked_up=f"{line.code}-{'-'.join(line.modifiers)}",
        fixes=fixes,
    )


def _nothing_separate(claim: Claim, number: int, line: ServiceLine) -> None:
    if "25" in line.modifiers and not any(True for _ in claim.beside(line)):
        claim.say(
            "modifier-25",
            "warn",
            (number,),
            "NCCI Policy Manual I.E.b",
            MANUAL,
            "25 says separate from another service of the day; none is reported",
            fixes=(without_modifier(number, "25"),),
        )


def _only_on_a_visit(claim: Claim, number: int, line: ServiceLine) -> None:
    wrong = [m for m in line.modifiers if m in _ON_VISITS]
    if wrong and line.code not in _ALSO_WITH_25:
        claim.say(
            "modifier-on-procedure",
            "deny",
            (number,),
            "NCCI Policy Manual I.E.b, I.D",
            MANUAL,
            f"{', '.join(wrong)} stands on visits only",
            looked_up=f"{line.code}-{'-'.join(line.modifiers)}",
            fixes=[without_modifier(number, m) for m in wrong],
        )


def _one_reason(claim: Claim, number: int, line: ServiceLine) -> None:
    """59 stands only where no more telling modifier does (I.E.d, I.E.e)."""
    told = [m for m in ("XE", "XS", "XP", "XU") if m in line.modifiers]
    if told and "59" in line.modifiers:
        claim.say(
            "modifier-59",
            "warn",
            (number,),
            "NCCI Policy Manual I.E.d, I.E.e",
            MANUAL,
            f"{told[0]} says it better; 59 is left out",
            looked_up=f"{line.code}-{'-'.join(line.modifiers)}",
            fixes=(without_modifier(number, "59"),),
        )
