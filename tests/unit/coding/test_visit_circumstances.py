"""Critical care, stays of one day, consultations, telehealth codes, shared and taught visits."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.coding.domain.coding_result import CodingOptions, CodingResult, PatientFacts
from tests.unit.coding.examples import LOW, MODERATE, code, encounter
from tests.unit.coding.procedure_cases import (
    COMMERCIAL,
    HIGH,
    SENIOR,
    by_code,
    procedure,
    short,
)

HOSPITAL: dict[str, Any] = {"setting": "inpatient", "place_of_service": "21"}
EMERGENCY: dict[str, Any] = {"setting": "emergency", "place_of_service": "23"}
TELEHEALTH: dict[str, Any] = {"setting": "telehealth", "place_of_service": "10"}
SAME_DAY = "same_day_admission_and_discharge"
BEGUN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TAKES_ALL = CodingOptions(
    telehealth_visits=frozenset({"commercial", "medicare"}),
    consultations=frozenset({"commercial"}),
)
ASKED: dict[str, Any] = {"circumstances": ("consultation",), "referring_provider_id": "DR9"}


def coded(
    patient: PatientFacts = COMMERCIAL,
    options: CodingOptions | None = None,
    **fields: Any,
) -> CodingResult:
    return code(encounter(**fields), patient, None, options)


def stay(hours: int, **fields: Any) -> dict[str, Any]:
    ended = BEGUN + timedelta(hours=hours)
    return {**HOSPITAL, "admitted_at": BEGUN, "discharged_at": ended, **fields}


class TestCriticalCare:
    @pytest.mark.parametrize(
        ("minutes", "by_cpt", "by_medicare"),
        [
            (30, ["99291"], ["99291"]),
            (74, ["99291"], ["99291"]),
            (75, ["99291", "99292"], ["99291"]),
            (103, ["99291", "99292"], ["99291"]),
            (104, ["99291", "99292"], ["99291", "99292"]),
            (105, ["99291", "99292 x2"], ["99291", "99292"]),
            (134, ["99291", "99292 x2"], ["99291", "99292 x2"]),
        ],
    )
    def test_goes_by_its_time_which_medicare_counts_later(
        self, minutes: int, by_cpt: list[str], by_medicare: list[str]
    ) -> None:
        fields = {**HOSPITAL, "critical_care_minutes": minutes, "decision_making": None}
        assert short(coded(**fields)) == by_cpt
        assert short(coded(SENIOR, **fields)) == by_medicare

    def test_less_than_thirty_minutes_is_the_visit_of_the_setting(self) -> None:
        result = coded(**EMERGENCY, critical_care_minutes=29, decision_making=HIGH)
        assert short(result) == ["99285"]
        assert "critical_care_below_30_minutes" in [each.reason for each in result.rejected]

    def test_what_is_part_of_it_is_not_reported_beside_it(self) -> None:
        done = (
            by_code("71045", 1),
            by_code("94760", 2),
            by_code("36415", 3),
            by_code("12002", 4),
        )
        result = coded(**HOSPITAL, critical_care_minutes=40, decision_making=None, procedures=done)
        assert short(result) == ["99291-25", "12002"]
        within = [each.subject for each in result.rejected if each.reason == "within_critical_care"]
        assert within == ["71045", "94760", "36415"]

    def test_another_visit_of_the_day_is_left_to_a_coder(self) -> None:
        result = coded(**EMERGENCY, critical_care_minutes=40, decision_making=HIGH)
        assert short(result) == ["99291"]
        assert result.reasons == ("visit_beside_critical_care:99285",)

    def test_an_order_alone_has_no_time(self) -> None:
        result = coded(
            **HOSPITAL, procedures=(procedure("critical care"),), facility_visit="subsequent"
        )
        assert "critical_care_time_missing:x1" in result.reasons
        assert short(result) == ["99231"]

    def test_a_small_child_in_hospital_is_cared_for_by_the_day(self) -> None:
        child = PatientFacts(date(2022, 1, 1), "F", "commercial")
        result = coded(child, **HOSPITAL, critical_care_minutes=60, decision_making=None)
        assert short(result) == ["99475"]
        elsewhere = coded(child, **EMERGENCY, critical_care_minutes=60, decision_making=None)
        assert short(elsewhere) == ["99291"]


class TestAStayOfOneDay:
    @pytest.mark.parametrize(
        ("patient", "hours", "expected"),
        [
            (SENIOR, 7, "99222"),
            (SENIOR, 8, "99235"),
            (COMMERCIAL, 7, "99235"),
            (COMMERCIAL, 12, "99235"),
        ],
    )
    def test_medicare_wants_eight_hours(
        self, patient: PatientFacts, hours: int, expected: str
    ) -> None:
        fields = stay(hours, facility_visit=SAME_DAY, decision_making=MODERATE)
        assert short(coded(patient, **fields)) == [expected]

    def test_a_discharge_on_the_day_of_admission_is_one_service(self) -> None:
        fields = stay(10, facility_visit="discharge", decision_making=MODERATE)
        assert short(coded(SENIOR, **fields)) == ["99235"]

    def test_a_discharge_on_another_date_stands_alone(self) -> None:
        fields = stay(30, facility_visit="discharge", decision_making=None, total_minutes=31)
        assert short(coded(SENIOR, **fields)) == ["99239"]

    def test_unknown_hours_are_left_to_a_coder_for_medicare(self) -> None:
        fields = {**HOSPITAL, "facility_visit": SAME_DAY, "decision_making": MODERATE}
        assert coded(SENIOR, **fields).reasons == ("stay_hours_unknown",)
        assert coded(COMMERCIAL, **fields).reasons == ()

    def test_times_that_cannot_be_are_left_to_a_coder(self) -> None:
        backwards = stay(-2, facility_visit=SAME_DAY, decision_making=MODERATE)
        assert coded(**backwards).reasons == ("stay_times_unusable",)
        overnight = stay(20, facility_visit=SAME_DAY, decision_making=MODERATE)
        assert coded(**overnight).reasons == ("stay_dates_differ",)


class TestConsultations:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"decision_making": MODERATE}, "99244"),
            ({"decision_making": None, "total_minutes": 20}, "99242"),
            ({"decision_making": None, "total_minutes": 55}, "99245"),
            ({**HOSPITAL, "decision_making": MODERATE}, "99254"),
            ({**HOSPITAL, "decision_making": None, "total_minutes": 80}, "99255"),
        ],
    )
    def test_go_to_payers_that_take_them(self, fields: dict[str, Any], expected: str) -> None:
        assert short(coded(options=TAKES_ALL, **ASKED, **fields)) == [expected]

    def test_are_visits_of_the_setting_to_the_others(self) -> None:
        assert short(coded(**ASKED, decision_making=MODERATE)) == ["99214"]
        assert short(coded(SENIOR, TAKES_ALL, **ASKED, decision_making=MODERATE)) == ["99214"]

    def test_without_one_who_asked_it_is_a_visit_and_a_coder_looks(self) -> None:
        result = coded(options=TAKES_ALL, circumstances=("consultation",))
        assert short(result) == ["99213"]
        assert result.reasons == ("consultation_without_request",)

    def test_time_beyond_the_highest_is_prolonged(self) -> None:
        result = coded(options=TAKES_ALL, **ASKED, decision_making=None, total_minutes=70)
        assert short(result) == ["99245", "99417"]


class TestTelehealthCodes:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"telehealth": "video"}, ["98005"]),
            ({"telehealth": "audio"}, ["98013"]),
            ({"telehealth": "video", "new_patient": True}, ["98001"]),
            ({"telehealth": "audio", "new_patient": True}, ["98009"]),
            ({"telehealth": "audio", "decision_making": None, "total_minutes": 7}, ["98016"]),
            (
                {"telehealth": "video", "decision_making": None, "total_minutes": 55},
                ["98007", "99417"],
            ),
        ],
    )
    def test_go_to_payers_that_take_them_without_95_and_93(
        self, fields: dict[str, Any], expected: list[str]
    ) -> None:
        given = {"decision_making": LOW, **TELEHEALTH, **fields}
        assert short(coded(options=TAKES_ALL, **given)) == expected

    def test_medicare_takes_none_of_them_whatever_is_set(self) -> None:
        assert short(coded(SENIOR, TAKES_ALL, **TELEHEALTH, telehealth="audio")) == ["99213-93"]
        assert short(coded(**TELEHEALTH, telehealth="video")) == ["99213-95"]


class TestSharedAndTaughtVisits:
    def test_a_visit_shared_in_a_facility_carries_fs(self) -> None:
        shared: dict[str, Any] = {"circumstances": ("split_or_shared",)}
        assert short(coded(**EMERGENCY, **shared)) == ["99283-FS"]
        result = coded(**shared)
        assert short(result) == ["99213"]
        assert result.reasons == ("split_or_shared_outside_facility:99213",)

    def test_a_resident_is_said_to_medicare(self) -> None:
        taught: dict[str, Any] = {"circumstances": ("teaching_physician",)}
        assert short(coded(SENIOR, **taught)) == ["99213-GC"]
        assert short(coded(COMMERCIAL, **taught)) == ["99213"]

    def test_the_exception_for_primary_care_ends_at_the_third_level(self) -> None:
        excepted: dict[str, Any] = {"circumstances": ("primary_care_exception",)}
        assert short(coded(SENIOR, **excepted)) == ["99213-GE"]
        result = coded(SENIOR, **excepted, decision_making=MODERATE)
        assert result.reasons == ("primary_care_exception_level:99214",)
