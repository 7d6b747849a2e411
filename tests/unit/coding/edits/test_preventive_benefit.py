"""More than one rule says how many preventive visits a plan has."""

from datetime import date, timedelta

import pytest

from services.coding.domain.edits.service_line import PastLine
from tests.unit.coding.edits.examples import DAY, judge, line, of


def statuses(
    code: str,
    *before: tuple[date, tuple[str, ...]],
    diagnoses: tuple[str, ...] = ("Z00.00",),
    age_days: int = 40 * 365,
    by_calendar_year: bool = False,
) -> list[str]:
    history = tuple(PastLine("99396", day, "", given) for day, given in before)
    found = judge(
        line(code),
        diagnoses=diagnoses,
        history=history,
        programme="commercial",
        age=age_days // 365,
        age_days=age_days,
        by_calendar_year=by_calendar_year,
    )
    return [each.status for each in of(found, "frequency")]


def test_one_a_year_is_counted_by_twelve_months_or_by_calendar_year() -> None:
    autumn = (date(DAY.year - 1, 11, 3), ())
    assert statuses("99396", autumn) == ["warn"]
    assert statuses("99396", autumn, by_calendar_year=True) == ["pass"]
    assert statuses("99396", (DAY - timedelta(days=20), ()), by_calendar_year=True) == ["warn"]


def test_a_womans_visit_stands_beside_the_general_one() -> None:
    general, own = ("Z00.00",), ("Z01.419",)
    lately = DAY - timedelta(days=60)
    assert statuses("99396", (lately, general), diagnoses=own) == ["pass"]
    assert statuses("99396", (lately, own), diagnoses=own) == ["warn"]
    assert statuses("99396", (lately, own), diagnoses=general) == ["pass"]
    assert statuses("99396", (lately, ()), diagnoses=own) == ["warn"]


@pytest.mark.parametrize(
    ("age_days", "before", "expected"),
    [
        (200, (195, 170, 140, 80, 10), "pass"),
        (300, (296, 290, 270, 240, 180, 120, 60), "warn"),
        (400, (300, 200, 100), "pass"),
        (550, (30, 90, 180), "warn"),
        (800, (60,), "pass"),
        (3 * 365 + 40, (200,), "warn"),
    ],
)
def test_small_children_have_a_schedule(
    age_days: int, before: tuple[int, ...], expected: str
) -> None:
    past = [(DAY - timedelta(days=each), ("Z00.129",)) for each in before]
    assert statuses("99392", *past, diagnoses=("Z00.129",), age_days=age_days) == [expected]


def test_original_medicare_excludes_routine_physicals_and_wellness_it_has() -> None:
    assert [each.status for each in of(judge(line("99397")), "payer-codes")] == ["warn"]
    assert not of(judge(line("99397", "GY")), "payer-codes")
    assert not of(judge(line("G0439")), "payer-codes")
    assert not of(judge(line("99397"), programme="medicare_advantage"), "payer-codes")
