"""Services that are covered only so often, against what was reported before."""

from datetime import date

import pytest

from services.coding.domain.edits.service_line import PastLine, ServiceLine
from tests.unit.coding.edits.examples import DAY, judge, line, status


def statuses(
    code: str,
    *before: tuple[str, date],
    diagnoses: tuple[str, ...] = ("Z00.00",),
    programme: str = "medicare",
    on: date = DAY,
    modifiers: tuple[str, ...] = (),
) -> list[str]:
    history = tuple(PastLine(each, day) for each, day in before)
    line = ServiceLine(code, on, modifiers, pointers=(1,))
    found = judge(line, diagnoses=diagnoses, history=history, programme=programme)
    return [each.status for each in found.found if each.rule == "frequency"]


@pytest.mark.parametrize(
    ("code", "last", "day", "status"),
    [
        ("G0439", date(2025, 3, 31), date(2026, 2, 28), "deny"),
        ("G0439", date(2025, 3, 31), date(2026, 3, 1), "pass"),
        ("G0101", date(2024, 4, 1), date(2026, 3, 31), "deny"),
        ("G0101", date(2024, 3, 31), date(2026, 3, 1), "pass"),
        ("G0402", date(2003, 1, 1), date(2026, 3, 1), "deny"),
        ("G0121", date(2016, 4, 1), date(2026, 3, 1), "deny"),
        ("G0121", date(2016, 3, 1), date(2026, 3, 1), "pass"),
        ("83036", date(2026, 1, 5), date(2026, 3, 1), "warn"),
        ("76706", date(2010, 1, 5), date(2026, 3, 1), "deny"),
        ("71271", date(2025, 3, 31), date(2026, 3, 1), "pass"),
        ("71271", date(2025, 4, 1), date(2026, 3, 31), "deny"),
        ("81528", date(2023, 4, 1), date(2026, 3, 31), "deny"),
        ("99496", date(2026, 2, 1), date(2026, 3, 1), "deny"),
        ("99496", date(2026, 1, 30), date(2026, 3, 1), "pass"),
    ],
)
def test_full_months_must_have_passed_since_the_last(
    code: str, last: date, day: date, status: str
) -> None:
    assert statuses(code, (code, last), on=day) == [status]


def test_nothing_known_of_earlier_services_is_no_data_and_never_a_pass() -> None:
    unknown = judge(line("G0439"), history_known=False)
    assert status(unknown, "frequency") == ["no_data"]
    assert statuses("G0439") == ["pass"]


def test_high_risk_shortens_the_time() -> None:
    last = ("G0101", date(2025, 1, 10))
    assert statuses("G0101", last, on=date(2026, 3, 1)) == ["deny"]
    assert statuses("G0101", last, diagnoses=("Z77.9",), on=date(2026, 3, 1)) == ["pass"]


def test_a_lipid_panel_is_limited_as_a_screening_only() -> None:
    last = ("80061", date(2025, 1, 10))
    assert statuses("80061", last, diagnoses=("Z13.6",)) == ["deny"]
    assert statuses("80061", last, diagnoses=("E78.5",)) == []


def test_a_second_first_wellness_visit_is_a_later_one() -> None:
    history = (PastLine("G0438", date(2024, 1, 1)),)
    found = judge(ServiceLine("G0438", DAY, pointers=(1,)), history=history)
    assert [line.code for line in found.report_instead] == ["G0439"]


def test_counselling_counts_its_sessions() -> None:
    sessions = [("99406", date(2026, 1, day)) for day in range(1, 9)]
    assert statuses("99407", *sessions[:7]) == ["pass"]
    assert statuses("99407", *sessions) == ["deny"]


def test_diabetes_is_screened_for_twice_a_year() -> None:
    once, twice = ("82947", date(2025, 5, 1)), ("82950", date(2025, 11, 1))
    assert statuses("82947", once, diagnoses=("Z13.1",)) == ["pass"]
    assert statuses("82947", once, twice, diagnoses=("Z13.1",)) == ["deny"]
    assert statuses("82947", once, twice, diagnoses=("E11.9",)) == []


def test_medicares_limits_bind_no_other_programme() -> None:
    assert statuses("G0444", ("G0444", DAY), programme="commercial") == []


def test_a_liability_modifier_says_who_pays() -> None:
    assert statuses("G0444", ("G0444", date(2026, 1, 2)), modifiers=("GA",)) == ["warn"]
