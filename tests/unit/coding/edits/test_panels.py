"""Organ and disease panels (NCCI Policy Manual I.N, X.C)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.edits import panels
from tests.unit.coding.edits.examples import instead, judge, line, of, status

LIPIDS = ("82465", "83718", "84478")
BASIC = ("82310", "82374", "82435", "82565", "82947", "84132", "84295", "84520")


def test_all_tests_of_a_panel_are_reported_as_the_panel() -> None:
    found = judge(*map(line, LIPIDS))
    assert status(found, "panel") == ["deny"]
    assert of(found, "panel")[0].lines == (1, 2, 3)
    assert instead(found) == [("80061", (), 1)]


def test_a_panel_less_one_test_stays_as_it_is() -> None:
    found = judge(*map(line, LIPIDS[:2]))
    assert of(found, "panel") == []
    assert len(instead(found)) == 2


def test_the_largest_panel_wins_and_the_rest_stands_alone() -> None:
    found = judge(*map(line, (*BASIC, "82040", "84100", "83036")))
    assert instead(found) == [("83036", (), 1), ("80069", (), 1)]


def test_two_panels_that_make_up_a_larger_one_are_that_one() -> None:
    found = judge(line("80048"), line("80076"))
    assert sorted(instead(found)) == [("80053", (), 1), ("82248", (), 1)]


def test_a_component_beside_its_panel_is_denied() -> None:
    found = judge(line("80053"), line("82947"))
    assert status(found, "panel-component") == ["deny"]
    assert instead(found) == [("80053", (), 1)]


@pytest.mark.parametrize("modifier", ["91", "59", "XE"])
def test_a_test_that_was_repeated_stands_beside_its_panel(modifier: str) -> None:
    assert of(judge(line("80053"), line("82947", modifier)), "panel-component") == []


def test_a_panel_that_shares_tests_with_a_larger_one_leaves_the_others() -> None:
    found = judge(line("80053"), line("80069"))
    assert status(found, "panel-component") == ["deny"]
    assert sorted(instead(found)) == [("80053", (), 1), ("84100", (), 1)]


def test_a_waived_component_is_part_of_the_panel_too() -> None:
    assert status(judge(line("80061"), line("82465", "QW")), "panel-component") == ["deny"]


def test_tests_of_two_days_or_providers_make_no_panel() -> None:
    lines = [line(code, provider_id=f"D{number}") for number, code in enumerate(LIPIDS)]
    assert of(judge(*lines), "panel") == []


def test_the_general_health_panel_is_not_medicares() -> None:
    parts = [line(code) for code in ("80053", "84443", "85025")]
    assert of(judge(*parts, programme="medicare"), "panel") == []
    assert instead(judge(*parts, programme="commercial")) == [("80050", (), 1)]


@pytest.mark.parametrize("count", [("85025",), ("85027", "85004"), ("85027", "85009")])
def test_the_blood_count_of_a_prenatal_panel_may_be_done_in_three_ways(
    count: tuple[str, ...],
) -> None:
    prenatal = ("87340", "86762", "86592", "86850", "86900", "86901")
    found = judge(*map(line, (*prenatal, *count)), diagnoses=("Z34.01",), age=30)
    assert instead(found) == [("80055", (), 1)]


@given(st.sets(st.sampled_from(sorted(panels.TESTS))))
def test_nothing_done_is_lost_or_reported_twice(tests: set[str]) -> None:
    wanted, rest = panels.arranged(frozenset(tests))
    left = set(tests) - set(rest)
    for code in wanted:
        mine = panels.tests_of(code) & left
        assert mine
        left -= mine
    assert left == set()


@given(st.sets(st.sampled_from(sorted(panels.TESTS | panels.CODES)), max_size=8))
def test_what_is_reported_instead_needs_no_further_change(codes: set[str]) -> None:
    first = judge(*map(line, sorted(codes)), programme="commercial")
    again = judge(*first.report_instead, programme="commercial")
    assert of(again, "panel") == []
    assert of(again, "panel-component") == []
