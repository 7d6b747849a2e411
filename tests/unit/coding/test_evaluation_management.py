"""Levels of visits: two of three columns or time (CMS MLN006764), families, new patients."""

from datetime import date, timedelta
from typing import Any

import pytest

from schemas.encounter import DataReviewed, DecisionMaking, ProblemAddressed, Procedure
from services.coding.domain.coding_result import PastVisit, PatientFacts, VisitHistory
from services.coding.domain.procedures.decision_making import Columns, columns, data_level
from tests.unit.coding.examples import ADULT, LOW, MODERATE, code, encounter, lines, problems

FAMILY_MEDICINE = "207Q00000X"


def visit_code(
    patient: PatientFacts = ADULT, history: VisitHistory | None = None, **f: object
) -> str:
    return code(encounter(**f), patient, history).lines[0].code


@pytest.mark.parametrize(
    ("made", "level"),
    [
        (Columns(4, 1, 1), 1),
        (Columns(4, 3, 1), 3),
        (Columns(2, 4, 4), 4),
        (Columns(3, 3, 3), 3),
        (Columns(1, 2, 3), 2),
    ],
)
def test_two_of_three_columns_make_the_level(made: Columns, level: int) -> None:
    assert made.level == level


@pytest.mark.parametrize(
    ("kinds", "level"),
    [
        ((), 1),
        ((("minor", 1),), 1),
        ((("minor", 2),), 2),
        ((("stable_chronic", 1),), 2),
        ((("stable_chronic", 2),), 3),
        ((("stable_chronic", 1), ("chronic_exacerbation", 1)), 3),
        ((("threat_to_life_or_function", 1),), 4),
    ],
)
def test_problems_are_counted_by_kind_and_number(
    kinds: tuple[tuple[str, int], ...], level: int
) -> None:
    recorded = DecisionMaking.model_validate(
        {"problems": [{"kind": kind, "count": count} for kind, count in kinds]}
    )
    assert columns(recorded).problems == level


@pytest.mark.parametrize(
    ("data", "interpreted", "level"),
    [
        (DataReviewed(), 0, 1),
        (DataReviewed(tests_ordered=1), 0, 1),
        (DataReviewed(tests_ordered=2), 0, 2),
        (DataReviewed(independent_historian=True), 0, 2),
        (DataReviewed(tests_ordered=2, results_reviewed=1), 0, 3),
        (DataReviewed(tests_ordered=3), 1, 2),
        (DataReviewed(independent_interpretation=True), 0, 3),
        (DataReviewed(independent_interpretation=True), 1, 1),
        (DataReviewed(tests_ordered=4, independent_interpretation=True), 1, 3),
        (DataReviewed(tests_ordered=3, external_discussion=True), 0, 4),
        (DataReviewed(tests_ordered=1), 5, 1),
    ],
)
def test_data_counts_each_unique_test_once_and_none_that_is_billed_as_interpreted(
    data: DataReviewed, interpreted: int, level: int
) -> None:
    assert data_level(data, interpreted) == level


def test_a_test_interpreted_and_billed_does_not_raise_the_visit() -> None:
    made = LOW.model_copy(
        update={
            "data": DataReviewed(tests_ordered=3),
            "risk": ("rest_or_bandage",),
            "problems": (ProblemAddressed(kind="chronic_exacerbation"),),
        }
    )
    assert visit_code(decision_making=made) == "99214"
    ecg = (Procedure(item_id="x1", description="ECG"),)
    assert visit_code(decision_making=made, procedures=ecg) == "99213"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(10, "99212"), (19, "99212"), (20, "99213"), (29, "99213"), (30, "99214"), (40, "99215")],
)
def test_time_must_be_met_or_exceeded(minutes: int, expected: str) -> None:
    assert visit_code(decision_making=None, total_minutes=minutes) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(15, "99202"), (44, "99203"), (60, "99205")])
def test_new_patients_have_time_minima_of_their_own(minutes: int, expected: str) -> None:
    assert visit_code(decision_making=None, total_minutes=minutes, new_patient=True) == expected


def test_the_higher_of_time_and_decision_making_counts() -> None:
    assert visit_code(decision_making=LOW, total_minutes=41) == "99215"
    assert visit_code(decision_making=MODERATE, total_minutes=12) == "99214"


@pytest.mark.parametrize(
    ("setting", "place", "minutes"),
    [
        ("office", "11", 9),
        ("telehealth", "10", 4),
        ("home", "12", 19),
        ("nursing_facility", "31", 12),
        ("inpatient", "21", 39),
    ],
)
@pytest.mark.parametrize("new_patient", [True, False])
def test_too_little_time_for_any_level_is_left_to_a_coder_and_never_another_family(
    setting: str, place: str, minutes: int, new_patient: bool
) -> None:
    result = code(
        encounter(
            setting=setting,
            place_of_service=place,
            decision_making=None,
            total_minutes=minutes if setting != "home" or not new_patient else 14,
            new_patient=new_patient,
        )
    )
    assert result.lines == ()
    assert result.queries == ()
    assert result.reasons == ("time_below_least_minimum",)


def test_an_emergency_visit_goes_by_decision_making_only() -> None:
    emergency: dict[str, Any] = {"setting": "emergency", "place_of_service": "23"}
    assert visit_code(decision_making=LOW, total_minutes=240, **emergency) == "99283"
    result = code(encounter(decision_making=None, total_minutes=240, **emergency))
    assert [query.kind for query in result.queries] == ["missing_time_or_decision_making"]


def test_neither_time_nor_decision_making_is_asked_for() -> None:
    result = code(encounter(decision_making=None))
    assert [query.kind for query in result.queries] == ["missing_time_or_decision_making"]


@pytest.mark.parametrize(
    ("visits", "new_patient", "expected"),
    [
        ((), None, "99213"),
        ((), True, "99203"),
        ((), False, "99213"),
        ((date(2025, 11, 3), FAMILY_MEDICINE), True, "99213"),
        ((date(2023, 3, 3), FAMILY_MEDICINE), True, "99213"),
        ((date(2023, 3, 2), FAMILY_MEDICINE), True, "99203"),
        ((date(2026, 3, 2), FAMILY_MEDICINE), True, "99203"),
        ((date(2025, 11, 3), "207RC0000X"), True, "99203"),
    ],
)
def test_three_years_without_the_same_specialty_make_a_new_patient(
    visits: tuple[date, str] | tuple[()], new_patient: bool | None, expected: str
) -> None:
    past = (PastVisit("E0", visits[0], visits[1], "99213"),) if visits else ()
    history = VisitHistory(FAMILY_MEDICINE, past)
    assert visit_code(history=history, new_patient=new_patient) == expected


def test_what_neither_the_ehr_nor_the_history_tells_is_asked_and_coded_as_established() -> None:
    result = code(encounter(new_patient=None))
    assert [query.gap for query in result.queries] == ["new_or_established"]
    assert [line.code for line in result.lines] == ["99213"]
    complete = VisitHistory(FAMILY_MEDICINE, complete=True)
    known = code(encounter(new_patient=None), history=complete)
    assert known.queries == ()
    assert [line.code for line in known.lines] == ["99203"]


def test_a_stay_and_an_emergency_have_no_new_patients() -> None:
    for setting, place in (("inpatient", "21"), ("emergency", "23")):
        fields = {"setting": setting, "place_of_service": place, "new_patient": None}
        assert code(encounter(**fields)).queries == ()


@pytest.mark.parametrize(
    ("age", "new_patient", "expected"),
    [
        (0, True, "99381"),
        (4, True, "99382"),
        (5, False, "99393"),
        (11, False, "99393"),
        (12, False, "99394"),
        (17, False, "99394"),
        (18, False, "99395"),
        (39, True, "99385"),
        (40, False, "99396"),
        (64, False, "99396"),
        (65, False, "99397"),
    ],
)
def test_preventive_visits_go_by_age(age: int, new_patient: bool, expected: str) -> None:
    patient = PatientFacts(date(2026 - age, 1, 15), "F", "commercial")
    found = visit_code(
        patient, visit_kind="preventive", new_patient=new_patient, problems=(), decision_making=None
    )
    assert found == expected


def test_medicare_has_wellness_visits_in_place_of_preventive_ones() -> None:
    patient = PatientFacts(date(1950, 1, 15), "F", "medicare")
    fields: dict[str, Any] = {"visit_kind": "preventive", "problems": (), "decision_making": None}
    assert visit_code(patient, **fields) == "G0438"
    seen = VisitHistory("", (PastVisit("E0", date(2025, 2, 1), "", "G0438"),))
    assert visit_code(patient, seen, **fields) == "G0439"


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("days_after", [0, 2])
def test_a_wellness_visit_is_subsequent_to_earlier_ones_of_others_alone(
    own: bool, days_after: int
) -> None:
    """42 CFR 410.15: the first is the earliest, in whatever order they were documented."""
    patient = PatientFacts(date(1950, 1, 15), "F", "medicare")
    fields: dict[str, Any] = {"visit_kind": "preventive", "problems": (), "decision_making": None}
    made = encounter(**fields)
    known = PastVisit(
        made.encounter_id if own else "E0",
        made.service_date + timedelta(days=days_after),
        "",
        "G0438",
    )
    assert visit_code(patient, VisitHistory("", (known,)), **fields) == "G0438"


def test_a_significant_problem_at_a_preventive_visit_is_a_second_visit_with_25() -> None:
    result = code(encounter(visit_kind="preventive", decision_making=MODERATE))
    assert lines(result) == [("99396", (), 1), ("99214", ("25",), 1)]
    assert result.lines[0].pointers[0] == 1
    assert result.diagnoses[0].code.startswith("Z00")


def test_a_telehealth_visit_carries_95() -> None:
    result = code(encounter(setting="telehealth", place_of_service="10"))
    assert lines(result) == [("99213", ("95",), 1)]


@pytest.mark.parametrize("kind", ["procedure", "laboratory", "immunization"])
def test_other_encounters_have_no_visit_of_their_own(kind: str) -> None:
    result = code(encounter(visit_kind=kind, problems=problems("Acute bronchitis")))
    assert lines(result) == []
    assert result.reasons == ("nothing_to_bill",)
