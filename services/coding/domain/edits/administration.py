"""Giving vaccines and drugs: codes never mixed, the minimal visit beside them, and where.

NCCI Policy Manual XI.B.7 (not by a practitioner in a facility), XI.B.8 and XI.B.15 (99211), XI.B.13
(one of two ranges for vaccines), XI.B.14 (a visit beside a vaccine carries 25).
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    DRUG_ADMINISTRATION,
    EMERGENCY_VISIT,
    EVALUATION,
    MINIMAL_VISIT,
    NOT_IN_FACILITY,
    VACCINE_ADMINISTRATION,
    VACCINE_COUNSELLED,
    VACCINE_GIVEN,
    VACCINE_PRODUCT,
    family,
    within,
)
from services.coding.domain.edits.fixes import Fix, drop, with_modifier
from services.coding.domain.edits.modifiers import DISTINCT
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import MANUAL

OLDEST_COUNSELLED = 18
FACILITIES = frozenset(("19", "21", "22", "23", "24", "51", "61"))
_FURTHER = {
    "96360": "96361", "96365": "96367", "96374": "96375", "96409": "96411", "96413": "96417",
}  # fmt: skip
_INITIAL = frozenset(_FURTHER)
_FIRST, _MORE = "90471", "90472"
_ORAL_FIRST, _ORAL_MORE = "90473", "90474"


def check(claim: Claim) -> None:
    """All rules about administration codes, a day and provider at a time."""
    for number, line in claim.numbered():
        bits = family(line.code)
        if bits & VACCINE_COUNSELLED:
            _ranges_mixed(claim, number, line)
        if bits & MINIMAL_VISIT:
            _minimal_visit(claim, number, line)
        if bits & DRUG_ADMINISTRATION:
            _facility(claim, number, line)
        if bits & EVALUATION and not bits & MINIMAL_VISIT:
            _visit(claim, number, line)
        if bits & VACCINE_ADMINISTRATION:
            _product(claim, number, line)
        if bits & VACCINE_PRODUCT and line.place_of_service not in FACILITIES:
            _given_by_nobody(claim, number, line)
    _two_firsts(claim)
    _two_initials(claim)


def _given_by_nobody(claim: Claim, number: int, line: ServiceLine) -> None:
    if any(family(o.code) & VACCINE_ADMINISTRATION for _, o in claim.beside(line)):
        return
    claim.say(
        "vaccine-administration",
        "warn",
        (number,),
        "NCCI Policy Manual XI.B.13; MCPM 18 §10.2",
        MANUAL,
        "a vaccine whose administration is not reported",
    )


def _two_initials(claim: Claim) -> None:
    """XI.B.2: one initial service of a vein a day, but for a second site of access."""
    initial = [(n, line) for n, line in claim.numbered() if line.code in _INITIAL]
    for number, line in initial:
        others = [(n, o) for n, o in claim.beside(line) if o.code in _INITIAL and n < number]
        if line.units < 2 and not others:
            continue
        if others and any(m in (*line.modifiers, *others[0][1].modifiers) for m in DISTINCT):
            continue
        claim.say(
            "initial-administration",
            "needs_modifier",
            sorted(n for n in (number, *(n for n, _ in others)) if n),
            "NCCI Policy Manual XI.B.2, XI.B.3",
            MANUAL,
            "one initial service a day; a second is reported only for a site of access of its own, "
            "with a modifier, else as a further one",
            codes=(line.code, *dict.fromkeys(o.code for _, o in others)),
            modifiers=("XS", "59"),
            fixes=(with_modifier(number, "XS"),)
            if others and "separate_structure" in line.documented
            else (Fix("code", number, _FURTHER[line.code]),)
            if others
            else (Fix("units", number, number=1),),
        )


def _ranges_mixed(claim: Claim, number: int, line: ServiceLine) -> None:
    others = [(n, o) for n, o in claim.beside(line) if family(o.code) & VACCINE_GIVEN]
    if not others:
        return
    started = any(o.code in (_FIRST, _ORAL_FIRST) for _, o in others) or any(
        o.code == "90460" for n, o in claim.numbered() if n < number
    )
    fixes: tuple[Fix, ...] = (drop(number),)
    if line.code == "90460":
        fixes = (Fix("code", number, _MORE if started else _FIRST),)
    claim.say(
        "vaccine-administration-ranges",
        "deny",
        sorted(n for n in (number, *(n for n, _ in others)) if n),
        "NCCI Policy Manual XI.B.13",
        MANUAL,
        "90460-90461 and 90471-90474 are never reported for one day together; all vaccines of the "
        "day take one range",
        codes=(line.code, *dict.fromkeys(o.code for _, o in others)),
        fixes=fixes,
    )


def _two_firsts(claim: Claim) -> None:
    """One initial code a day; a vaccine by mouth or nose beside an injection is an additional."""
    oral = [(n, line) for n, line in claim.numbered() if line.code == _ORAL_FIRST]
    for number, line in oral:
        if any(other.code == _FIRST for _, other in claim.beside(line)):
            claim.say(
                "vaccine-administration-initial",
                "deny",
                (number,),
                "NCCI Policy Manual I.H.3.f, I.P",
                MANUAL,
                "one initial administration code a day",
                codes=(_ORAL_FIRST, _FIRST),
                fixes=(Fix("code", number, _ORAL_MORE),),
            )


def _minimal_visit(claim: Claim, number: int, line: ServiceLine) -> None:
    for bits, section in (
        (VACCINE_ADMINISTRATION, "XI.B.15"),
        (DRUG_ADMINISTRATION, "XI.B.8"),
    ):
        given = [(n, o) for n, o in claim.beside(line) if family(o.code) & bits]
        if given:
            claim.say(
                "minimal-visit-with-administration",
                "deny",
                sorted(n for n in (number, *(n for n, _ in given)) if n),
                f"NCCI Policy Manual {section}",
                MANUAL,
                "99211 is part of giving a vaccine or drug; no modifier opens it",
                codes=(line.code, *dict.fromkeys(o.code for _, o in given)),
                fixes=(drop(number),),
            )


def _facility(claim: Claim, number: int, line: ServiceLine) -> None:
    if claim.context.facility or line.place_of_service not in FACILITIES:
        return
    if within(line.code, NOT_IN_FACILITY):
        claim.say(
            "administration-in-facility",
            "deny",
            (number,),
            "NCCI Policy Manual XI.B.7",
            MANUAL,
            "a practitioner does not report giving drugs in a facility; the facility does",
            looked_up=f"{line.code} at place of service {line.place_of_service}",
            fixes=(drop(number),),
        )


def _visit(claim: Claim, number: int, line: ServiceLine) -> None:
    """A visit beside a vaccine or drug given: 25, when significant and separate."""
    given = [
        (n, o)
        for n, o in claim.beside(line)
        if family(o.code) & (VACCINE_ADMINISTRATION | DRUG_ADMINISTRATION)
    ]
    if not given or "25" in line.modifiers or claim.context.facility:
        return
    vaccine = any(family(o.code) & VACCINE_ADMINISTRATION for _, o in given)
    emergency = family(line.code) & EMERGENCY_VISIT and not vaccine
    claim.say(
        "modifier-25",
        "needs_modifier",
        sorted(n for n in (number, *(n for n, _ in given)) if n),
        f"NCCI Policy Manual {'XI.B.14, XI.B.15' if vaccine else 'XI.B.8'}",
        MANUAL,
        "a visit of an emergency department stands beside giving a drug only for another encounter "
        "outside the facility, with 25"
        if emergency
        else "the visit is reported with 25 when significant and separate; else it is not reported",
        codes=(line.code, *dict.fromkeys(o.code for _, o in given)),
        modifiers=("25",),
        fixes=(with_modifier(number, "25"),),
    )


def _product(claim: Claim, number: int, line: ServiceLine) -> None:
    """The product stands on its own line, and the reason is Z23 (OG I.C.21.c.2)."""
    if claim.context.facility:
        return
    product = any(
        family(o.code) & VACCINE_PRODUCT or o.code.startswith(("Q20", "J", "M0"))
        for _, o in claim.beside(line)
    )
    if not product:
        claim.say(
            "vaccine-product",
            "warn",
            (number,),
            "NCCI Policy Manual XI.B.13; MCPM 18 §10.2",
            MANUAL,
            "an administration without its vaccine; a vaccine supplied free is reported too",
        )
    if claim.diagnoses and not any(code.replace(".", "") == "Z23" for code in claim.diagnoses):
        claim.say(
            "vaccine-diagnosis",
            "warn",
            (number,),
            "ICD-10-CM Official Guidelines I.C.21.c.2",
            "FY2026",
            "giving a vaccine is reported with Z23",
        )
    age = claim.context.age
    if family(line.code) & VACCINE_COUNSELLED and age is not None and age > OLDEST_COUNSELLED:
        mixed = any(family(o.code) & VACCINE_GIVEN for _, o in claim.beside(line))
        claim.say(
            "age",
            "deny",
            (number,),
            "NCCI Policy Manual XI.B.13",
            MANUAL,
            "counselled administration codes are for patients through 18 years",
            looked_up=f"{line.code} at {age} years",
            fixes=()
            if mixed
            else (Fix("code", number, _FIRST) if line.code == "90460" else drop(number),),
        )
