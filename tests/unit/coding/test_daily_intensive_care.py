"""Critical and intensive care of newborns and small children: one service a day."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.coding.domain.coding_result import CodingResult, PastVisit, PatientFacts, VisitHistory
from tests.unit.coding.edits.examples import instead, judge, line, of
from tests.unit.coding.examples import DAY, MODERATE, code, encounter, problems
from tests.unit.coding.procedure_cases import by_code, short

HOSPITAL: dict[str, Any] = {
    "setting": "inpatient",
    "place_of_service": "21",
    "decision_making": None,
    "problems": problems("Respiratory distress syndrome of newborn"),
}


def child(days: int) -> PatientFacts:
    return PatientFacts(DAY - timedelta(days=days), "F", "commercial")


def stay(*codes: str, complete: bool = False) -> VisitHistory:
    visits = tuple(
        PastVisit(f"E0{number}", DAY - timedelta(days=number), "", each, "DR1")
        for number, each in enumerate(codes, 1)
    )
    return VisitHistory("", visits, (), complete)


def cared(
    days: int, kind: str = "critical", history: VisitHistory | None = None, **fields: Any
) -> CodingResult:
    documented = encounter(**{**HOSPITAL, "daily_intensive_care": kind, **fields})
    return code(documented, child(days), history)


@pytest.mark.parametrize(
    ("days", "first", "later"),
    [
        (0, "99468", "99469"),
        (28, "99468", "99469"),
        (29, "99471", "99472"),
        (729, "99471", "99472"),
        (731, "99475", "99476"),
        (2190, "99475", "99476"),
    ],
)
def test_age_decides_and_the_first_day_is_once_a_stay(days: int, first: str, later: str) -> None:
    assert short(cared(days)) == [first]
    assert short(cared(days, history=stay(first))) == [later]


def test_who_becomes_critical_within_a_stay_has_a_first_day_then() -> None:
    assert short(cared(10, history=stay("99477"))) == ["99468"]
    assert short(cared(10, history=stay("99478", "99468"))) == ["99469"]


def test_a_discharge_between_ends_the_stay() -> None:
    assert short(cared(20, history=stay("99238", "99468"))) == ["99468"]


def test_a_later_day_of_a_stay_that_nobody_knows_is_not_called_the_first() -> None:
    result = cared(10, facility_visit="subsequent")
    assert short(result) == ["99469"]
    assert result.reasons == ("first_day_of_critical_care_unknown",)
    known = cared(10, facility_visit="subsequent", history=stay(complete=True))
    assert short(known) == ["99468"]


@pytest.mark.parametrize(
    ("grams", "expected"),
    [(1499, "99478"), (1500, "99479"), (2500, "99479"), (2501, "99480"), (5000, "99480")],
)
def test_intensive_care_goes_by_weight_after_its_first_day(grams: int, expected: str) -> None:
    assert short(cared(3, "intensive")) == ["99477"]
    later = cared(3, "intensive", stay("99477"), weight_grams=grams)
    assert short(later) == [expected]
    assert short(cared(60, "intensive", stay("99479"), weight_grams=grams)) == [expected]


def test_a_heavier_child_and_an_older_ones_first_day_are_hospital_visits() -> None:
    heavy = cared(60, "intensive", stay("99480"), weight_grams=5001, decision_making=MODERATE)
    assert short(heavy) == ["99232"]
    assert short(cared(29, "intensive", decision_making=MODERATE)) == ["99222"]


def test_without_its_weight_a_coder_looks() -> None:
    assert cared(3, "intensive", stay("99477")).reasons[0] == "weight_missing"


def test_a_child_of_six_is_cared_for_by_time() -> None:
    old = cared(2192, critical_care_minutes=40)
    assert short(old) == ["99291"]


def test_more_is_part_of_the_day_than_of_an_hour() -> None:
    done = (by_code("31500", 1), by_code("36510", 2), by_code("94760", 3), by_code("71045", 4))
    result = cared(1, procedures=done)
    assert short(result) == ["99468"]
    within = {each.subject for each in result.rejected if each.reason == "within_critical_care"}
    assert {"94760", "71045"} <= within


def test_the_discharge_is_a_visit_of_its_own() -> None:
    result = cared(20, facility_visit="discharge", total_minutes=35)
    assert short(result) == ["99239"]


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        (("99468", "99469"), ["99468"]),
        (("99469", "99232"), ["99469"]),
        (("99472", "99291"), ["99472"]),
        (("99468", "31500"), ["99468"]),
        (("99291", "31500"), ["99291", "31500"]),
        (("99468", "49000"), ["99468", "49000"]),
    ],
)
def test_the_edits_leave_one_service_a_day(codes: tuple[str, ...], kept: list[str]) -> None:
    lines = [line(each, *(("25",) if each == "99291" else ())) for each in codes]
    found = judge(*lines, programme="medicaid", age=0, diagnoses=("P22.0",))
    assert [each for each, _, _ in instead(found)] == kept
    assert bool(of(found, "critical-care")) == (list(codes) != kept)


def test_a_second_specialty_may_report_critical_care_by_time() -> None:
    found = judge(
        line("99469", provider_id="A"),
        line("99291", provider_id="B"),
        programme="medicaid",
        diagnoses=("P22.0",),
    )
    assert not of(found, "critical-care")


def test_birth_after_the_service_is_no_newborn() -> None:
    unborn = PatientFacts(date(2026, 4, 1), "F", "commercial")
    documented = encounter(**{**HOSPITAL, "daily_intensive_care": "critical"})
    assert code(documented, unborn).route != "automatic"
