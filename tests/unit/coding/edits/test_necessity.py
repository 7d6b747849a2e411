"""Medical necessity: coverage determinations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.edits.necessity import listed
from tests.unit.coding.edits.examples import (
    MemoryTables,
    instead,
    judge,
    line,
    of,
    policy,
    status,
)

RULE = "medical-necessity"
TABLES = MemoryTables(covered=(policy("83036", "E08-E13", "R7303"),))


def found(*lines: Any, **fields: Any) -> Any:
    return judge(*lines, tables=TABLES, jurisdiction="J15", **fields)


def test_a_line_is_covered_by_a_diagnosis_it_points_to() -> None:
    verdicts = found(line("83036"), diagnoses=("E11.9",))
    assert status(verdicts, RULE) == ["pass"]
    assert "L1" in of(verdicts, RULE)[0].looked_up


def test_a_covered_diagnosis_that_it_does_not_point_to_is_offered() -> None:
    verdicts = found(line("83036"), diagnoses=("J20.9", "E11.9"))
    assert status(verdicts, RULE) == ["deny"]
    assert verdicts.report_instead[0].pointers == (2, 1)


@pytest.mark.parametrize(
    ("abn", "modifiers", "verdict"),
    [(True, ("GA",), "needs_modifier"), (False, ("GZ",), "deny"), (None, (), "deny")],
)
def test_what_is_not_covered_carries_ga_or_gz_or_is_held(
    *, abn: bool | None, modifiers: tuple[str, ...], verdict: str
) -> None:
    verdicts = found(line("83036"), diagnoses=("J20.9",), abn=abn)
    assert status(verdicts, RULE) == [verdict]
    assert instead(verdicts) == [("83036", modifiers, 1)]
    assert verdicts.hold == ((1,) if abn is None else ())


def test_a_line_that_says_who_is_liable_is_doubted_only() -> None:
    assert status(found(line("83036", "GA"), diagnoses=("J20.9",)), RULE) == ["warn"]


def test_a_code_without_a_determination_has_no_verdict() -> None:
    assert status(found(line("99213")), RULE) == []


def test_other_programmes_are_not_bound() -> None:
    assert status(found(line("83036"), diagnoses=("J20.9",), programme="commercial"), RULE) == []


def test_an_unknown_jurisdiction_is_no_data_for_local_determinations() -> None:
    verdicts = judge(line("99213"), tables=TABLES)
    assert status(verdicts, RULE) == ["no_data"]


def test_a_list_of_what_is_not_covered_wins() -> None:
    tables = MemoryTables(covered=(policy("83036", not_covered=("Z0000",)),))
    verdicts = judge(line("83036"), tables=tables, jurisdiction="J15", diagnoses=("Z00.00",))
    assert status(verdicts, RULE) == ["deny"]
    other = judge(line("83036"), tables=tables, jurisdiction="J15", diagnoses=("E11.9",))
    assert status(other, RULE) == ["pass"]


@pytest.mark.parametrize(
    ("code", "entries", "wanted"),
    [
        ("E119", ("E119",), True),
        ("E119", ("E11",), True),
        ("E11", ("E119",), False),
        ("I159", ("I10-I15",), True),
        ("I169", ("I10-I15",), False),
        ("I10", ("I10-I15",), True),
        ("E1165", ("E1164-E1169",), True),
        ("E119", (), False),
    ],
)
def test_codes_and_ranges_of_a_list(code: str, entries: tuple[str, ...], *, wanted: bool) -> None:
    assert listed(code, entries) == wanted


@given(st.from_regex(r"[A-Z][0-9]{2}[0-9]{0,4}", fullmatch=True))
def test_a_code_is_on_a_list_of_itself_or_its_category(code: str) -> None:
    assert listed(code, (code,))
    assert listed(code, (code[:3],))
    assert listed(code, (f"{code[:3]}-{code[:3]}",))
