"""Medically unlikely edits (NCCI Policy Manual I.V)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.edits.service_line import PastLine
from tests.unit.coding.edits.examples import (
    DAY,
    MemoryTables,
    instead,
    judge,
    line,
    of,
    status,
)

RULE = "ncci-mue"
LIMITS = MemoryTables(limits={"11720": (1, 2), "20610": (2, 3), "97110": (6, 1), "J1100": (0, 3)})


@pytest.mark.parametrize("mai", [1, 2, 3])
def test_all_units_are_denied_and_not_only_the_excess(mai: int) -> None:
    tables = MemoryTables(limits={"20610": (2, mai)})
    (verdict,) = of(judge(line("20610", units=3), tables=tables), RULE)
    assert verdict.status == "deny"
    assert "all 3 are denied" in verdict.message


def test_lines_of_the_day_are_summed_for_a_limit_of_a_day() -> None:
    found = judge(line("20610", "LT", units=2), line("20610", "RT"), tables=LIMITS)
    assert status(found, RULE) == ["deny"]
    assert of(found, RULE)[0].lines == (1, 2)


def test_a_limit_of_a_line_looks_at_each_line_by_itself() -> None:
    found = judge(line("97110", units=6), line("97110", "59", units=6), tables=LIMITS)
    assert status(found, RULE) == ["pass", "pass"]
    found = judge(line("97110", units=7), line("97110", "59", units=6), tables=LIMITS)
    assert status(found, RULE) == ["deny", "pass"]
    assert "59" in of(found, RULE)[0].modifiers


def test_no_modifier_splits_a_limit_of_a_day() -> None:
    found = judge(line("11720"), line("11720", "59"), tables=LIMITS)
    assert status(found, RULE) == ["deny"]
    assert "absolute" in of(found, RULE)[0].message
    assert of(found, RULE)[0].modifiers == ()


def test_units_of_another_encounter_of_the_day_count() -> None:
    past = PastLine("20610", DAY, units=2)
    found = judge(line("20610"), tables=LIMITS, history=(past,))
    assert status(found, RULE) == ["deny"]
    assert instead(found) == []


def test_another_provider_has_a_limit_of_its_own() -> None:
    found = judge(line("11720", provider_id="D1"), line("11720", provider_id="D2"), tables=LIMITS)
    assert status(found, RULE) == ["pass", "pass"]


def test_a_limit_of_zero_denies_a_single_unit() -> None:
    found = judge(line("J1100"), tables=LIMITS)
    assert status(found, RULE) == ["deny"]
    assert instead(found) == []


def test_what_medicare_covers_nothing_of_is_doubted_only_for_another_programme() -> None:
    assert status(judge(line("J1100"), tables=LIMITS, programme="commercial"), RULE) == ["warn"]


def test_a_code_without_a_limit_has_no_verdict_and_no_table_is_no_data() -> None:
    assert status(judge(line("99213"), tables=LIMITS), RULE) == []
    assert status(judge(line("99213")), RULE) == ["no_data"]


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.integers(0, 12),
    st.sampled_from([1, 2, 3]),
)
def test_what_is_reported_instead_is_within_the_limit(
    units: list[int], limit: int, mai: int
) -> None:
    tables = MemoryTables(limits={"20610": (limit, mai)})
    lines = [line("20610", "76", units=each) for each in units]
    found = judge(*lines, tables=tables)
    reported = [each.units for each in found.report_instead]
    assert all(each <= limit for each in reported)
    if mai != 1:
        assert sum(reported) <= limit
        assert ("deny" in status(found, RULE)) == (sum(units) > limit)
