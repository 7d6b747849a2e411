"""Visits of one day, and modifiers on visits (NCCI Policy Manual XI.U, I.E)."""

from datetime import date

import pytest

from services.coding.domain.edits.service_line import PastLine
from tests.unit.coding.edits.examples import (
    DAY,
    MemoryTables,
    instead,
    judge,
    line,
    of,
    status,
    stops,
)


@pytest.mark.parametrize(("initial", "both"), [("99221", "99234"), ("99223", "99236")])
def test_admission_and_discharge_of_one_day_are_one_service(initial: str, both: str) -> None:
    found = judge(line(initial), line("99238"))
    assert status(found, "hospital-same-day") == ["deny"]
    assert instead(found) == [(both, (), 1)]


@pytest.mark.parametrize(
    ("visit", "whole"),
    [("99213", "99238"), ("99232", "99239"), ("99231", "99221"), ("99233", "99235")],
)
def test_one_code_is_all_the_care_of_the_day(visit: str, whole: str) -> None:
    found = judge(line(visit), line(whole))
    assert status(found, "visits-same-day") == ["deny"]
    assert instead(found) == [(whole, (), 1)]


def test_another_provider_may_see_the_patient_that_day() -> None:
    found = judge(line("99213", provider_id="D2"), line("99238", provider_id="D1"))
    assert of(found, "visits-same-day") == []


def test_a_problem_beside_a_preventive_visit_carries_25() -> None:
    found = judge(line("99396"), line("99213"))
    assert status(found, "modifier-25") == ["needs_modifier"]
    assert instead(found) == [("99396", (), 1), ("99213", ("25",), 1)]
    assert stops(judge(line("99396"), line("99213", "25"))) == []


def test_the_minimal_visit_is_no_separate_problem() -> None:
    assert instead(judge(line("99396"), line("99211", "25"))) == [("99396", (), 1)]


def test_one_new_patient_code_a_day() -> None:
    found = judge(line("99386"), line("99203", "25"))
    assert status(found, "new-patient-once") == ["deny"]
    assert instead(found) == [("99386", (), 1), ("99213", ("25",), 1)]


def test_a_new_patient_of_the_morning_is_established_in_the_afternoon() -> None:
    found = judge(line("99203", "25"), history=(PastLine("99202", DAY),))
    assert ("99213", ("25",), 1) in instead(found)


def test_59_on_a_visit_becomes_25_beside_a_procedure() -> None:
    found = judge(line("99213", "59"), line("20610"))
    assert status(found, "modifier-on-visit") == ["needs_modifier"]
    assert ("99213", ("25",), 1) in instead(found)


@pytest.mark.parametrize("modifier", ["59", "50", "76", "LT"])
def test_these_modifiers_never_stand_on_a_visit(modifier: str) -> None:
    found = judge(line("99213", modifier))
    assert status(found, "modifier-on-visit") == ["deny"]
    assert instead(found) == [("99213", (), 1)]


@pytest.mark.parametrize("modifier", ["24", "25", "57"])
def test_these_modifiers_stand_on_visits_only(modifier: str) -> None:
    found = judge(line("20610", modifier))
    assert status(found, "modifier-on-procedure") == ["deny"]
    assert instead(found) == [("20610", (), 1)]


@pytest.mark.parametrize(
    ("on", "beside", "outcome"),
    [
        (date(2023, 12, 1), "83036", ["deny"]),
        (date(2024, 12, 1), "G0008", ["deny"]),
        (date(2025, 1, 1), "G0008", ["pass"]),
        (date(2025, 1, 1), "20610", ["deny"]),
    ],
)
def test_visit_complexity_beside_a_visit_with_25(on: date, beside: str, outcome: list[str]) -> None:
    found = judge(line("99214", "25", date=on), line("G2211", date=on), line(beside, date=on))
    assert status(found, "visit-complexity") == outcome


def test_visit_complexity_stands_beside_a_plain_visit_and_never_alone() -> None:
    assert status(judge(line("99214"), line("G2211")), "visit-complexity") == ["pass"]
    assert status(judge(line("G2211"), line("99396")), "visit-complexity") == ["deny"]


@pytest.mark.parametrize(
    ("on", "outcome"), [(date(2025, 12, 31), "deny"), (date(2026, 1, 1), "pass")]
)
def test_visit_complexity_stands_beside_visits_at_home_from_2026(on: date, outcome: str) -> None:
    found = judge(line("99349", date=on), line("G2211", date=on))
    assert status(found, "visit-complexity") == [outcome]


def test_25_with_nothing_beside_it_is_doubted() -> None:
    assert status(judge(line("99213", "25")), "modifier-25") == ["warn"]
    assert status(judge(line("99213", "25"), line("36415")), "modifier-25") == []


def test_two_office_visits_of_a_day_are_one_unless_the_problems_are_apart() -> None:
    found = judge(line("99213"), line("99214"))
    assert status(found, "visits-same-day") == ["needs_modifier"]
    assert instead(found) == [("99214", (), 1)]
    assert of(judge(line("99213", "25"), line("99214")), "visits-same-day") == []
    apart = judge(line("99213", documented=("significant_separate_visit",)), line("99214"))
    assert instead(apart) == [("99213", ("25",), 1), ("99214", (), 1)]


def test_care_by_the_day_is_reported_once() -> None:
    found = judge(line("99232"), line("99233"))
    assert status(found, "visits-same-day") == ["deny"]
    assert instead(found) == [("99233", (), 1)]


def test_a_more_telling_modifier_stands_without_59() -> None:
    found = judge(line("20610", "59", "XS"))
    assert status(found, "modifier-59") == ["warn"]
    assert instead(found) == [("20610", ("XS",), 1)]


@pytest.mark.parametrize(
    ("visit", "modifiers", "expected", "left"),
    [
        ("99284", (), ["deny"], ["99223"]),
        ("99284", ("25",), ["deny"], ["99223"]),
        ("99214", (), ["needs_modifier"], ["99223"]),
        ("99214", ("25",), [], ["99214", "99223"]),
    ],
)
def test_a_visit_on_the_day_of_admission_is_part_of_it(
    visit: str, modifiers: tuple[str, ...], expected: list[str], left: list[str]
) -> None:
    found = judge(line(visit, *modifiers), line("99223", place_of_service="21"))
    assert status(found, "visits-same-day") == expected
    assert [each.code for each in found.report_instead] == left


def test_where_pair_edits_are_loaded_they_say_it() -> None:
    tables = MemoryTables(pairs={("99223", "99284"): "0"})
    found = judge(line("99284"), line("99223", place_of_service="21"), tables=tables)
    assert status(found, "visits-same-day") == []
    assert status(found, "ncci-ptp") == ["deny"]


@pytest.mark.parametrize(
    ("new", "established"),
    [("99204", "99214"), ("99386", "99396"), ("99344", "99349"), ("99345", "99350")],
)
def test_whom_the_provider_saw_within_three_years_is_no_new_patient(
    new: str, established: str
) -> None:
    seen = PastLine("99213", DAY.replace(year=DAY.year - 2), "D1")
    found = judge(line(new, provider_id="D1"), history=(seen,))
    assert status(found, "new-patient") == ["deny"]
    assert instead(found)[0][0] == established


@pytest.mark.parametrize(
    "past",
    [
        PastLine("99213", DAY.replace(year=DAY.year - 3), "D1"),
        PastLine("99213", DAY.replace(year=DAY.year - 1), "D2"),
        PastLine("71046", DAY.replace(year=DAY.year - 1), "D1", (), ("26",)),
        PastLine("36415", DAY.replace(year=DAY.year - 1), "D1"),
        PastLine("80053", DAY.replace(year=DAY.year - 1), "D1"),
    ],
    ids=["three years ago", "another provider", "a reading", "a draw of blood", "a test"],
)
def test_what_was_no_visit_with_this_provider_leaves_a_new_patient_one(past: PastLine) -> None:
    assert of(judge(line("99204", provider_id="D1"), history=(past,)), "new-patient") == []
