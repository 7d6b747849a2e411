"""Whether anything shows that a visit beside a minor procedure was work of its own.

The decision to do a minor procedure is part of the procedure, and that the patient is new is not
enough; another diagnosis is not required, but it shows it (NCCI Policy Manual I.D).
"""

from collections.abc import Mapping, Sequence

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import Diagnosis, Line, VisitLevel
from services.coding.domain.edits.code_families import SURGERY, family
from services.coding.domain.procedures.surgical_package import package_days

_NO_REASONS_OF_THEIR_OWN = ("Z", "V", "W", "X", "Y")
_MANAGED_APART = frozenset(
    ("prescription_drug_management", "social_determinants_limit_treatment",
     "drug_therapy_with_intensive_monitoring", "hospitalisation_decision",
     "do_not_resuscitate_decision", "parenteral_controlled_substance")
)  # fmt: skip


def not_evidently_separate(
    others: Sequence[Line],
    encounter: EncounterDocumented,
    diagnoses: Sequence[Diagnosis],
    sets: CodeSets,
    levels: Sequence[VisitLevel],
) -> str:
    """The minor procedure beside which nothing shows a visit of its own; else empty.

    What shows it is a diagnosis that no such procedure was done for, a management of moderate risk
    or more, or time.
    """
    minor = [line for line in others if _is_minor(line.code, encounter, sets)]
    if not minor or encounter.total_minutes is not None:
        return ""
    ordered = {item.item_id: item.problem_ids for item in encounter.procedures if item.problem_ids}
    done_for = tuple(code for line in minor for code in _done_for(line, diagnoses, ordered, sets))
    own = (*done_for, *_NO_REASONS_OF_THEIR_OWN)
    if any(not each.code.startswith(own) for each in diagnoses):
        return ""
    managed = (
        each.kind for level in levels if level.risk is not None for each in level.risk.elements
    )
    return "" if any(each in _MANAGED_APART for each in managed) else minor[-1].code


def _is_minor(code: str, encounter: EncounterDocumented, sets: CodeSets) -> bool:
    """Of a global period of 0 or 10 days, by our own set, else by the fee schedule."""
    entry = sets.procedures.entry(code)
    if entry is not None:
        return entry.kind == "procedure" and entry.global_days in ("000", "010")
    if not family(code) & SURGERY:
        return False
    return package_days(code, sets, encounter.service_date) in (0, 10)


def _done_for(
    line: Line,
    diagnoses: Sequence[Diagnosis],
    ordered: Mapping[str, tuple[str, ...]],
    sets: CodeSets,
) -> tuple[str, ...]:
    """Codes or categories that a procedure was done for: as ordered and as its code says.

    Where neither says, the first diagnosis, to which its line points.
    """
    wanted = {one for each in line.evidence for one in ordered.get(each.item_id or "", ())}
    named = tuple(
        each.code for each in diagnoses if any(at.item_id in wanted for at in each.evidence)
    )
    entry = sets.procedures.entry(line.code)
    supports = entry.supports if entry is not None else ()
    return (*named, *supports) or tuple(each.code for each in diagnoses[:1])
