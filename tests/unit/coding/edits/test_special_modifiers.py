"""Modifiers where they do not belong, codes a payer does not take, and parts of critical care."""

from datetime import date

import pytest

from services.coding.domain.edits.verdicts import Verdicts
from tests.unit.coding.edits.examples import MemoryTables, instead, judge, line, of, status


def said(found: Verdicts) -> list[tuple[str, str]]:
    return [(each.status, each.message) for each in of(found, "modifier")]


@pytest.mark.parametrize(
    ("code", "modifiers", "place", "statuses", "kept"),
    [
        ("99213", ("22",), "11", ["deny"], ()),
        ("99213", ("52",), "11", ["deny"], ()),
        ("99213", ("FS",), "11", ["deny"], ()),
        ("99232", ("FS",), "21", [], ("FS",)),
        ("20610", ("FS",), "21", ["deny"], ()),
        ("20610", ("GA", "GZ"), "11", ["deny"], ("GA", "GZ")),
        ("20610", ("GX", "GY"), "11", [], ("GX", "GY")),
        ("20610", ("GA",), "11", [], ("GA",)),
        ("J1885", ("JW", "JZ"), "11", ["deny"], ("JW", "JZ")),
        ("87635", ("CS",), "11", ["deny"], ()),
        ("45378", ("73",), "24", ["deny"], ()),
        ("45378", ("53",), "11", [], ("53",)),
        ("45385", ("33",), "11", ["warn"], ("33",)),
        ("45385", ("PT",), "11", [], ("PT",)),
        ("99497", ("33",), "11", [], ("33",)),
    ],
)
def test_each_modifier_has_its_place(
    code: str,
    modifiers: tuple[str, ...],
    place: str,
    statuses: list[str],
    kept: tuple[str, ...],
) -> None:
    found = judge(line(code, *modifiers, place_of_service=place))
    assert [each for each, _ in said(found)] == statuses
    assert found.report_instead[0].modifiers == kept


def test_notices_and_pt_are_medicares() -> None:
    for modifier in ("GA", "GZ", "PT"):
        found = judge(line("45385", modifier), programme="commercial")
        assert [each for each, _ in said(found)] == ["warn"]


def test_a_telehealth_code_says_by_itself_by_which_means() -> None:
    found = judge(line("98001", "95", place_of_service="10"), programme="commercial")
    assert status(found, "modifier") == ["deny"]
    assert instead(found) == [("98001", (), 1)]


def test_a_facility_reports_73_or_74_in_place_of_53() -> None:
    found = judge(line("45378", "53", place_of_service="24"), facility=True)
    assert status(found, "modifier") == ["deny"]
    assert status(judge(line("45378", "73"), facility=True), "modifier") == []


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [("0", ["warn"]), ("1", ["deny"]), ("2", []), ("9", ["deny"])],
)
def test_an_assistant_is_paid_by_the_fee_schedules_indicator(
    indicator: str, expected: list[str]
) -> None:
    tables = MemoryTables(fees={"47562": {"assistant": indicator, "global_days": "090"}})
    found = judge(line("47562", "80", place_of_service="21"), tables=tables)
    assert status(found, "modifier") == expected


def test_without_a_fee_schedule_an_assistant_is_not_judged() -> None:
    assert status(judge(line("47562", "AS", place_of_service="21")), "modifier") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("98001", [("99203", ("95",), 1)]),
        ("98007", [("99215", ("95",), 1)]),
        ("98010", [("99204", ("93",), 1)]),
        ("98012", [("99212", ("93",), 1)]),
        ("98016", [("98016", (), 1)]),
        ("99253", [("99221", (), 1)]),
        ("99255", [("99223", (), 1)]),
    ],
)
def test_medicare_takes_neither_telehealth_codes_nor_consultations(
    code: str, expected: list[tuple[str, tuple[str, ...], int]]
) -> None:
    place = "21" if code.startswith("992") else "10"
    found = judge(line(code, place_of_service=place))
    assert instead(found) == expected
    other = judge(line(code, place_of_service=place), programme="commercial")
    assert status(other, "payer-codes") == []


def test_an_office_consultation_for_medicare_is_left_to_a_person() -> None:
    found = judge(line("99243"))
    assert status(found, "payer-codes") == ["deny"]
    assert found.hold == (1,)


def test_telehealth_codes_began_with_2025() -> None:
    early = date(2024, 12, 31)
    found = judge(line("98005", date=early, place_of_service="10"), programme="commercial")
    assert [each.message for each in of(found, "payer-codes")] == ["the code began with 2025"]


@pytest.mark.parametrize("part", ["71045", "94760", "36600", "94002", "43753"])
def test_parts_of_critical_care_are_not_reported_beside_it(part: str) -> None:
    found = judge(line("99291", place_of_service="21"), line(part, place_of_service="21"))
    assert status(found, "critical-care") == ["deny"]
    assert [each.code for each in found.report_instead] == ["99291"]
    apart = judge(line("99291", place_of_service="21"), line(part, "XE", place_of_service="21"))
    assert status(apart, "critical-care") == ["warn"]
    assert status(judge(line(part), line("99291"), facility=True), "critical-care") == []


def test_25_says_nothing_of_a_part_of_critical_care() -> None:
    tables = MemoryTables(pairs={("99291", "71046"): "1"})
    lines = (line("99291", place_of_service="21"), line("71046", "26", place_of_service="21"))
    found = judge(*lines, tables=tables)
    (verdict,) = of(found, "ncci-ptp")
    assert "25" not in verdict.modifiers
    assert instead(found) == [("99291", (), 1)]


def test_further_time_of_critical_care_needs_the_first() -> None:
    assert status(judge(line("99292", place_of_service="21")), "critical-care") == ["deny"]
    both = judge(line("99291", place_of_service="21"), line("99292", place_of_service="21"))
    assert status(both, "critical-care") == []


class TestOneInitialAdministration:
    def test_a_second_one_is_a_further_one(self) -> None:
        found = judge(line("96365"), line("96374"))
        assert status(found, "initial-administration") == ["needs_modifier"]
        assert [each.code for each in found.report_instead] == ["96365", "96375"]

    def test_a_site_of_its_own_says_so(self) -> None:
        found = judge(line("96365"), line("96365", "XS"))
        assert status(found, "initial-administration") == []
        documented = judge(line("96365"), line("96374", documented=("separate_structure",)))
        assert instead(documented)[1] == ("96374", ("XS",), 1)

    def test_two_units_are_one(self) -> None:
        assert instead(judge(line("96413", units=2))) == [("96413", (), 1)]


def test_units_discarded_count_and_are_never_cut_to_a_limit() -> None:
    tables = MemoryTables(limits={"J9312": (130, 3)})
    found = judge(line("J9312", units=100), line("J9312", "JW", units=40), tables=tables)
    (verdict,) = of(found, "ncci-mue")
    assert verdict.status == "deny"
    assert "units discarded count as well" in verdict.message
    assert [each.units for each in found.report_instead] == [100, 40]
    assert found.hold == (1, 2)
