"""54 to 56, 62 and 66: surgery that several share, where they do not belong or do not fit.

Medicare Claims Processing Manual 12 sections 40.2.A and 40.4 (the package handed over), 40.8 (two
surgeons, teams); chapter 23 addendum (co-surgeons, team surgeons).
"""

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.code_families import EVALUATION, family
from services.coding.domain.edits.fixes import with_modifier, without_modifier
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine, same_provider
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.edits.verdicts import OWN

RULE = "shared-surgery"
PARTS = ("54", "55", "56")
SEVERAL = ("62", "66")
_ASSISTANTS = ("80", "81", "82", "AS")
_HANDED_OVER = "MCPM 12 §40.2.A, §40.4"
_TOGETHER = "MCPM 12 §40.8; MCPM 23 addendum"
_PACKAGES = ("010", "090")


def check(claim: Claim) -> None:
    """Each line that carries one of them."""
    for number, line in claim.numbered():
        if not line.modifiers:
            continue
        parts = [m for m in PARTS if m in line.modifiers]
        if parts:
            _part(claim, number, line, parts)
        several = [m for m in SEVERAL if m in line.modifiers]
        if several:
            _several(claim, number, line, several)
            _other_surgeon(claim, number, line, several[0])


def _part(claim: Claim, number: int, line: ServiceLine, parts: list[str]) -> None:
    def deny(message: str, wrong: list[str], looked_up: str = "") -> None:
        claim.say(
            RULE,
            "deny",
            (number,),
            _HANDED_OVER,
            OWN,
            message,
            looked_up=looked_up or f"{line.code}-{'-'.join(line.modifiers)}",
            fixes=[without_modifier(number, each) for each in wrong],
        )

    days, _ = claim.package(line.code, line.date)
    if family(line.code) & EVALUATION:
        deny(f"{', '.join(parts)} stand on operations, never on visits", parts)
    elif days and days not in _PACKAGES:
        deny(
            "only a package of 10 or 90 days can be handed over",
            parts,
            f"{line.code}: {days} global days",
        )
    elif "54" in parts and "55" in parts:
        deny("operation and care after it by one practitioner are the whole package", parts)
    elif "56" in parts and claim.context.programme in MEDICARE:
        deny("Medicare counts the care before with the operation; a visit of its own is one", [])


def _several(claim: Claim, number: int, line: ServiceLine, several: list[str]) -> None:
    assisting = [m for m in _ASSISTANTS if m in line.modifiers]
    if len(several) > 1 or assisting:
        claim.say(
            RULE,
            "deny",
            (number,),
            _TOGETHER,
            OWN,
            f"{' and '.join((*several, *assisting))} contradict each other",
            looked_up=f"{line.code}-{'-'.join(line.modifiers)}",
        )
        return
    fee = claim.fee(line.code, line.date)
    if not isinstance(fee, FeeIndicators):
        return
    two = several[0] == "62"
    allowed = fee.co_surgeon if two else fee.team_surgeon
    who = "two surgeons are" if two else "a team is"
    looked_up = f"{line.code}: {'co-surgeons' if two else 'team surgeons'} {allowed}"
    if allowed in ("0", "9"):
        claim.say(
            RULE,
            "deny",
            (number,),
            _TOGETHER,
            fee.release,
            f"{who} not paid for this procedure",
            looked_up=looked_up,
            fixes=(without_modifier(number, several[0]),),
        )
    elif allowed == "1" or (allowed and not two):
        claim.say(
            RULE,
            "warn",
            (number,),
            _TOGETHER,
            fee.release,
            f"{who} paid only by report: attach what shows the need",
            looked_up=looked_up,
        )


def _other_surgeon(claim: Claim, number: int, line: ServiceLine, modifier: str) -> None:
    """The other surgeon's line of the same code and day carries the same modifier."""
    for at, other in claim.all_lines():
        if (
            other.code == line.code
            and other.date == line.date
            and not same_provider(other.provider_id, line.provider_id)
            and modifier not in other.modifiers
            and not set(_ASSISTANTS) & set(other.modifiers)
        ):
            claim.say(
                RULE,
                "needs_modifier",
                [n for n in (number, at) if n],
                _TOGETHER,
                OWN,
                f"each surgeon reports the same code with {modifier}; the other line has none",
                codes=(line.code,),
                modifiers=(modifier,),
                fixes=(with_modifier(at, modifier),) if at else (),
            )
            return
