"""What cannot be as it is recorded, or hardly: a person looks before it becomes a claim.

The bounds are wide: they stop slips of a hand (a day too many digits, a year of birth), not what is
unusual. Units are bounded per code by the MUE table, where one is loaded.
"""

from collections.abc import Iterator, Sequence

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import Line, PatientFacts

_OLDEST = 125
_MOST_MINUTES = 240
_MOST_OF_A_PROCEDURE = 200
_MOST_UNITS = 1_000
_MOST_WASTE = 50
# Clotting factors are counted by the international unit, some thousands a dose.
_CLOTTING = ("J717", "J718", "J719", "J720", "J721")
# CMS place-of-service codes at which a visit of the setting cannot have been.
_ELSEWHERE: dict[str, frozenset[str]] = {
    "office": frozenset(("12", "21", "23", "31", "32", "34", "41", "42", "51", "61")),
    "emergency": frozenset(("02", "10", "11", "12", "20", "31", "32", "34", "81")),
    "inpatient": frozenset(("02", "10", "11", "12", "20", "24", "31", "32", "81")),
    "outpatient_hospital": frozenset(("02", "10", "11", "12", "20", "31", "32", "34", "81")),
    "nursing_facility": frozenset(("02", "10", "11", "12", "20", "21", "22", "23", "24", "81")),
    "home": frozenset(("11", "20", "21", "22", "23", "24", "31", "32", "51", "61", "81")),
}


def implausible(
    encounter: EncounterDocumented, patient: PatientFacts, lines: Sequence[Line]
) -> Iterator[str]:
    """Reasons to look at the encounter, each with what it is about."""
    if patient.birth_date > encounter.service_date:
        yield "service_before_birth"
    elif patient.age_on(encounter.service_date) > _OLDEST:
        yield "age_implausible"
    if encounter.place_of_service in _ELSEWHERE.get(encounter.setting, ()):
        yield f"place_disagrees:{encounter.setting}-{encounter.place_of_service}"
    if encounter.total_minutes is not None and encounter.total_minutes > _MOST_MINUTES:
        yield "total_time_implausible"
    for procedure in encounter.procedures:
        if procedure.units > _MOST_OF_A_PROCEDURE:
            yield f"units_implausible:{procedure.item_id}"
    for line in lines:
        if line.units > _MOST_WASTE and _is_too_much(line, lines):
            yield f"units_implausible:{line.code}"


def _is_too_much(line: Line, lines: Sequence[Line]) -> bool:
    """More units than a day of one patient takes, or far more thrown away than given."""
    if "JW" in line.modifiers:
        given = sum(
            each.units for each in lines if each.code == line.code and "JW" not in each.modifiers
        )
        return line.units > _MOST_WASTE * max(given, 1)
    return line.units > _MOST_UNITS and not line.code.startswith(_CLOTTING)
