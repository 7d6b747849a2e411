"""Surgery that several share: the package handed over, two surgeons, a team.

54, 55 and 56: the operation, the care after it or before it, where one practitioner hands the
patient over to another in writing; only of procedures with 10 or 90 global days. Who took over
bills the operation's code and date, with the dates of taking over, which no encounter carries.
Medicare counts the care before with the operation (Medicare Claims Processing Manual 12 sections
40.2.A and 40.4). 62 and 66: each surgeon reports the same code, where the fee schedule allows two
or a team (section 40.8; chapter 23 addendum, co-surgeons and team surgeons).
"""

from schemas.encounter import Procedure
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.procedures.visit_families import MEDICARE_PROGRAMMES

_SHARE = {"surgery": "54", "postoperative": "55", "preoperative": "56"}
_SURGEONS = {"two_surgeons": "62", "team": "66"}
_LEAST_DAYS = 10
_NOT_PAID = ("0", "9")
_PAID_AS_TOLD = "2"


def shared_modifiers(
    item: Procedure,
    fee: FeeIndicators | None,
    days: int | None,
    programme: str,
    reasons: list[str],
) -> list[str]:
    """62 or 66, then 54 to 56, as documented.

    ``days`` are those of the procedure's global period. ``reasons`` grows by what a coder has to
    look at.
    """
    found: list[str] = []
    if item.surgeons is not None:
        found.append(_SURGEONS[item.surgeons])
        allowed = ""
        if fee is not None:
            allowed = fee.co_surgeon if item.surgeons == "two_surgeons" else fee.team_surgeon
        if item.assistant is not None:
            reasons.append(f"surgeon_and_assistant:{item.item_id}")
        if allowed in _NOT_PAID:
            reasons.append(f"several_surgeons_not_paid:{item.item_id}")
        elif allowed != _PAID_AS_TOLD or item.surgeons == "team":
            reasons.append(f"several_surgeons_need_report:{item.item_id}")
    if item.share is None:
        return found
    if (days or 0) < _LEAST_DAYS:
        reasons.append(f"share_without_package:{item.item_id}")
        return found
    if item.share == "preoperative" and programme in MEDICARE_PROGRAMMES:
        reasons.append(f"preoperative_share_not_paid:{item.item_id}")
    elif item.share == "postoperative":
        reasons.append(f"care_taken_over:{item.item_id}")
    found.append(_SHARE[item.share])
    return found
