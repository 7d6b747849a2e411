"""Medical necessity: the diagnoses that a national or local coverage determination asks for.

Social Security Act 1862(a)(1)(A); 42 CFR 405.1062, 400.202. A line is covered by a diagnosis it
points to. Otherwise: GA with a signed Advance Beneficiary Notice, GZ without, or hold (Medicare
Claims Processing Manual 30 section 50; 42 CFR 411.404).
"""

from collections.abc import Sequence

from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.fixes import Fix, with_modifier
from services.coding.domain.edits.service_line import MEDICARE, ServiceLine
from services.coding.domain.edits.tables import Coverage

RULE = "medical-necessity"
TABLE = "coverage"
_SOURCE = "SSA 1862(a)(1)(A); MCPM 30 §50"
_MOST_POINTERS = 4
_LIABILITY = {
    "GA": "GA: notice on file; denied to the patient's account",
    "GZ": "GZ: expected denial without a notice; the practice is liable",
    "GY": "GY: excluded by statute",
    "GX": "GX: voluntary notice",
}


def check(claim: Claim) -> None:
    """Each line for which a determination is in force; other programmes are not bound by them."""
    if claim.context.programme not in (*MEDICARE, ""):
        return
    unknown: list[int] = []
    for number, line in claim.numbered():
        if not claim.release(TABLE, line.date):
            continue
        policies = claim.known(
            claim.tables.coverage(line.code, line.date, claim.context.jurisdiction), line.date
        )
        if not claim.context.jurisdiction:
            unknown.append(number)
        if policies:
            _judge(claim, number, line, policies)
    if unknown:
        claim.say(
            RULE,
            "no_data",
            unknown,
            _SOURCE,
            "",
            "not checked: local determinations (the contractor's jurisdiction is not known)",
        )


def _judge(claim: Claim, number: int, line: ServiceLine, policies: Sequence[Coverage]) -> None:
    codes = [code.replace(".", "") for code in claim.diagnoses]
    said = range(1, len(codes) + 1) if line.pointers is None else line.pointers
    pointed = [p for p in said if 0 < p <= len(codes)]
    covering = [p for p in pointed if _covered(codes[p - 1], policies)]
    names = ", ".join(dict.fromkeys(policy.policy for policy in policies))
    release = policies[0].release
    looked_up = f"{line.code} with {'+'.join(codes[p - 1] for p in pointed) or 'no diagnosis'}"
    looked_up += f" in {names}" + (
        f" of {claim.context.jurisdiction}" if claim.context.jurisdiction else ""
    )
    if covering:
        message = f"covered for {claim.diagnoses[covering[0] - 1]}"
        claim.say(RULE, "pass", (number,), _SOURCE, release, message, looked_up=looked_up)
        return
    carried = [m for m in line.modifiers if m in _LIABILITY]
    others = [
        p for p in range(1, len(codes) + 1) if p not in pointed and _covered(codes[p - 1], policies)
    ]
    if carried:
        claim.say(
            RULE,
            "warn",
            (number,),
            _SOURCE,
            release,
            f"not covered for its diagnoses; {_LIABILITY[carried[0]]}",
            looked_up=looked_up,
        )
    elif others:
        claim.say(
            RULE,
            "deny",
            (number,),
            _SOURCE,
            release,
            f"not covered for its diagnoses; {claim.diagnoses[others[0] - 1]} on the claim is: "
            "point to it if the service was done for it",
            looked_up=looked_up,
            fixes=(
                Fix(
                    "pointers",
                    number,
                    numbers=(*others[:1], *line.points)[:_MOST_POINTERS],
                ),
            ),
        )
    else:
        notice = claim.context.abn
        claim.say(
            RULE,
            "needs_modifier" if notice else "deny",
            (number,),
            _SOURCE,
            release,
            "not covered for its diagnoses: GA with a signed notice, GZ without one, or hold and "
            "ask what the service was done for",
            looked_up=looked_up,
            modifiers=("GA", "GZ"),
            fixes=() if notice is None else (with_modifier(number, "GA" if notice else "GZ"),),
        )


def _covered(code: str, policies: Sequence[Coverage]) -> bool:
    """By no policy excluded, and listed by one where any lists."""
    if any(listed(code, policy.not_covered) for policy in policies):
        return False
    listing = [policy for policy in policies if policy.covered]
    return not listing or any(listed(code, policy.covered) for policy in listing)


def listed(code: str, entries: Sequence[str]) -> bool:
    """Whether a list of codes and ranges, written without dots, has the code or its category."""
    for entry in entries:
        low, _, high = entry.partition("-")
        if low <= code[: len(low)] and code[: len(high or low)] <= (high or low):
            return True
    return False
