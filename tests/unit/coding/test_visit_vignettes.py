"""Visits of every family, by decision making, by time and from notes; each case names its rule."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from schemas.encounter import DataReviewed, DecisionMaking, ProblemAddressed
from services.coding.commands import app, report
from services.coding.domain.coding_result import PastVisit, VisitHistory
from tests.unit.coding.examples import DAY, LOW, MODERATE, code, encounter
from tests.unit.coding.procedure_cases import (
    COMMERCIAL,
    HIGH,
    SENIOR,
    by_code,
    infusion,
    reported,
)

HOSPITAL: dict[str, Any] = {"setting": "inpatient", "place_of_service": "21"}
NURSING: dict[str, Any] = {"setting": "nursing_facility", "place_of_service": "31"}
HOME: dict[str, Any] = {"setting": "home", "place_of_service": "12"}
SAME_DAY = "same_day_admission_and_discharge"
MDM_1 = DecisionMaking(problems=(ProblemAddressed(kind="minor"),))


@pytest.mark.parametrize(
    ("rule", "fields", "expected"),
    [
        (
            "initial hospital visit",
            {**HOSPITAL, "facility_visit": "initial", "decision_making": MODERATE},
            "99222",
        ),
        (
            "initial hospital visit, high",
            {**HOSPITAL, "facility_visit": "initial", "decision_making": HIGH},
            "99223",
        ),
        (
            "subsequent hospital visit",
            {**HOSPITAL, "facility_visit": "subsequent", "decision_making": LOW},
            "99231",
        ),
        (
            "one day in hospital",
            {**HOSPITAL, "facility_visit": SAME_DAY, "decision_making": LOW},
            "99234",
        ),
        (
            "one day in hospital",
            {**HOSPITAL, "facility_visit": SAME_DAY, "decision_making": MODERATE},
            "99235",
        ),
        (
            "one day in hospital by time",
            {**HOSPITAL, "facility_visit": SAME_DAY, "decision_making": None, "total_minutes": 85},
            "99236",
        ),
        ("discharge, no time", {**HOSPITAL, "facility_visit": "discharge"}, "99238"),
        (
            "discharge, 30 minutes",
            {**HOSPITAL, "facility_visit": "discharge", "total_minutes": 30},
            "99238",
        ),
        (
            "discharge, more than 30",
            {**HOSPITAL, "facility_visit": "discharge", "total_minutes": 31},
            "99239",
        ),
        (
            "observation",
            {
                "setting": "outpatient_hospital",
                "place_of_service": "22",
                "facility_visit": "initial",
                "decision_making": MODERATE,
            },
            "99222",
        ),
        (
            "hospital clinic",
            {
                "setting": "outpatient_hospital",
                "place_of_service": "22",
                "decision_making": MODERATE,
            },
            "99214",
        ),
        (
            "nursing facility, initial",
            {**NURSING, "facility_visit": "initial", "decision_making": HIGH},
            "99306",
        ),
        (
            "nursing facility, later",
            {**NURSING, "facility_visit": "subsequent", "decision_making": MDM_1},
            "99307",
        ),
        (
            "nursing facility by time",
            {
                **NURSING,
                "facility_visit": "subsequent",
                "decision_making": None,
                "total_minutes": 30,
            },
            "99309",
        ),
        (
            "nursing facility discharge",
            {**NURSING, "facility_visit": "discharge", "total_minutes": 30},
            "99315",
        ),
        (
            "nursing facility discharge",
            {**NURSING, "facility_visit": "discharge", "total_minutes": 45},
            "99316",
        ),
        ("home, new", {**HOME, "new_patient": True, "decision_making": MODERATE}, "99344"),
        ("home, established", {**HOME, "decision_making": HIGH}, "99350"),
        ("home by time", {**HOME, "decision_making": None, "total_minutes": 40}, "99349"),
        (
            "emergency, high",
            {"setting": "emergency", "place_of_service": "23", "decision_making": HIGH},
            "99285",
        ),
        (
            "emergency, straightforward",
            {"setting": "emergency", "place_of_service": "23", "decision_making": MDM_1},
            "99282",
        ),
        (
            "emergency, staff",
            {"setting": "emergency", "place_of_service": "23", "seen_by": "clinical_staff"},
            "99281",
        ),
        ("office, staff", {"seen_by": "clinical_staff"}, "99211"),
        ("office, high", {"decision_making": HIGH}, "99215"),
        ("office, straightforward", {"decision_making": MDM_1, "new_patient": True}, "99202"),
    ],
)
def test_the_family_follows_the_setting(rule: str, fields: dict[str, Any], expected: str) -> None:
    result = code(encounter(**fields))
    assert [line.code for line in result.lines] == [expected], rule
    assert not result.queries


@pytest.mark.parametrize(
    ("rule", "programme", "fields", "expected"),
    [
        ("99417 first unit", COMMERCIAL, {"total_minutes": 55}, ["99215", "99417"]),
        ("99417 a minute short", COMMERCIAL, {"total_minutes": 54}, ["99215"]),
        ("99417 two units", COMMERCIAL, {"total_minutes": 70}, ["99215", "99417 x2"]),
        ("99417 new", COMMERCIAL, {"total_minutes": 75, "new_patient": True}, ["99205", "99417"]),
        ("G2212 starts later", SENIOR, {"total_minutes": 68}, ["99215"]),
        ("G2212 first unit", SENIOR, {"total_minutes": 69}, ["99215", "G2212"]),
        ("G2212 new", SENIOR, {"total_minutes": 104, "new_patient": True}, ["99205", "G2212 x2"]),
        (
            "99418",
            COMMERCIAL,
            {**HOSPITAL, "facility_visit": "initial", "total_minutes": 90},
            ["99223", "99418"],
        ),
        (
            "G0316",
            SENIOR,
            {**HOSPITAL, "facility_visit": "subsequent", "total_minutes": 65},
            ["99233", "G0316"],
        ),
        (
            "G0317",
            SENIOR,
            {**NURSING, "facility_visit": "initial", "total_minutes": 95},
            ["99306", "G0317"],
        ),
        ("G0318", SENIOR, {**HOME, "total_minutes": 125}, ["99350", "G0318 x2"]),
        (
            "never in the emergency department",
            COMMERCIAL,
            {"setting": "emergency", "place_of_service": "23", "total_minutes": 200},
            ["99283"],
        ),
    ],
)
def test_prolonged_time_goes_by_programme(
    rule: str, programme: Any, fields: dict[str, Any], expected: list[str]
) -> None:
    assert reported(programme, **fields) == expected, rule


@given(st.integers(min_value=1, max_value=1_440))
def test_more_time_never_gives_a_lower_level_or_fewer_prolonged_units(minutes: int) -> None:
    def of(total: int) -> tuple[str, int]:
        made = code(encounter(decision_making=None, total_minutes=total)).lines
        return (made[0].code if made else "", sum(line.units for line in made[1:]))

    assert of(minutes) <= of(min(minutes + 1, 1_440))


SHOT: dict[str, Any] = {
    "immunizations": ({"item_id": "v1", "description": "high dose flu vaccine"},),
}


@pytest.mark.parametrize(
    ("rule", "patient", "fields", "added"),
    [
        ("Medicare, from 2024", SENIOR, {}, True),
        ("other payers", COMMERCIAL, {}, False),
        (
            "with modifier 25 for a procedure",
            SENIOR,
            {"procedures": (by_code("69209", laterality="left"),), "decision_making": MODERATE},
            False,
        ),
        ("with modifier 25 for a vaccine, from 2025", SENIOR, SHOT, True),
        ("at home, from 2026", SENIOR, HOME, True),
        ("in hospital", SENIOR, {**HOSPITAL, "facility_visit": "initial"}, False),
        ("staff visit", SENIOR, {"seen_by": "clinical_staff"}, False),
    ],
)
def test_the_continuing_relationship_is_added_by_date_and_modifier(
    rule: str, patient: Any, fields: dict[str, Any], added: bool
) -> None:
    result = code(encounter(longitudinal_care=True, **fields), patient)
    assert ("G2211" in [line.code for line in result.lines]) is added, rule
    assert ("G2211" in [each.subject for each in result.rejected]) is not added, rule


def test_the_ehr_may_order_the_complexity_code_and_the_rule_still_decides() -> None:
    ordered = (by_code("G2211"),)
    assert reported(SENIOR, procedures=ordered) == ["99213", "G2211"]
    assert reported(COMMERCIAL, procedures=ordered) == ["99213"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"setting": "telehealth", "place_of_service": "10"}, "99213-95"),
        ({"setting": "telehealth", "place_of_service": "02", "telehealth": "audio"}, "99213-93"),
        ({"place_of_service": "10"}, "99213-95"),
    ],
)
def test_telehealth_says_how(fields: dict[str, Any], expected: str) -> None:
    assert reported(**fields) == [expected]


def test_telehealth_at_another_place_is_looked_at_by_a_coder() -> None:
    result = code(encounter(setting="telehealth", place_of_service="11"))
    assert "telehealth_place_of_service:11" in result.reasons


def test_the_admitting_physician_says_so_to_medicare() -> None:
    fields: dict[str, Any] = {**HOSPITAL, "facility_visit": "initial", "admitting": True}
    assert reported(SENIOR, **fields) == ["99221-AI"]
    assert reported(COMMERCIAL, **fields) == ["99221"]


def test_the_welcome_visit_of_medicare() -> None:
    fields: dict[str, Any] = {"visit_kind": "preventive", "problems": (), "decision_making": None}
    assert reported(SENIOR, **fields, welcome_to_medicare=True) == ["G0402"]


def past(code_: str, days: int) -> PastVisit:
    return PastVisit(f"E{code_}{days}", date.fromordinal(DAY.toordinal() - days), "", code_)


@pytest.mark.parametrize(
    ("rule", "visits", "expected"),
    [
        ("an earlier visit of the stay", (past("99222", 1),), "99231"),
        ("a discharge ends the stay", (past("99222", 9), past("99238", 5)), "99221"),
        ("a new stay after a discharge", (past("99238", 5), past("99222", 2)), "99231"),
        ("months ago is another stay", (past("99222", 60),), "99221"),
    ],
)
def test_earlier_visits_tell_which_visit_of_a_stay_it_is(
    rule: str, visits: tuple[PastVisit, ...], expected: str
) -> None:
    result = code(encounter(**HOSPITAL), COMMERCIAL, VisitHistory("", visits))
    assert result.lines[0].code == expected, rule


def test_admission_and_discharge_on_one_day_are_never_two_visits() -> None:
    result = code(
        encounter(**HOSPITAL, facility_visit="discharge"),
        COMMERCIAL,
        VisitHistory("", (past("99222", 0),)),
    )
    assert result.lines == ()
    assert "admitted_and_discharged_on_one_day" in result.reasons


def test_a_staff_visit_is_part_of_giving_a_drug() -> None:
    drug = infusion("Toradol", 0, None, route="intramuscular", dose="30")
    result = code(encounter(seen_by="clinical_staff", drugs=(drug,)))
    assert "99211" not in [line.code for line in result.lines]
    assert "staff_visit_within_administration" in result.reasons


def test_the_columns_are_shown_with_what_counted() -> None:
    recorded = MODERATE.model_copy(
        update={"data": DataReviewed(tests_ordered=3, external_discussion=True)}
    )
    ecg = (by_code("93000"),)
    shown = report.of_result(code(encounter(decision_making=recorded, procedures=ecg)))
    found = shown["evaluation_management"]
    assert (found["code"], found["basis"]) == ("99214", "mdm")
    columns = {name: column["level"] for name, column in found["columns"].items()}
    assert columns == {"problems": "moderate", "data": "moderate", "risk": "moderate"}
    counted = {
        each["kind"]: each["count"]
        for column in found["columns"].values()
        for each in column["elements"]
    }
    assert counted["stable_chronic"] == 2
    assert counted["tests_ordered"] == 2  # the ECG is interpreted and billed
    assert all(each["evidence"] for each in found["columns"]["risk"]["elements"])


def test_a_case_may_say_beside_its_event_whom_it_is_about_and_what_was_before(
    tmp_path: Path,
) -> None:
    event = encounter(new_patient=None).model_dump(mode="json")
    before = {"history": [{"service_date": "2025-01-15", "code": "99213"}]}
    cases = (
        event,
        {**event, **before},
        {**event, "visit_kind": "preventive", "age": 70, "programme": "medicare"},
        {**event, "visit_kind": "preventive", "patient": {"age": 8}},
        {**event, "history": []},
        {**event, "history": "long"},
        {**event, "history": [{"service_date": "once"}]},
    )
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    out = CliRunner().invoke(app, ["code", "--jsonl", str(path)]).stdout.splitlines()
    found = [json.loads(line) for line in out]
    first = [each["procedures"][0]["code"] for each in found[:5]]
    assert first == ["99213", "99213", "G0438", "99393", "99203"]
    assert [len(each["queries"]) for each in found[:5]] == [1, 0, 1, 1, 0]
    assert [each["error"]["reason"] for each in found[5:]] == ["history_unusable"] * 2
