"""Anesthesia by the operation that it was for, where the operator's crosswalk has one code for it.

Who gave anesthesia reports none of the operation: the anesthesia's code takes its place. Several
codes, or none, are a coder's to settle; an anesthesia code that the EHR gives stands.
(Medicare Claims Processing Manual 12 section 50.B)
"""

from collections.abc import Mapping

from msgspec import Struct, field

from schemas.encounter import EncounterDocumented, Procedure
from schemas.values import Coding
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import Rejected
from services.coding.domain.edits.code_families import (
    FOR_PAIN_AFTERWARDS,
    SURGERY,
    WITHIN_ANESTHESIA,
    family,
    is_anesthesia,
    within,
)
from services.coding.domain.edits.tables import NoData
from services.coding.domain.procedures.procedure_names import find_procedure

_OF_ANESTHESIA = ("207L", "3675", "367H")


class ByCrosswalk(Struct, frozen=True):
    """The operation that an item was, and the base units that the crosswalk has, if any."""

    operation: str
    base_units: int | None


class WithAnesthesia(Struct):
    """The encounter with anesthesia codes for its operations; which items these are, by id."""

    encounter: EncounterDocumented
    by_item: dict[str, ByCrosswalk] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


NONE: Mapping[str, ByCrosswalk] = {}


def with_anesthesia(
    encounter: EncounterDocumented, taxonomy: str, sets: CodeSets
) -> WithAnesthesia:
    """The encounter of an anesthesia provider, its operations by their anesthesia codes."""
    found = WithAnesthesia(encounter)
    coded = [(item, _code(item, sets)) for item in encounter.procedures]
    if not taxonomy.startswith(_OF_ANESTHESIA) or any(is_anesthesia(code) for _, code in coded):
        return found
    items: list[Procedure] = []
    for item, code in coded:
        if not code or within(code, WITHIN_ANESTHESIA) or within(code, FOR_PAIN_AFTERWARDS):
            items.append(item)
            continue
        choices = sets.edits.anesthesia_for(code, encounter.service_date)
        if isinstance(choices, NoData):
            return found
        if len(choices) == 1:
            (only,) = choices
            own = Coding(system="cpt", code=only.code)
            items.append(item.model_copy(update={"code": own, "units": 1}))
            found.by_item[item.item_id] = ByCrosswalk(code, only.base_units)
            found.rejected.append(Rejected(code, "operation_of_another", item.item_id))
        elif choices:
            found.reasons.append(f"anesthesia_code_ambiguous:{item.item_id}")
            found.rejected.append(Rejected(code, "operation_of_another", item.item_id))
        else:
            items.append(item)
            if family(code) & SURGERY:
                found.reasons.append(f"anesthesia_code_unknown:{item.item_id}")
    found.encounter = encounter.model_copy(update={"procedures": tuple(items)})
    return found


def _code(item: Procedure, sets: CodeSets) -> str:
    if item.code is not None and item.code.system == "cpt":
        return item.code.code
    entry, _ = find_procedure(item, sets.procedures)
    return entry.code if entry is not None else ""
