"""Which diagnoses a service line points to: at most four, the one that makes it necessary first.

837P 2400 SV107; Social Security Act 1862(a)(1)(A): what a service was for has to show on its line.
"""

from collections.abc import Mapping, Sequence

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import ProcedureCodes
from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.procedures.visit_modifiers import ADMINISTRATION_OF_VACCINES

MAX_LINES = 50
_MAX_POINTERS = 4
_NOTHING: Mapping[str, tuple[str, ...]] = {}


def documented_reasons(encounter: EncounterDocumented) -> Mapping[str, tuple[str, ...]]:
    """By item, the problems that the provider ordered or did it for."""
    found: dict[str, tuple[str, ...]] = {}
    for items in (encounter.procedures, encounter.lab_tests, encounter.drugs):
        for item in items:
            if item.problem_ids:
                found[item.item_id] = item.problem_ids
    return found or _NOTHING


def pointers(
    line: Line,
    diagnoses: Sequence[Diagnosis],
    procedures: ProcedureCodes,
    *,
    visit: bool,
    documented: Mapping[str, tuple[str, ...]] = _NOTHING,
) -> tuple[int, ...]:
    """Diagnoses (counted from 1) that make the line necessary, the most telling first.

    What the provider linked to the order comes before what our own set knows of the code. None
    while no diagnosis is known.
    """
    if not diagnoses:
        return ()
    if len(diagnoses) == 1:
        return (1,)
    numbers = range(1, len(diagnoses) + 1)
    vaccination = [n for n in numbers if diagnoses[n - 1].code == "Z23"]
    entry = procedures.entry(line.code)
    if line.code in ADMINISTRATION_OF_VACCINES or (entry is not None and entry.kind == "vaccine"):
        return tuple(vaccination or [1])[:_MAX_POINTERS]
    general = [n for n in numbers if n not in vaccination] or list(numbers)
    if visit:
        return tuple(general[:_MAX_POINTERS])
    linked = _linked(line, diagnoses, general, documented) if documented else []
    if linked:
        return tuple(linked[:_MAX_POINTERS])
    supported = (
        [n for n in general if diagnoses[n - 1].code.startswith(entry.supports)]
        if entry is not None and entry.supports
        else []
    )
    return tuple((supported or general[:1])[:_MAX_POINTERS])


def _linked(
    line: Line,
    diagnoses: Sequence[Diagnosis],
    numbers: Sequence[int],
    documented: Mapping[str, tuple[str, ...]],
) -> list[int]:
    wanted = {
        problem
        for each in line.evidence
        if each.item_id is not None
        for problem in documented.get(each.item_id, ())
    }
    return [n for n in numbers if any(each.item_id in wanted for each in diagnoses[n - 1].evidence)]
