"""Visits and procedures in the global period of an earlier procedure.

The package of a procedure with 10 or 90 days holds the related visits after it, with 90 days also
those of the day before (42 CFR 414.40; Medicare Claims Processing Manual 12 section 40; NCCI Policy
Manual I.D). An unrelated visit carries 24; a further procedure 58 (staged), 78 (return to the
operating room) or 79 (unrelated).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from schemas.encounter import EarlierProcedure, EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.edits.code_families import SURGERY, family
from services.coding.domain.edits.tables import FeeIndicators

_DAYS = {"000": 0, "010": 10, "090": 90}
_AFTERCARE = ("Z47", "Z48", "Z09", "T80", "T81", "T82", "T83", "T84", "T85", "T88", "Z98")
MODIFIER_OF: dict[str, str] = {
    "staged": "58",
    "return_to_operating_room": "78",
    "unrelated": "79",
    "repeat_same_provider": "76",
    "repeat_other_provider": "77",
}


def package_days(code: str, sets: CodeSets, on: date) -> int | None:
    """Days of a procedure's global period by the fee schedule at hand, else by our own set."""
    fee = sets.edits.fee_indicators(code, on)
    if isinstance(fee, FeeIndicators):
        return _DAYS.get(fee.global_days)
    entry = sets.procedures.entry(code)
    return None if entry is None else _DAYS.get(entry.global_days)


def packages(encounter: EncounterDocumented, sets: CodeSets) -> Iterator[EarlierProcedure]:
    """Earlier procedures of this provider whose global period holds the day."""
    for earlier in encounter.earlier_procedures:
        if earlier.provider_id not in (None, encounter.rendering_provider_id):
            continue
        since = (encounter.service_date - earlier.service_date).days
        days = package_days(earlier.code, sets, earlier.service_date)
        if days and 0 < since <= days:
            yield earlier


def unknown_packages(encounter: EncounterDocumented, sets: CodeSets) -> Iterator[EarlierProcedure]:
    """Operations of this provider that no table at hand has, and that may still hold the day."""
    for earlier in encounter.earlier_procedures:
        if earlier.provider_id not in (None, encounter.rendering_provider_id):
            continue
        since = (encounter.service_date - earlier.service_date).days
        if 0 < since <= _DAYS["090"] and family(earlier.code) & SURGERY:
            fee = sets.edits.fee_indicators(earlier.code, earlier.service_date)
            if not isinstance(fee, FeeIndicators) and sets.procedures.entry(earlier.code) is None:
                yield earlier


def is_related(earlier: EarlierProcedure, diagnoses: Sequence[Diagnosis]) -> bool | None:
    """Whether what the visit is chiefly for belongs to the procedure; None: it cannot be told."""
    if not diagnoses:
        return None
    first = diagnoses[0].code
    if first.startswith(_AFTERCARE):
        return True
    if not earlier.diagnoses:
        return None
    return first[:3] in {code[:3] for code in earlier.diagnoses}
