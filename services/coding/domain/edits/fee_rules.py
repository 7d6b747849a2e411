"""What the fee schedule's indicators say of modifiers and places: 50, LT, RT, 26, TC, status.

Medicare Claims Processing Manual 12 sections 20.2 (professional and technical component), 40.7
(both sides), 23 addendum (indicators); NCCI Policy Manual I.V.3.
"""

from collections.abc import Sequence

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.fixes import Fix, drop, with_modifier, without_modifier
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.tables import FeeIndicators

TABLE = "pfs"
_SIDES = "MCPM 12 §40.7; NCCI Policy Manual I.V"
_PARTS = "MCPM 12 §20.2, MCPM 23 addendum"
_HOSPITAL = frozenset(("19", "21", "22", "23"))
_FACILITY = frozenset((*_HOSPITAL, "24", "26", "31", "34", "51", "52", "53", "56", "61"))
_SURGICAL_CENTRE = "24"
_SURGICAL = ("000", "010", "090")
_WITH_PARTS, _TECHNICAL, _WHOLE, _INCIDENT, _LABORATORY = "1", "3", "4", "5", "6"
# Codes of the professional and of the technical part, where the whole has neither (PC/TC 4).
_OWN_PARTS = {
    "93000": ("93010", "93005"),
    "93015": ("93018", "93017"),
    "93040": ("93042", "93041"),
    "93224": ("93227", ""),
    "93241": ("93244", ""),
    "93245": ("93248", ""),
    "93268": ("93272", ""),
    "93784": ("93790", "93786"),
    "G0403": ("G0405", "G0404"),
}
_WHY_NO_PARTS = {
    "0": "a practitioner's service has no components",
    "2": "the code itself is the professional component",
    "3": "the code itself is the technical component",
    "4": "codes of their own stand for its components",
    "5": "a service incident to a practitioner's has no components",
    "7": "therapy has no components",
    "8": "the code itself is a practitioner's reading",
    "9": "the idea of components does not apply",
}
_WHY_NO_SIDES = {
    "0": "its payment is the same for one side and both",
    "2": "the code already stands for both sides",
    "9": "the idea of sides does not apply",
}
_STATUS = {
    "B": ("deny", "always bundled into other services; never paid by itself"),
    "I": ("deny", "not valid for Medicare, which takes another code"),
    "N": ("warn", "not covered by Medicare: GY, and the patient is liable"),
    "P": ("deny", "bundled or excluded; never paid by itself"),
}


def check(claim: Claim) -> None:
    """Each line that the fee schedule knows."""
    for number, line in claim.numbered():
        if not claim.release(TABLE, line.date):
            continue
        fee = claim.known(claim.fee(line.code, line.date), line.date)
        if fee is None:
            continue
        _status(claim, number, line, fee)
        _sides(claim, number, line, fee)
        if not claim.context.facility:
            _parts(claim, number, line, fee)


def _status(claim: Claim, number: int, line: ServiceLine, fee: FeeIndicators) -> None:
    found = _STATUS.get(fee.status)
    if found is None or claim.context.programme not in MEDICARE:
        return
    denied = found[0] == "deny"
    claim.say(
        "fee-status",
        "deny" if denied else "warn",
        (number,),
        "MCPM 23 addendum, status",
        fee.release,
        found[1],
        looked_up=f"{line.code}: status {fee.status}",
        fixes=(drop(number),) if denied else (),
    )


def _sides(claim: Claim, number: int, line: ServiceLine, fee: FeeIndicators) -> None:
    looked_up = f"{line.code}: bilateral {fee.bilateral}"
    if "50" in line.modifiers:
        _both_sides(claim, number, line, fee, looked_up)
        return
    if {"LT", "RT"} <= set(line.modifiers):
        both = fee.bilateral in ("1", "3")
        fixes = [without_modifier(number, "LT"), without_modifier(number, "RT")]
        if both:
            fixes += [with_modifier(number, "50"), Fix("units", number, number=1)]
        claim.say(
            "bilateral",
            "deny",
            (number,),
            _SIDES,
            fee.release,
            "LT and RT on one line contradict each other; both sides are 50 with one unit"
            if both
            else f"sides are not reported: {_WHY_NO_SIDES.get(fee.bilateral, '')}",
            looked_up=looked_up,
            fixes=fixes,
        )
        return
    if "RT" in line.modifiers or "LT" in line.modifiers:
        _one_side(claim, number, line, fee, looked_up)
    elif fee.bilateral == "1" and line.units == 2 and fee.global_days in _SURGICAL:
        claim.say(
            "bilateral",
            "warn",
            (number,),
            _SIDES,
            fee.release,
            "two units of a procedure of paired organs: both sides are 50 with one unit",
            looked_up=looked_up,
            modifiers=("50",),
        )


def _both_sides(
    claim: Claim, number: int, line: ServiceLine, fee: FeeIndicators, looked_up: str
) -> None:
    why = _WHY_NO_SIDES.get(fee.bilateral)
    if why is not None:
        claim.say(
            "bilateral",
            "deny",
            (number,),
            _SIDES,
            fee.release,
            f"50 does not apply: {why}",
            looked_up=looked_up,
            fixes=(without_modifier(number, "50"), Fix("units", number, number=1)),
        )
        return
    if line.place_of_service == _SURGICAL_CENTRE and claim.context.facility:
        claim.say(
            "bilateral",
            "deny",
            (number,),
            "NCCI Policy Manual XI.V.17",
            fee.release,
            "an ambulatory surgical centre reports two lines, LT and RT",
            looked_up=looked_up,
            fixes=(
                without_modifier(number, "50"),
                with_modifier(number, "LT"),
                Fix("add", number, line.code, 1, modifiers=("RT",)),
            ),
        )
        return
    sides = [m for m in ("LT", "RT") if m in line.modifiers]
    if line.units != 1 or sides:
        claim.say(
            "bilateral",
            "deny",
            (number,),
            _SIDES,
            fee.release,
            "50 stands with one unit, and without LT or RT",
            looked_up=looked_up,
            fixes=(
                *(without_modifier(number, m) for m in sides),
                Fix("units", number, number=1),
            ),
        )
        return
    claim.say("bilateral", "pass", (number,), _SIDES, fee.release, looked_up=looked_up)


def _one_side(
    claim: Claim, number: int, line: ServiceLine, fee: FeeIndicators, looked_up: str
) -> None:
    """Both sides of a surgical procedure on two lines: one line with 50 is wanted."""
    mine, other = ("LT", "RT") if "LT" in line.modifiers else ("RT", "LT")
    twin = next(
        (
            n
            for n, o in claim.beside(line)
            if n > number and o.code == line.code and other in o.modifiers
        ),
        0,
    )
    if not twin:
        return
    if fee.bilateral in ("0", "2"):
        claim.say(
            "bilateral",
            "deny",
            (number, twin),
            _SIDES,
            fee.release,
            f"one line with one unit: {_WHY_NO_SIDES[fee.bilateral]}",
            looked_up=looked_up,
            fixes=(without_modifier(number, mine), Fix("units", number, number=1), drop(twin)),
        )
    elif (
        fee.bilateral == "1"
        and fee.global_days in _SURGICAL
        and not claim.context.facility
        and line.units == 1
    ):
        claim.say(
            "bilateral",
            "warn",
            (number, twin),
            _SIDES,
            fee.release,
            "a procedure on both sides is one line with 50 and one unit",
            looked_up=looked_up,
            modifiers=("50",),
            fixes=(without_modifier(number, mine), with_modifier(number, "50"), drop(twin)),
        )


def _parts(claim: Claim, number: int, line: ServiceLine, fee: FeeIndicators) -> None:
    looked_up = f"{line.code}: PC/TC {fee.pc_tc}, place {line.place_of_service}"
    carried = [m for m in ("26", "TC") if m in line.modifiers]

    def say(status: str, message: str, fixes: Sequence[Fix], wanted: Sequence[str] = ()) -> None:
        claim.say(
            "component",
            "needs_modifier" if status == "needs_modifier" else "deny",
            (number,),
            _PARTS,
            fee.release,
            message,
            looked_up=looked_up,
            modifiers=wanted,
            fixes=fixes,
        )

    if len(carried) == 2:
        say(
            "deny",
            "26 and TC together are the whole service, which carries neither",
            [without_modifier(number, m) for m in carried],
        )
    elif carried and fee.pc_tc in _WHY_NO_PARTS:
        part = _OWN_PARTS.get(line.code, ("", ""))[carried[0] == "TC"]
        say(
            "deny",
            f"{carried[0]} does not apply: {_WHY_NO_PARTS[fee.pc_tc]}"
            + (f", {part}" if part else ""),
            [
                without_modifier(number, carried[0]),
                *((Fix("code", number, part),) if part else ()),
            ],
        )
    elif "TC" in carried and fee.pc_tc == _LABORATORY:
        say("deny", "TC does not apply to a practitioner's reading of a test", [drop(number)])
    elif line.place_of_service not in _FACILITY:
        return
    elif fee.pc_tc == _WITH_PARTS and not carried and line.place_of_service in _HOSPITAL:
        say(
            "needs_modifier",
            "in a facility the practitioner reports the professional component: 26",
            [with_modifier(number, "26")],
            ("26",),
        )
    elif fee.pc_tc == _WITH_PARTS and "TC" in carried and line.place_of_service in _HOSPITAL:
        say("deny", "the technical component in a facility is the facility's", [drop(number)])
    elif fee.pc_tc == _WHOLE and line.place_of_service in _HOSPITAL:
        part = _OWN_PARTS.get(line.code, ("", ""))[0]
        say(
            "deny",
            "in a facility the practitioner reports the code of the professional part"
            + (f", {part}" if part else ""),
            [Fix("code", number, part)] if part else [],
        )
    elif fee.pc_tc in (_TECHNICAL, _INCIDENT) and line.place_of_service in _HOSPITAL:
        say("deny", "in a facility the service is the facility's", [drop(number)])
