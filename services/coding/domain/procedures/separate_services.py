"""XE, XS, XP and XU on a procedure that is documented to be apart from another of the day.

Only where an edit stands between the two and may be opened; never on a visit and never to get past
an edit alone: the record has to say how the services are apart (NCCI Policy Manual I.E).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import Line
from services.coding.domain.edits.modifiers import ANATOMIC
from services.coding.domain.edits.tables import PairEdit

_MODIFIER = {"encounter": "XE", "structure": "XS", "practitioner": "XP", "non_overlapping": "XU"}
_OPENABLE = "1"


def with_separate_modifiers(
    lines: Sequence[Line], encounter: EncounterDocumented, sets: CodeSets
) -> list[Line]:
    """The lines, those in column 2 of such an edit with the modifier that the record supports."""
    said = {item.item_id: item.separate for item in encounter.procedures if item.separate}
    found = list(lines)
    for number, line in enumerate(lines):
        how = next((said[each.item_id] for each in line.evidence if each.item_id in said), None)
        if how is None:
            continue
        for other_number, other in enumerate(lines):
            if other_number == number:
                continue
            edit = sets.edits.pair(line.code, other.code, encounter.service_date)
            if not isinstance(edit, PairEdit) or edit.indicator != _OPENABLE:
                continue
            second = number if edit.column2 == line.code else other_number
            _open(found, second, _MODIFIER[how])
    return found


def _open(found: list[Line], number: int, modifier: str) -> None:
    line = found[number]
    if modifier in line.modifiers or ANATOMIC.intersection(line.modifiers):
        return
    found[number] = replace(
        line,
        modifiers=(*line.modifiers, modifier),
        rules=(*line.rules, "NCCI I.E documented apart"),
    )
