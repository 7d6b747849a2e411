"""Modifiers that say how much, by whom, where and who is liable: where they do not belong.

Medicare Claims Processing Manual 12 sections 20.4.3 to 20.4.6 (22, 52, 53, 80 to 82, AS) and 30
section 50 (GA, GX, GY, GZ); 42 CFR 415.140 (FS), 415.172 and 415.174 (GC, GE); 45 CFR 147.130 (33);
42 CFR 410.37 (PT). CS ended with the public health emergency.
"""

from collections.abc import Callable
from datetime import date

from services.coding.domain.edits import anesthesia, shared_surgery
from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    EVALUATION,
    LABORATORY,
    TELEHEALTH_VISIT,
    family,
)
from services.coding.domain.edits.fixes import with_modifier, without_modifier
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.edits.verdicts import OWN, Status

RULE = "modifier"
_EMERGENCY_ENDED = date(2023, 5, 11)
_NOT_ON_VISITS = ("22", "52", "53", "80", "81", "82", "AS")
_ASSISTANTS = ("80", "81", "82", "AS")
_ONE_OF = (
    ("GA", "GZ"), ("GA", "GY"), ("GA", "GX"), ("GZ", "GX"), ("GZ", "GY"), ("76", "77"),
    ("GC", "GE"), ("93", "95"), ("52", "53"), ("22", "52"), ("22", "53"), ("JW", "JZ"),
    ("33", "PT"),
)  # fmt: skip
_LIABILITY = ("GA", "GX", "GY", "GZ")
_ALSO_ORIGINAL = (*MEDICARE, "medigap")
_OFFICES = ("02", "10", "11", "12", "17", "20", "32", "49", "50", "72")
_PREVENTION_ON_MEDICARE = frozenset(("99497", "99498"))
SPECIAL = frozenset(
    (
        *(*_NOT_ON_VISITS, *_LIABILITY, *shared_surgery.PARTS, *shared_surgery.SEVERAL),
        *anesthesia.MODIFIERS,
        *("91", "33", "PT", "FS", "GC", "GE", "CS", "73", "74", "93", "JW", "JZ"),
    )
)
Say = Callable[[Status, str, str, str], None]


def check(claim: Claim) -> None:
    """Every line that carries one of them."""
    for number, line in claim.numbered():
        if line.modifiers and (
            not SPECIAL.isdisjoint(line.modifiers) or family(line.code) & TELEHEALTH_VISIT
        ):
            _line(claim, number, line)


def _line(claim: Claim, number: int, line: ServiceLine) -> None:
    def say(status: Status, modifier: str, source: str, message: str) -> None:
        claim.say(
            RULE,
            status,
            (number,),
            source,
            OWN,
            message,
            looked_up=f"{line.code}-{'-'.join(line.modifiers)} at {line.place_of_service}",
            fixes=(without_modifier(number, modifier),) if status == "deny" and modifier else (),
        )

    carried = set(line.modifiers)
    visit = bool(family(line.code) & EVALUATION)
    for one, other in _ONE_OF:
        if {one, other} <= carried:
            say("deny", "", "MCPM 23 §20.3", f"{one} and {other} contradict each other")
    if visit:
        for modifier in _NOT_ON_VISITS:
            if modifier in carried:
                say("deny", modifier, "MCPM 12 §20.4", f"{modifier} never stands on a visit")
    _shared(line, say, visit=visit)
    _assistant(claim, line, say)
    _liable(claim, line, say)
    if "91" in carried and not family(line.code) & LABORATORY and not visit:
        claim.say(
            RULE,
            "deny",
            (number,),
            "NCCI Policy Manual I.E, X.C",
            OWN,
            "91 stands on laboratory tests only; another service done again carries 76 or 77",
            looked_up=f"{line.code}-{'-'.join(line.modifiers)}",
            modifiers=("76", "77"),
            fixes=(without_modifier(number, "91"), with_modifier(number, "76")),
        )
    if "CS" in carried and line.date > _EMERGENCY_ENDED:
        say("deny", "CS", "Public Law 116-127 §6002", "CS ended on 2023-05-11")
    if not claim.context.facility:
        for modifier in ("73", "74"):
            if modifier in carried:
                say("deny", modifier, "MCPM 4 §20.6.4", "73 and 74 are a facility's; 53 is not")
    elif "53" in carried:
        say("deny", "53", "MCPM 4 §20.6.4", "a facility reports 73 or 74, and not 53")
    if family(line.code) & TELEHEALTH_VISIT:
        for modifier in ("93", "95"):
            if modifier in carried:
                say("deny", modifier, "CPT telemedicine", "the code itself says by which means")


def _shared(line: ServiceLine, say: Say, *, visit: bool) -> None:
    if "FS" not in line.modifiers:
        return
    if not visit:
        say("deny", "FS", "42 CFR 415.140", "FS stands on visits only")
    elif line.place_of_service in _OFFICES:
        say("deny", "FS", "42 CFR 415.140", "a visit is shared in a facility only")


def _assistant(claim: Claim, line: ServiceLine, say: Say) -> None:
    modifier = next((m for m in _ASSISTANTS if m in line.modifiers), "")
    if not modifier:
        return
    fee = claim.fee(line.code, line.date)
    if not isinstance(fee, FeeIndicators):
        return
    source = "MCPM 12 §20.4.3; MCPM 23 addendum, assistant at surgery"
    if fee.assistant == "1":
        say("deny", "", source, "no assistant is paid for this procedure, by statute")
    elif fee.assistant == "9":
        say("deny", "", source, "the idea of an assistant does not apply")
    elif fee.assistant == "0":
        say("warn", "", source, "an assistant is paid only with records that show the need")


def _liable(claim: Claim, line: ServiceLine, say: Say) -> None:
    programme = claim.context.programme
    if not programme:
        return
    medicare = programme in _ALSO_ORIGINAL
    if not medicare:
        for modifier in _LIABILITY:
            if modifier in line.modifiers:
                say("warn", modifier, "MCPM 30 §50", f"{modifier} is about Medicare's notices")
        if "PT" in line.modifiers:
            say("warn", "PT", "42 CFR 410.37", "PT is Medicare's; others take 33")
    elif "33" in line.modifiers and line.code not in _PREVENTION_ON_MEDICARE:
        say("warn", "33", "45 CFR 147.130", "Medicare has codes of its own for prevention, and PT")
