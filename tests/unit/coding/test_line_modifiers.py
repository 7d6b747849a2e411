"""How much was done, by whom, who is liable and what was prevention, as documented."""

from typing import Any

import pytest

from services.coding.domain.coding_result import PatientFacts
from tests.unit.coding.examples import code, encounter, problems
from tests.unit.coding.procedure_cases import (
    COMMERCIAL,
    SENIOR,
    by_code,
    lab_of,
    reported,
    short,
)

PROCEDURE: dict[str, Any] = {"visit_kind": "procedure"}
SCREENING = problems("Encounter for screening for malignant neoplasm of colon")


def done(code_: str, patient: PatientFacts = COMMERCIAL, **fields: Any) -> list[str]:
    return reported(patient, **PROCEDURE, procedures=(by_code(code_, **fields),))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"extent": "reduced"}, "45378-52"),
        ({"extent": "discontinued"}, "45378-53"),
        ({"extent": "increased"}, "45378-22"),
        ({"assistant": "surgeon"}, "45378-80"),
        ({"assistant": "minimal"}, "45378-81"),
        ({"assistant": "no_resident_available"}, "45378-82"),
        ({"assistant": "non_physician"}, "45378-AS"),
    ],
)
def test_what_is_documented_of_the_work_is_said(fields: dict[str, Any], expected: str) -> None:
    assert done("45378", **fields) == [expected]


def test_an_increased_service_is_left_to_a_coder() -> None:
    result = code(encounter(**PROCEDURE, procedures=(by_code("12002", extent="increased"),)))
    assert "increased_service:x1" in result.reasons


def test_more_modifiers_than_a_line_takes_are_left_to_a_coder() -> None:
    done_here = by_code(
        "20610",
        extent="reduced",
        assistant="surgeon",
        circumstance="staged",
        notice="signed_notice",
        laterality="right",
    )
    result = code(encounter(**PROCEDURE, procedures=(done_here,)), SENIOR)
    assert short(result) == ["20610-80-52-58-RT-GA"]
    assert "too_many_modifiers:20610" in result.reasons


@pytest.mark.parametrize(
    ("notice", "modifier"),
    [
        ("signed_notice", "GA"),
        ("no_notice", "GZ"),
        ("voluntary_notice", "GX"),
        ("excluded_by_statute", "GY"),
    ],
)
def test_a_notice_is_said_to_original_medicare_alone(notice: str, modifier: str) -> None:
    assert done("11719", SENIOR, notice=notice) == [f"11719-{modifier}"]
    assert done("11719", COMMERCIAL, notice=notice) == ["11719"]
    labs = (lab_of("82306", notice=notice),)
    assert reported(SENIOR, visit_kind="laboratory", lab_tests=labs) == [f"82306-{modifier}"]


class TestPrevention:
    def test_a_screening_that_the_task_force_recommends_carries_33(self) -> None:
        lipids = problems("Encounter for screening for lipoid disorders")
        labs = (lab_of("80061"),)
        kind = {"visit_kind": "laboratory", "lab_tests": labs}
        assert reported(COMMERCIAL, problems=lipids, **kind) == ["80061-33"]
        assert reported(COMMERCIAL, problems=problems("Hyperlipidemia"), **kind) == ["80061"]

    def test_counselling_on_tobacco_is_prevention_whatever_it_is_for(self) -> None:
        assert done("99406") == ["99406-33"]
        assert done("99406", SENIOR) == ["99406"]

    @pytest.mark.parametrize(
        ("patient", "code_", "expected"),
        [
            (COMMERCIAL, "45378", ["45378-33"]),
            (COMMERCIAL, "45385", ["45385-33"]),
            (SENIOR, "45378", ["G0121"]),
            (SENIOR, "45385", ["45385-PT"]),
        ],
    )
    def test_a_screening_of_the_colon(
        self, patient: PatientFacts, code_: str, expected: list[str]
    ) -> None:
        linked = by_code(code_, problem_ids=("p1",))
        found = reported(patient, **PROCEDURE, procedures=(linked,), problems=SCREENING)
        assert found == expected

    def test_a_colonoscopy_for_a_complaint_is_no_screening(self) -> None:
        bleeding = problems("Rectal bleeding")
        found = reported(SENIOR, **PROCEDURE, procedures=(by_code("45378"),), problems=bleeding)
        assert found == ["45378"]

    def test_care_planning_beside_a_wellness_visit_carries_33_for_medicare(self) -> None:
        result = code(
            encounter(
                visit_kind="preventive",
                decision_making=None,
                problems=(),
                procedures=(by_code("99497"),),
            ),
            SENIOR,
        )
        assert "99497-33" in short(result)
