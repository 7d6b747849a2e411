"""Psychiatric services beside each other and beside visits (NCCI Policy Manual XI.C; CPT).

Diagnostic evaluations hold visits, therapy and crisis of the day; therapy beside a visit has codes
of its own, which stand on the visit; crisis stands alone; interactive complexity needs its service.
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import EVALUATION, family
from services.coding.domain.edits.fixes import Fix, drop
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import MANUAL

RULE = "psychiatry"
_SOURCE = "NCCI Policy Manual XI.C"
_EVALUATIONS = frozenset(("90791", "90792"))
_WITH_VISIT = {"90833": "90832", "90836": "90834", "90838": "90837"}
_ALONE = {alone: added for added, alone in _WITH_VISIT.items()}
_INDIVIDUAL = frozenset((*_WITH_VISIT, *_ALONE))
_CRISIS = frozenset(("90839", "90840"))
_THERAPY = _INDIVIDUAL | _CRISIS | {"90845", "90846", "90847", "90849", "90853"}
_HOLD_VISITS = _EVALUATIONS | {"90845", "90865", "90880"}
_COMPLEX = "90785"
_COMPLEX_ON = _EVALUATIONS | _INDIVIDUAL | {"90853"}
_ONE_A_DAY = frozenset(("90849", "90853"))
CODES = _THERAPY | _HOLD_VISITS | {_COMPLEX}


def check(claim: Claim) -> None:
    """Each psychiatric service."""
    if claim.context.facility:
        return
    for number, line in claim.numbered():
        if line.code in CODES:
            _line(claim, number, line)


def _line(claim: Claim, number: int, line: ServiceLine) -> None:
    beside = {other.code: (at, other) for at, other in claim.beside(line)}
    visit = next(((at, o) for at, o in claim.beside(line) if family(o.code) & EVALUATION), None)

    def deny(at: int, other: str, message: str, *fixes: Fix) -> None:
        claim.say(
            RULE,
            "deny",
            sorted(n for n in {number, at} if n),
            _SOURCE,
            MANUAL,
            message,
            codes=(line.code, other) if other else (line.code,),
            fixes=fixes,
        )

    if line.code in _HOLD_VISITS and visit is not None:
        at, other = visit
        deny(at, other.code, f"{line.code} holds the visits of the day", *_dropped(at))
    if line.code in _EVALUATIONS:
        for code in sorted(_THERAPY & beside.keys()):
            at = beside[code][0]
            deny(at, code, f"{line.code} holds psychotherapy of the day", *_dropped(at))
    elif line.code in _CRISIS:
        for code in sorted((_INDIVIDUAL | {_COMPLEX}) & beside.keys()):
            at = beside[code][0]
            deny(at, code, "crisis holds other psychotherapy of the day", *_dropped(at))
        if line.code == "90840" and "90839" not in beside:
            deny(0, "", "further time of crisis stands beside 90839 alone", drop(number))
    elif line.code in _ALONE and visit is not None:
        added = _ALONE[line.code]
        message = f"beside a visit of the same practitioner therapy is {added}"
        deny(visit[0], visit[1].code, message, Fix("code", number, added))
    elif line.code in _WITH_VISIT and visit is None:
        alone = _WITH_VISIT[line.code]
        deny(0, "", f"without a visit therapy is {alone}", Fix("code", number, alone))
    elif line.code == _COMPLEX and not _COMPLEX_ON & beside.keys():
        message = "interactive complexity stands on an evaluation, individual or group therapy"
        deny(0, "", message, drop(number))
    if line.code in _ONE_A_DAY and line.units > 1:
        deny(0, "", "a session is one unit, whatever its length", Fix("units", number, number=1))


def _dropped(at: int) -> tuple[Fix, ...]:
    return (drop(at),) if at else ()
