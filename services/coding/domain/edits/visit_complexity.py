"""G2211, the complexity of a visit in a lasting relation, beside what it stands.

Physician fee schedule final rules: paid from 2024 beside an office visit, not one that carries 25;
from 2025 beside one that carries 25 for a preventive service of Part B; from 2026 beside visits at
home, too. (42 CFR 414.22)
"""

from collections.abc import Collection
from datetime import date

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import (
    DRUG_ADMINISTRATION,
    HOME_VISIT,
    OFFICE_VISIT,
    SURGERY,
    VACCINE_ADMINISTRATION,
    family,
)
from services.coding.domain.edits.fixes import drop
from services.coding.domain.edits.service_line import ServiceLine

CODE = "G2211"
RULE = "visit-complexity"
_SOURCE = "42 CFR 414.22; physician fee schedule final rules"
_FROM = date(2024, 1, 1)
_PREVENTIVE_FROM = date(2025, 1, 1)
_HOME_FROM = date(2026, 1, 1)
_DRAWN = frozenset(("36415", "36416"))
_PART_B_PREVENTIVE = frozenset(
    (
        *("G0101", "G0102", "G0103", "G0296", "G0402", "G0403", "G0404", "G0405", "G0438"),
        *("G0439", "G0442", "G0443", "G0444", "G0445", "G0446", "G0447", "G0473", "Q0091"),
        *("77067", "77080", "76706", "80061", "82947", "82950", "82951", "83036", "G0328"),
    )
)


def is_for_prevention(codes: Collection[str]) -> bool:
    """Whether what stands beside a visit with 25 is prevention of Part B or a vaccine alone.

    A procedure or a drug that was given is a reason for 25 of its own.
    """
    prevention = False
    for code in codes:
        bits = family(code)
        if bits & VACCINE_ADMINISTRATION or code in _PART_B_PREVENTIVE:
            prevention = True
        elif bits & DRUG_ADMINISTRATION or (bits & SURGERY and code not in _DRAWN):
            return False
    return prevention


def check(claim: Claim) -> None:
    """Each line with the code."""
    for number, line in claim.numbered():
        if line.code == CODE:
            _judge(claim, number, line)


def _judge(claim: Claim, number: int, line: ServiceLine) -> None:
    kinds = OFFICE_VISIT | (HOME_VISIT if line.date >= _HOME_FROM else 0)
    visits = [(n, o) for n, o in claim.beside(line) if family(o.code) & kinds]
    with_25 = [(n, o) for n, o in visits if "25" in o.modifiers]
    prevention = is_for_prevention([o.code for _, o in claim.beside(line)])
    message = ""
    beside = visits[:1]
    if line.date < _FROM:
        message = "the code is paid from 2024"
    elif not visits:
        message = "no visit of the day that it adds to"
    elif with_25 and not (line.date >= _PREVENTIVE_FROM and prevention):
        beside = with_25[:1]
        message = "not with a visit that carries 25"
        if line.date >= _PREVENTIVE_FROM:
            message += " unless a preventive service of Part B is why"
    claim.say(
        RULE,
        "deny" if message else "pass",
        sorted(n for n in (number, *(n for n, _ in beside)) if n),
        _SOURCE,
        str(max(line.date, _FROM).year),
        message,
        codes=(line.code, *(o.code for _, o in beside)),
        fixes=(drop(number),) if message else (),
    )
