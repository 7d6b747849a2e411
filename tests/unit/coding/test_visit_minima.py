"""Every minimum of total time, met and missed by a minute (CPT, 2024 wording: met or exceeded)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.coding.domain.coding_result import CodingOptions, VisitHistory
from services.coding.domain.procedures.visit_families import ladder
from tests.unit.coding.examples import code, encounter
from tests.unit.coding.procedure_cases import COMMERCIAL, SENIOR, short

EVERYTHING = CodingOptions(
    telehealth_visits=frozenset({"commercial"}), consultations=frozenset({"commercial"})
)
OFFICE: dict[str, Any] = {}
HOME: dict[str, Any] = {"setting": "home", "place_of_service": "12"}
NURSING: dict[str, Any] = {"setting": "nursing_facility", "place_of_service": "31"}
HOSPITAL: dict[str, Any] = {"setting": "inpatient", "place_of_service": "21"}
VIDEO: dict[str, Any] = {
    "setting": "telehealth",
    "place_of_service": "10",
    "telehealth": "video",
}
AUDIO: dict[str, Any] = {**VIDEO, "telehealth": "audio"}
NEW: dict[str, Any] = {"new_patient": True}
FIRST: dict[str, Any] = {"facility_visit": "initial"}
LATER: dict[str, Any] = {"facility_visit": "subsequent"}
ONE_DAY: dict[str, Any] = {"facility_visit": "same_day_admission_and_discharge"}
LONG_STAY: dict[str, Any] = {
    "admitted_at": datetime(2026, 3, 2, 6, tzinfo=UTC),
    "discharged_at": datetime(2026, 3, 2, 18, tzinfo=UTC),
}
ASKED: dict[str, Any] = {
    "circumstances": ("consultation",),
    "referring_provider_id": "DR9",
}
FAMILIES: list[tuple[dict[str, Any], dict[int, str]]] = [
    ({**OFFICE, **NEW}, {15: "99202", 30: "99203", 45: "99204", 60: "99205"}),
    (OFFICE, {10: "99212", 20: "99213", 30: "99214", 40: "99215"}),
    ({**HOME, **NEW}, {15: "99341", 30: "99342", 60: "99344", 75: "99345"}),
    (HOME, {20: "99347", 30: "99348", 40: "99349", 60: "99350"}),
    ({**NURSING, **FIRST}, {25: "99304", 35: "99305", 50: "99306"}),
    ({**NURSING, **LATER}, {10: "99307", 20: "99308", 30: "99309", 45: "99310"}),
    ({**HOSPITAL, **FIRST}, {40: "99221", 55: "99222", 75: "99223"}),
    ({**HOSPITAL, **LATER}, {25: "99231", 35: "99232", 50: "99233"}),
    ({**HOSPITAL, **ONE_DAY}, {45: "99234", 70: "99235", 85: "99236"}),
    (ASKED, {20: "99242", 30: "99243", 40: "99244", 55: "99245"}),
    ({**HOSPITAL, **ASKED}, {35: "99252", 45: "99253", 60: "99254", 80: "99255"}),
    ({**VIDEO, **NEW}, {15: "98000", 30: "98001", 45: "98002", 60: "98003"}),
    (VIDEO, {10: "98004", 20: "98005", 30: "98006", 40: "98007"}),
    ({**AUDIO, **NEW}, {15: "98008", 30: "98009", 45: "98010", 60: "98011"}),
    (AUDIO, {10: "98012", 20: "98013", 30: "98014", 40: "98015"}),
]


def timed(minutes: int, fields: dict[str, Any]) -> list[str]:
    documented = encounter(decision_making=None, total_minutes=minutes, **fields)
    return short(code(documented, COMMERCIAL, None, EVERYTHING))


@pytest.mark.parametrize(
    ("fields", "minima"), FAMILIES, ids=lambda each: "-".join(map(str, each.values()))
)
def test_each_level_begins_with_its_minute(fields: dict[str, Any], minima: dict[int, str]) -> None:
    below = ""
    for minutes, visit in minima.items():
        assert timed(minutes, fields)[:1] == [visit]
        if below:
            assert timed(minutes - 1, fields)[:1] == [below]
        below = visit
    last = max(minima)
    assert len(timed(last + 14, fields)) == 1
    assert timed(last + 15, fields)[1:] in (["99417"], ["99418"])
    assert timed(last + 30, fields)[1:] in (["99417 x2"], ["99418 x2"])


@pytest.mark.parametrize(
    ("fields", "visit", "begins", "add_on"),
    [
        ({**OFFICE, **NEW}, "99205", 89, "G2212"),
        (OFFICE, "99215", 69, "G2212"),
        ({**HOSPITAL, **FIRST}, "99223", 90, "G0316"),
        ({**HOSPITAL, **LATER}, "99233", 65, "G0316"),
        ({**HOSPITAL, **ONE_DAY, **LONG_STAY}, "99236", 110, "G0316"),
        ({**NURSING, **FIRST}, "99306", 95, "G0317"),
        ({**NURSING, **LATER}, "99310", 85, "G0317"),
        ({**HOME, **NEW}, "99345", 140, "G0318"),
        (HOME, "99350", 110, "G0318"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_medicare_counts_prolonged_time_from_thresholds_of_its_own(
    fields: dict[str, Any], visit: str, begins: int, add_on: str
) -> None:
    def lines(minutes: int) -> list[str]:
        documented = encounter(decision_making=None, total_minutes=minutes, **fields)
        return short(code(documented, SENIOR))

    assert lines(begins - 1) == [visit]
    assert lines(begins) == [visit, add_on]
    assert lines(begins + 14) == [visit, add_on]
    assert lines(begins + 15) == [visit, f"{add_on} x2"]


@pytest.mark.parametrize(
    ("day", "minima"),
    [(date(2023, 12, 31), [25, 25, 35, 45]), (date(2024, 1, 1), [25, 25, 35, 50])],
)
def test_nursing_facilities_had_other_minima_before_2024(day: date, minima: list[int]) -> None:
    documented = encounter(service_date=day, **NURSING, **FIRST)
    steps = ladder(documented, VisitHistory(), established=True)
    assert [least for _, least in steps] == minima
