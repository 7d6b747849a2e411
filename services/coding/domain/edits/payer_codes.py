"""Codes that a programme does not take: consultations, telehealth visits, physicals, by Medicare.

Medicare has not recognized consultations since 2010 (Medicare Claims Processing Manual 12 section
30.6.10; NCCI Policy Manual XI.U), nor the telehealth visits 98000 to 98015 of 2025 (physician fee
schedule final rule 2025, status I); 98016 it takes. These are codes from 2025 on only.
"""

from datetime import date

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    CONSULTATION,
    PREVENTIVE_VISIT,
    TELEHEALTH_VISIT,
    family,
)
from services.coding.domain.edits.fixes import Fix, with_modifier
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.verdicts import MANUAL, OWN

RULE = "payer-codes"
_FROM = date(2025, 1, 1)
_ORIGINAL = ("medicare", "medigap")
_BRIEF = "98016"
_FIRST_AUDIO = 98008
# By office codes: 98000 and 98008 begin with 99202, 98004 and 98012 with 99212.
_OFFICE = {0: 99202, 4: 99212, 8: 99202, 12: 99212}
_INITIAL_STAY = {"99252": "99221", "99253": "99221", "99254": "99222", "99255": "99223"}


def check(claim: Claim) -> None:
    """Each consultation and telehealth visit."""
    for number, line in claim.numbered():
        bits = family(line.code)
        if bits & TELEHEALTH_VISIT:
            _telehealth(claim, number, line)
        elif bits & PREVENTIVE_VISIT:
            _routine(claim, number, line)
        elif bits & CONSULTATION and _is_medicare(claim):
            instead = _INITIAL_STAY.get(line.code, "")
            claim.say(
                RULE,
                "deny",
                (number,),
                "MCPM 12 §30.6.10; NCCI Policy Manual XI.U",
                MANUAL,
                "Medicare takes no consultations: the visit of the setting at its level"
                + ("" if instead else ", new or established"),
                looked_up=f"{line.code} for {claim.context.programme}",
                fixes=(Fix("code", number, instead),) if instead else (),
            )


def _routine(claim: Claim, number: int, line: ServiceLine) -> None:
    """A routine physical, which original Medicare excludes; wellness visits are other codes."""
    told = {"GY", "GX"} & set(line.modifiers)
    if claim.context.programme not in _ORIGINAL or not line.code.isdigit() or told:
        return
    claim.say(
        RULE,
        "warn",
        (number,),
        "42 CFR 411.15(a)(1); SSA 1862(a)(7)",
        OWN,
        "Medicare excludes routine physicals: the patient is liable, GY says so; what it covers is "
        "G0402, G0438 or G0439",
        looked_up=f"{line.code} for {claim.context.programme}",
        modifiers=("GY",),
    )


def _telehealth(claim: Claim, number: int, line: ServiceLine) -> None:
    place = int(line.code) - 98000
    begin = max(each for each in (*_OFFICE, 0) if each <= place)
    instead = str(_OFFICE[begin] + place - begin)
    spoken = "93" if int(line.code) >= _FIRST_AUDIO else "95"
    early = line.date < _FROM
    if not early and not (_is_medicare(claim) and line.code != _BRIEF):
        return
    claim.say(
        RULE,
        "deny",
        (number,),
        "physician fee schedule final rule 2025; 45 CFR 162.1002",
        OWN,
        "the code began with 2025" if early else "Medicare takes office visits with 95 or 93",
        looked_up=f"{line.code} on {line.date} for {claim.context.programme or 'any programme'}",
        fixes=()
        if line.code == _BRIEF
        else (Fix("code", number, instead), with_modifier(number, spoken)),
    )


def _is_medicare(claim: Claim) -> bool:
    return claim.context.programme in (*MEDICARE, "medigap")
