"""Visits of one day beside each other, and modifiers that belong on visits only or never.

NCCI Policy Manual XI.U (several visits a day), I.E (25, 57, 59); G2211 by the physician fee
schedule's final rules for 2024 and 2025.
"""

from collections.abc import Iterator
from datetime import date

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    EVALUATION,
    HOSPITAL,
    HOSPITAL_DISCHARGE,
    HOSPITAL_INITIAL,
    HOSPITAL_SAME_DAY,
    HOSPITAL_SUBSEQUENT,
    MINIMAL_VISIT,
    NEW_PATIENT,
    OFFICE_VISIT,
    PREVENTIVE_VISIT,
    VACCINE_ADMINISTRATION,
    family,
)
from services.coding.domain.edits.fixes import Fix, drop, with_modifier, without_modifier
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import MANUAL

_ON_VISITS = ("24", "25", "57")
NEVER_ON_VISITS = frozenset(("59", "50", "51", "58", "76", "77", "78", "79", "91", "LT", "RT"))
_ALSO_WITH_25 = frozenset(
    ("92002", "92004", "92012", "92014", "90791", "90792", "G0101", "G0463", "99024")
)
_COMPLEXITY = "G2211"
_COMPLEXITY_FROM = date(2024, 1, 1)
_PREVENTIVE_FROM = date(2025, 1, 1)
_PART_B_PREVENTIVE = frozenset(
    (
        *("G0101", "G0102", "G0103", "G0296", "G0402", "G0403", "G0404", "G0405", "G0438"),
        *("G0439", "G0442", "G0443", "G0444", "G0445", "G0446", "G0447", "G0473", "Q0091"),
        *("77067", "77080", "76706", "80061", "82947", "82950", "82951", "83036", "G0328"),
    )
)


def check(claim: Claim) -> None:
    """Every visit against those beside it, then every line's modifiers."""
    for number, line in claim.numbered():
        bits = family(line.code)
        if bits & EVALUATION:
            _hospital(claim, number, line, bits)
            _again(claim, number, line, bits)
            _preventive(claim, number, line, bits)
            _new_patient_twice(claim, number, line, bits)
            _never_on_a_visit(claim, number, line)
            _nothing_separate(claim, number, line)
        else:
            _only_on_a_visit(claim, number, line)
            _one_reason(claim, number, line)
        if line.code == _COMPLEXITY:
            _complexity(claim, number, line)


def _visits(claim: Claim, line: ServiceLine, bits: int) -> Iterator[tuple[int, ServiceLine]]:
    return ((n, o) for n, o in claim.beside(line) if family(o.code) & bits)


def _hospital(claim: Claim, number: int, line: ServiceLine, bits: int) -> None:
    """XI.U.4, U.6 and U.7: admission, subsequent care, both in a day, discharge."""
    if not bits & HOSPITAL and not bits & OFFICE_VISIT:
        return
    if bits & HOSPITAL_INITIAL:
        for at, discharge in _visits(claim, line, HOSPITAL_DISCHARGE):
            claim.say(
                "hospital-same-day",
                "deny",
                sorted(n for n in (number, at) if n),
                "NCCI Policy Manual XI.U.7",
                MANUAL,
                "admission and discharge on one day are reported as one service (99234-99236)",
                codes=(line.code, discharge.code),
                fixes=(
                    Fix("code", number, f"9923{int(line.code[-1]) + 3}"),
                    *((drop(at),) if at else ()),
                ),
            )
        return
    if bits & HOSPITAL_DISCHARGE:
        return
    beside = HOSPITAL_DISCHARGE
    section = "XI.U.7"
    if bits & HOSPITAL_SUBSEQUENT:
        beside |= HOSPITAL_INITIAL | HOSPITAL_SAME_DAY
        section = "XI.U.4, U.6, U.7"
    elif bits & HOSPITAL_SAME_DAY:
        beside = 0
    for at, other in _visits(claim, line, beside):
        claim.say(
            "visits-same-day",
            "deny",
            sorted(n for n in (number, at) if n),
            f"NCCI Policy Manual {section}",
            MANUAL,
            f"{other.code} is all of the provider's care of that day",
            codes=(line.code, other.code),
            fixes=(drop(number),),
        )
        return


def _again(claim: Claim, number: int, line: ServiceLine, bits: int) -> None:
    """A second visit of one kind: care by the day once (XI.U.3), office visits as one (25)."""
    for at, other in claim.beside(line):
        if other.code == line.code or (at and other.code < line.code):
            continue
        theirs = family(other.code)
        if bits & theirs & HOSPITAL:
            claim.say(
                "visits-same-day",
                "deny",
                sorted(n for n in (number, at) if n),
                "NCCI Policy Manual XI.U.2, U.3",
                MANUAL,
                "care by the day is reported once, at the higher level",
                codes=(line.code, other.code),
                fixes=(drop(number),),
            )
            return
        if bits & theirs & OFFICE_VISIT and not {"25", "27"} & {*line.modifiers, *other.modifiers}:
            claim.say(
                "visits-same-day",
                "needs_modifier",
                sorted(n for n in (number, at) if n),
                "MCPM 12 §30.6.7.B; NCCI Policy Manual XI.U",
                MANUAL,
                "two office visits of a day are one, at the level of all that was done; for "
                "unrelated problems that could not be seen together the other carries 25",
                codes=(line.code, other.code),
                modifiers=("25",),
                fixes=(with_modifier(number, "25"),)
                if "significant_separate_visit" in line.documented
                else (drop(number),),
            )
            return


def _preventive(claim: Claim, number: int, line: ServiceLine, bits: int) -> None:
    """A problem-oriented visit beside a preventive one carries 25, and needs work of its own."""
    if not bits & OFFICE_VISIT:
        return
    preventive = list(_visits(claim, line, PREVENTIVE_VISIT))
    if not preventive:
        return
    codes = (line.code, preventive[0][1].code)
    numbers = sorted(n for n in (number, preventive[0][0]) if n)
    source = "NCCI Policy Manual I.E.b; MCPM 12 §30.6.1.1"
    if bits & MINIMAL_VISIT:
        claim.say(
            "visits-same-day",
            "deny",
            numbers,
            source,
            MANUAL,
            "99211 is no significant, separate visit",
            codes=codes,
            fixes=(drop(number),),
        )
    elif "25" not in line.modifiers:
        claim.say(
            "modifier-25",
            "needs_modifier",
            numbers,
            source,
            MANUAL,
            "beside a preventive visit a problem is reported when it took significant work of its "
            "own, with 25",
            codes=codes,
            modifiers=("25",),
            fixes=(with_modifier(number, "25"),),
        )


def _new_patient_twice(claim: Claim, number: int, line: ServiceLine, bits: int) -> None:
    """XI.U.1: one new-patient code a day; the later one is for an established patient."""
    if not bits & NEW_PATIENT:
        return
    for at, other in _visits(claim, line, NEW_PATIENT):
        if at < number:
            claim.say(
                "new-patient-once",
                "deny",
                sorted(n for n in (number, at) if n),
                "NCCI Policy Manual XI.U.1",
                MANUAL,
                "one new-patient code a day; the other visit is an established patient's",
                codes=(line.code, other.code),
                fixes=_established(number, line.code),
            )
            return


def _established(number: int, code: str) -> tuple[Fix, ...]:
    if "99202" <= code <= "99205":
        return (Fix("code", number, f"9921{code[-1]}"),)
    if "99381" <= code <= "99387":
        return (Fix("code", number, f"9939{code[-1]}"),)
    return (drop(number),)


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


def _complexity(claim: Claim, number: int, line: ServiceLine) -> None:
    """G2211: from 2024; with a visit that carries 25 only from 2025, beside Part B prevention."""
    source = "42 CFR 414.22; fee schedule final rules for 2024 and 2025"
    visits = list(_visits(claim, line, OFFICE_VISIT))
    if line.date < _COMPLEXITY_FROM:
        claim.say(
            "visit-complexity",
            "deny",
            (number,),
            source,
            "2024",
            "the code is paid from 2024",
            fixes=(drop(number),),
        )
        return
    with_25 = [(n, o) for n, o in visits if "25" in o.modifiers]
    if not with_25:
        return
    others = [o for _, o in claim.beside(line) if not family(o.code) & OFFICE_VISIT]
    prevention = [
        o for o in others if family(o.code) & VACCINE_ADMINISTRATION or o.code in _PART_B_PREVENTIVE
    ]
    if line.date >= _PREVENTIVE_FROM and prevention:
        claim.say(
            "visit-complexity",
            "pass",
            (number,),
            source,
            "2025",
            f"beside a preventive service of Part B ({prevention[0].code})",
        )
        return
    claim.say(
        "visit-complexity",
        "deny",
        sorted(n for n in (number, with_25[0][0]) if n),
        source,
        str(line.date.year),
        "not with a visit that carries 25"
        + (
            " unless a preventive service of Part B is why" if line.date >= _PREVENTIVE_FROM else ""
        ),
        codes=(line.code, with_25[0][1].code),
        fixes=(drop(number),),
    )
