"""Sides, components and status by the fee schedule's indicators."""

from typing import Any

import pytest

from tests.unit.coding.edits.examples import MemoryTables, instead, judge, line, of, status, stops


def fees(**indicators: Any) -> MemoryTables:
    return MemoryTables(fees={"20610": indicators, "93000": indicators, "71046": indicators})


@pytest.mark.parametrize("bilateral", ["0", "2", "9"])
def test_50_is_taken_off_where_it_does_not_apply(bilateral: str) -> None:
    found = judge(line("20610", "50"), tables=fees(bilateral=bilateral))
    assert status(found, "bilateral") == ["deny"]
    assert instead(found) == [("20610", (), 1)]


@pytest.mark.parametrize("bilateral", ["1", "3"])
def test_50_with_one_unit_passes(bilateral: str) -> None:
    found = judge(line("20610", "50"), tables=fees(bilateral=bilateral))
    assert status(found, "bilateral") == ["pass"]


@pytest.mark.parametrize(("modifiers", "units"), [(("50",), 2), (("50", "LT"), 1)])
def test_50_stands_with_one_unit_and_no_side(modifiers: tuple[str, ...], units: int) -> None:
    found = judge(line("20610", *modifiers, units=units), tables=fees(bilateral="1"))
    assert status(found, "bilateral") == ["deny"]
    assert instead(found) == [("20610", ("50",), 1)]


def test_both_sides_of_a_procedure_on_two_lines_become_one() -> None:
    found = judge(
        line("20610", "LT"),
        line("20610", "RT"),
        tables=fees(bilateral="1", global_days="000"),
    )
    assert status(found, "bilateral") == ["warn"]
    assert instead(found) == [("20610", ("50",), 1)]


def test_both_sides_of_an_image_may_stand_on_two_lines() -> None:
    found = judge(line("71046", "LT"), line("71046", "RT"), tables=fees(bilateral="3"))
    assert of(found, "bilateral") == []


def test_a_code_for_both_sides_is_not_reported_by_side() -> None:
    found = judge(line("71046", "LT"), line("71046", "RT"), tables=fees(bilateral="2"))
    assert status(found, "bilateral") == ["deny"]
    assert instead(found) == [("71046", (), 1)]


def test_lt_and_rt_on_one_line_are_50() -> None:
    found = judge(line("20610", "LT", "RT"), tables=fees(bilateral="1"))
    assert instead(found) == [("20610", ("50",), 1)]


@pytest.mark.parametrize("pc_tc", ["0", "2", "3", "4", "5", "7", "8", "9"])
@pytest.mark.parametrize("modifier", ["26", "TC"])
def test_components_are_taken_off_where_there_are_none(pc_tc: str, modifier: str) -> None:
    found = judge(line("20610", modifier), tables=fees(pc_tc=pc_tc))
    assert status(found, "component") == ["deny"]
    assert instead(found) == [("20610", (), 1)]


def test_the_component_of_a_whole_test_is_a_code_of_its_own() -> None:
    assert instead(judge(line("93000", "26"), tables=fees(pc_tc="4"))) == [("93010", (), 1)]
    assert instead(judge(line("93000", "TC"), tables=fees(pc_tc="4"))) == [("93005", (), 1)]
    in_hospital = judge(line("93000", place_of_service="23"), tables=fees(pc_tc="4"))
    assert instead(in_hospital) == [("93010", (), 1)]


def test_in_a_hospital_the_practitioner_reports_the_professional_component() -> None:
    tables = fees(pc_tc="1")
    bare = judge(line("71046", place_of_service="22"), tables=tables)
    assert status(bare, "component") == ["needs_modifier"]
    assert instead(bare) == [("71046", ("26",), 1)]
    technical = judge(line("71046", "TC", place_of_service="22"), tables=tables)
    assert status(technical, "component") == ["deny"]
    assert stops(judge(line("71046", "26", place_of_service="22"), tables=tables)) == []
    assert stops(judge(line("71046"), tables=tables)) == []


@pytest.mark.parametrize("pc_tc", ["3", "5"])
def test_what_the_facility_does_is_the_facilitys(pc_tc: str) -> None:
    found = judge(line("20610", place_of_service="21"), tables=fees(pc_tc=pc_tc))
    assert status(found, "component") == ["deny"]


def test_26_and_tc_together_are_the_whole_service() -> None:
    found = judge(line("71046", "26", "TC"), tables=fees(pc_tc="1"))
    assert instead(found) == [("71046", (), 1)]


@pytest.mark.parametrize(("code", "outcome"), [("I", "deny"), ("B", "deny"), ("N", "warn")])
def test_medicares_status_counts_for_medicare_only(code: str, outcome: str) -> None:
    assert status(judge(line("20610"), tables=fees(status=code)), "fee-status") == [outcome]
    commercial = judge(line("20610"), tables=fees(status=code), programme="commercial")
    assert of(commercial, "fee-status") == []
