"""What clinicians leave out or get wrong, and in which documentation each can happen."""

import random
from decimal import Decimal
from enum import StrEnum

from schemas.encounter import EncounterDocumented

STUDY = "study-"


class Gap(StrEnum):
    """One thing wrong with a note; the coding service asks the provider about it."""

    UNSIGNED = "unsigned"
    NO_SIDE = "no_side"
    SIDE_CONFLICT = "side_conflict"
    DENIED_PROBLEM = "denied_problem"
    NO_REPORT = "no_report"
    NO_TIME_OR_DECISION = "no_time_or_decision"
    NO_DIAGNOSIS = "no_diagnosis"
    NO_WASTE = "no_waste"


_PERMILLE = {
    Gap.UNSIGNED: 28,
    Gap.NO_SIDE: 70,
    Gap.SIDE_CONFLICT: 40,
    Gap.DENIED_PROBLEM: 10,
    Gap.NO_REPORT: 35,
    Gap.NO_TIME_OR_DECISION: 14,
    Gap.NO_DIAGNOSIS: 5,
    Gap.NO_WASTE: 40,
}


def possible_gaps(complete: EncounterDocumented) -> tuple[Gap, ...]:
    """The gaps that this documentation could have."""
    sided = any(problem.laterality for problem in complete.problems)
    found = [Gap.UNSIGNED]
    if sided:
        found += [Gap.NO_SIDE, Gap.SIDE_CONFLICT]
    if complete.visit_kind == "problem":
        found += [Gap.NO_TIME_OR_DECISION, Gap.NO_DIAGNOSIS]
        if not sided and len(complete.problems) == 1:
            found.append(Gap.DENIED_PROBLEM)
    if any(procedure.item_id.startswith(STUDY) for procedure in complete.procedures):
        found.append(Gap.NO_REPORT)
    if any(drug.wasted is not None and drug.wasted > Decimal(0) for drug in complete.drugs):
        found.append(Gap.NO_WASTE)
    return tuple(found)


def draw(complete: EncounterDocumented, rng: random.Random) -> Gap | None:
    """The gap that this documentation has, if any; at most one."""
    drawn = rng.randrange(1000)
    for gap in possible_gaps(complete):
        if drawn < _PERMILLE[gap]:
            return gap
        drawn -= _PERMILLE[gap]
    return None
