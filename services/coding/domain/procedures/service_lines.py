"""From proposed lines to numbered ones: modifiers that depend on other lines, and pointers.

Modifier 25: an E/M service that is significant and separately identifiable beside a procedure or an
injection of the same day (NCCI Policy Manual I.D). Each line points to at most four diagnoses, the
one that makes it necessary first (837P 2400 SV107).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from services.coding.domain.code_sets import ProcedureCodes
from services.coding.domain.coding_result import Diagnosis, Line

MAX_LINES = 50
_MAX_POINTERS = 4
_ADMINISTRATION_OF_VACCINES = frozenset(
    ("90460", "90461", "90471", "90472", "90473", "90474", "G0008", "G0009", "G0010")
)


def with_visit_modifiers(
    visits: Sequence[Line], others: Sequence[Line], procedures: ProcedureCodes, *, telehealth: bool
) -> list[Line]:
    """The visit lines with 25 and 95 where these apply; the first of two visits is preventive."""
    separate = any(_needs_separate_visit(line.code, procedures) for line in others)
    found: list[Line] = []
    for number, visit in enumerate(visits):
        if not (separate or telehealth or number > 0):
            found.append(visit)
            continue
        modifiers = list(visit.modifiers)
        rules = list(visit.rules)
        if separate or number > 0:
            modifiers.append("25")
            rules.append("NCCI I.D modifier 25")
        if telehealth:
            modifiers.append("95")
        found.append(replace(visit, modifiers=tuple(modifiers), rules=tuple(rules)))
    return found


def _needs_separate_visit(code: str, procedures: ProcedureCodes) -> bool:
    if code in _ADMINISTRATION_OF_VACCINES:
        return True
    entry = procedures.entry(code)
    return entry is not None and (entry.separate_visit or entry.global_days in ("000", "010"))


def pointers(
    line: Line, diagnoses: Sequence[Diagnosis], procedures: ProcedureCodes, *, visit: bool
) -> tuple[int, ...]:
    """Diagnoses (counted from 1) that make the line necessary, the most telling first.

    None while no diagnosis is known.
    """
    if not diagnoses:
        return ()
    if len(diagnoses) == 1:
        return (1,)
    numbers = range(1, len(diagnoses) + 1)
    vaccination = [n for n in numbers if diagnoses[n - 1].code == "Z23"]
    entry = procedures.entry(line.code)
    if line.code in _ADMINISTRATION_OF_VACCINES or (entry is not None and entry.kind == "vaccine"):
        return tuple(vaccination or [1])[:_MAX_POINTERS]
    general = [n for n in numbers if n not in vaccination] or list(numbers)
    if visit:
        return tuple(general[:_MAX_POINTERS])
    supported = (
        [n for n in general if diagnoses[n - 1].code.startswith(entry.supports)]
        if entry is not None and entry.supports
        else []
    )
    return tuple((supported or general[:1])[:_MAX_POINTERS])
