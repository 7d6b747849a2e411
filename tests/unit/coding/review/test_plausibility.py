"""What cannot be as it is recorded goes to a person before it becomes a claim."""

from datetime import date
from typing import Any

import pytest

from services.coding.domain.coding_result import PatientFacts
from tests.unit.coding.examples import ADULT, code, encounter


def reasons(patient: PatientFacts = ADULT, **fields: Any) -> set[str]:
    """Why an encounter waits for a coder, without what a reason is about."""
    found = code(encounter(**fields), patient=patient)
    assert (found.route == "automatic") == (not found.reasons and not found.queries)
    return {reason.partition(":")[0] for reason in found.reasons}


def drug(**fields: Any) -> tuple[dict[str, Any], ...]:
    given = {
        "item_id": "d1",
        "description": "ceftriaxone",
        "dose": "250",
        "dose_unit": "mg",
        "route": "intramuscular",
        "container": "single_dose",
        "lot": "A1",
        "wasted": "0",
    }
    return ({**given, **fields},)


def test_an_ordinary_encounter_is_plausible() -> None:
    assert reasons() == set()
    assert reasons(drugs=drug()) == set()


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        (date(2026, 3, 3), "service_before_birth"),
        (date(2030, 1, 1), "service_before_birth"),
        (date(1896, 1, 1), "age_implausible"),
    ],
)
def test_nobody_is_treated_before_birth_or_at_a_hundred_and_thirty(born: date, reason: str) -> None:
    assert reason in reasons(PatientFacts(born, "F", "commercial"))


@pytest.mark.parametrize(
    ("setting", "place", "disagrees"),
    [
        ("office", "11", False),
        ("office", "20", False),
        ("office", "21", True),
        ("emergency", "23", False),
        ("emergency", "11", True),
        ("inpatient", "21", False),
        ("inpatient", "11", True),
        ("home", "12", False),
        ("home", "23", True),
        ("telehealth", "10", False),
        ("telehealth", "11", False),
    ],
)
def test_a_place_where_the_visit_cannot_have_been_is_looked_at(
    setting: str, place: str, disagrees: bool
) -> None:
    found = reasons(setting=setting, place_of_service=place)
    assert ("place_disagrees" in found) == disagrees


def test_a_visit_of_a_whole_day_is_looked_at() -> None:
    assert "total_time_implausible" in reasons(total_minutes=1_440, decision_making=None)
    assert "total_time_implausible" not in reasons(total_minutes=75, decision_making=None)


def test_more_of_a_procedure_than_a_day_holds_is_looked_at() -> None:
    lesions = {"item_id": "x1", "description": "Destroyed lesions", "units": 9_999}
    code_ = {"code": {"system": "cpt", "code": "17000"}}
    assert "units_implausible" in reasons(procedures=({**lesions, **code_},))
    assert "units_implausible" not in reasons(procedures=({**lesions, **code_, "units": 14},))


@pytest.mark.parametrize("fields", [{"dose": "999999"}, {"wasted": "99999"}])
def test_a_dose_or_waste_with_digits_too_many_is_looked_at(fields: dict[str, str]) -> None:
    assert "units_implausible" in reasons(drugs=drug(**fields))
