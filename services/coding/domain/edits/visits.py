"""Visits of one day beside each other (NCCI Policy Manual XI.U; MCPM 12 §30.6)."""

from collections.abc import Iterator

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    EMERGENCY_VISIT,
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
    SURGERY,
    family,
)
from services.coding.domain.edits.fixes import Fix, drop, with_modifier
from services.coding.domain.edits.service_line import ServiceLine, same_provider
from services.coding.domain.edits.verdicts import MANUAL

_NEW_AFTER_YEARS = 3
_DRAWS = frozenset(("36415", "36416"))
_AT_HOME = {"99341": "99347", "99342": "99348", "99344": "99349", "99345": "99350"}


def check(claim: Claim) -> None:
    """Every visit against those beside it."""
    for number, line in claim.numbered():
        bits = family(line.code)
        if bits & EVALUATION:
            _hospital(claim, number, line, bits)
            _admission(claim, number, line, bits)
            _again(claim, number, line, bits)
            _preventive(claim, number, line, bits)
            _new_patient_twice(claim, number, line, bits)
            if bits & NEW_PATIENT and claim.context.history:
                _seen_before(claim, number, line)


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


def _admission(claim: Claim, number: int, line: ServiceLine, bits: int) -> None:
    """A visit elsewhere on the day of admission; the pair edits say the same where they are loaded.

    Of an emergency department: never beside it by the same provider. Of an office: with 25 where it
    was apart (MCPM 12 §30.6.9.1; CPT from 2023).
    """
    if not bits & (OFFICE_VISIT | EMERGENCY_VISIT) or claim.context.facility:
        return
    admitted = list(_visits(claim, line, HOSPITAL_INITIAL | HOSPITAL_SAME_DAY))
    if not admitted or claim.release("ncci-ptp", line.date):
        return
    emergency = bool(bits & EMERGENCY_VISIT)
    if not emergency and "25" in line.modifiers:
        return
    at, other = admitted[0]
    claim.say(
        "visits-same-day",
        "deny" if emergency else "needs_modifier",
        sorted(n for n in (number, at) if n),
        "MCPM 12 §30.6.9.1; NCCI Policy Manual XI.U.5",
        MANUAL,
        "a visit on the day of admission is part of the initial hospital care"
        + ("" if emergency else " unless it was apart, with 25"),
        codes=(line.code, other.code),
        modifiers=() if emergency else ("25",),
        fixes=(with_modifier(number, "25"),)
        if not emergency and "significant_separate_visit" in line.documented
        else (drop(number),),
    )


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
    """XI.U.1: one new-patient code a day; the later one is for an established patient.

    Beside a preventive visit it is the visit for a problem, whichever stands first.
    """
    if not bits & NEW_PATIENT:
        return
    for at, other in _visits(claim, line, NEW_PATIENT):
        preventive = bool(bits & PREVENTIVE_VISIT)
        beside = bool(family(other.code) & PREVENTIVE_VISIT)
        if (at < number) if preventive is beside or not at else beside:
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


def _seen_before(claim: Claim, number: int, line: ServiceLine) -> None:
    """A new patient has had no face-to-face service of the provider in three years."""
    day = line.date
    since = (day.year - _NEW_AFTER_YEARS, day.month, day.day)
    for past in claim.context.history:
        on = past.date
        if (
            on < day
            and (on.year, on.month, on.day) > since
            and family(past.code) & (EVALUATION | SURGERY)
            and "26" not in past.modifiers
            and past.code not in _DRAWS
            and same_provider(past.provider_id, line.provider_id)
        ):
            claim.say(
                "new-patient",
                "deny",
                (number,),
                "MCPM 12 §30.6.7",
                MANUAL,
                "the provider saw the patient within three years: an established patient's visit",
                looked_up=f"{past.code} on {on}",
                codes=(line.code, past.code),
                fixes=_established(number, line.code),
            )
            return


def _established(number: int, code: str) -> tuple[Fix, ...]:
    if code in _AT_HOME:
        return (Fix("code", number, _AT_HOME[code]),)
    if "99202" <= code <= "99205":
        return (Fix("code", number, f"9921{code[-1]}"),)
    if "99381" <= code <= "99387":
        return (Fix("code", number, f"9939{code[-1]}"),)
    return (drop(number),)
