"""Codes in force, units, pointers, and lines that are there twice."""

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


def test_a_line_without_a_pointer_is_denied_and_one_that_does_not_say_is_doubted() -> None:
    assert status(judge(line("99213", pointers=())), "missing-pointer") == ["deny"]
    assert status(judge(line("99213", pointers=None)), "missing-pointer") == ["warn"]
    assert judge(line("99213", pointers=())).report_instead[0].pointers == (1,)


def test_with_two_diagnoses_nobody_guesses_the_pointer() -> None:
    found = judge(line("99213", pointers=()), diagnoses=("E11.9", "I10"))
    assert found.report_instead[0].pointers == ()
    assert found.hold == (1,)


def test_a_line_takes_four_pointers() -> None:
    codes = ("E11.9", "I10", "J20.9", "M10.9", "E78.5")
    found = judge(line("99213", pointers=(1, 2, 3, 4, 5)), diagnoses=codes)
    assert status(found, "too-many-pointers") == ["deny"]
    assert found.report_instead[0].pointers == (1, 2, 3, 4)


@pytest.mark.parametrize("pointers", [(0,), (2,), (1, 1), (99,)])
def test_a_pointer_names_a_diagnosis_once(pointers: tuple[int, ...]) -> None:
    assert status(judge(line("99213", pointers=pointers)), "pointer-unusable") == ["deny"]


def test_a_claim_takes_twelve_diagnoses() -> None:
    codes = tuple(f"M25.5{number}" for number in (11, 12, 21, 22, 31, 32, 41, 42, 51, 52, 61, 62))
    assert of(judge(line("99213"), diagnoses=codes), "too-many-diagnoses") == []
    found = judge(line("99213"), diagnoses=(*codes, "I10"))
    assert status(found, "too-many-diagnoses") == ["deny"]
    assert of(found, "too-many-diagnoses")[0].codes == ("I10",)


def test_the_same_visit_twice_is_denied() -> None:
    found = judge(line("99213"), line("99213"))
    assert status(found, "duplicate") == ["deny"]
    assert instead(found) == [("99213", (), 1)]


@pytest.mark.parametrize(("code", "modifier"), [("20610", "76"), ("83036", "91")])
def test_the_same_service_twice_says_that_it_was_repeated(code: str, modifier: str) -> None:
    found = judge(line(code), line(code))
    assert status(found, "duplicate") == ["needs_modifier"]
    assert of(found, "duplicate")[0].modifiers[0] == modifier
    assert instead(found) == [(code, (), 1)]
    assert of(judge(line(code), line(code, modifier)), "duplicate") == []
    recorded = judge(line(code), line(code, documented=("repeat",)))
    assert instead(recorded) == [(code, (), 1), (code, (modifier,), 1)]


@pytest.mark.parametrize(
    ("one", "other"), [(("LT",), ("RT",)), (("26",), ("TC",)), ((), ("59",)), (("JZ",), ("JW",))]
)
def test_lines_that_differ_in_site_or_part_are_not_the_same(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert of(judge(line("20610", *one), line("20610", *other)), "duplicate") == []


@pytest.mark.parametrize("modifiers", [("LT",), ("59",), ()])
def test_lines_that_carry_the_same_are_the_same(modifiers: tuple[str, ...]) -> None:
    found = judge(line("20610", *modifiers), line("20610", *modifiers))
    assert status(found, "duplicate") == ["needs_modifier"]


def test_another_encounter_of_the_day_may_have_the_line_already() -> None:
    found = judge(line("83036"), history=(PastLine("83036", DAY),))
    assert status(found, "duplicate") == ["needs_modifier"]
    assert instead(found) == []


def test_units_of_one_drug_belong_on_one_line() -> None:
    found = judge(line("J1885", units=2), line("J1885", units=1))
    assert status(found, "duplicate") == ["warn"]
    assert instead(found) == [("J1885", (), 3)]


def test_codes_that_ended_or_do_not_exist_are_denied() -> None:
    assert status(judge(line("J1030")), "inactive-code") == ["deny"]
    assert status(judge(line("X")), "unknown-code") == ["deny"]
    assert status(judge(line("12")), "unknown-code") == ["deny"]


def test_a_code_missing_in_a_release_that_only_stands_in_is_doubted() -> None:
    found = judge(line("Q9999"))
    assert status(found, "unknown-code") == ["warn"]
    assert "stands in" in of(found, "unknown-code")[0].message


def test_a_code_that_no_list_has_is_no_data_and_not_a_pass() -> None:
    found = judge(line("27447"))
    assert status(found, "unknown-code") == ["no_data"]
    known = judge(line("27447"), tables=MemoryTables(fees={"27447": {}}))
    assert of(known, "unknown-code") == []


def test_a_code_missing_in_the_fee_schedule_of_the_day_is_denied() -> None:
    tables = MemoryTables(fees={"27447": {}})
    assert status(judge(line("27999"), tables=tables), "unknown-code") == ["deny"]
    proprietary = judge(line("0001U"), tables=tables)
    assert status(proprietary, "unknown-code") == ["no_data"]


@pytest.mark.parametrize(
    ("code", "on", "instead_code"),
    [("99201", date(2021, 1, 1), "99202"), ("99241", date(2023, 1, 1), "99242")],
)
def test_visit_codes_that_ended_name_what_took_their_place(
    code: str, on: date, instead_code: str
) -> None:
    found = judge(line(code, date=on))
    assert status(found, "inactive-code") == ["deny"]
    assert instead(found) == [(instead_code, (), 1)]
    last = judge(line(code, date=on.replace(year=on.year - 1)))
    assert of(last, "inactive-code") == []


def test_dental_codes_are_in_no_list_and_no_pass() -> None:
    assert status(judge(line("D0120")), "unknown-code") == ["no_data"]


def test_a_line_takes_four_modifiers() -> None:
    carried = ("LT", "F1", "59", "76", "GA")
    assert status(judge(line("20610", *carried)), "too-many-modifiers") == ["deny"]
    assert of(judge(line("20610", *carried[:4])), "too-many-modifiers") == []


def test_no_units_are_denied() -> None:
    assert status(judge(line("99213", units=0)), "units") == ["deny"]


def test_a_clean_claim_has_nothing_to_stop_it() -> None:
    assert stops(judge(line("99213"), line("36415"), line("83036"))) == []


def test_lines_of_two_days_are_looked_up_on_their_own() -> None:
    tables = MemoryTables(pairs={}, begins=DAY)
    found = judge(
        line("99213", date=date(2026, 3, 1)),
        line("36415", date=date(2026, 3, 1)),
        line("99213"),
        line("36415"),
        tables=tables,
    )
    assert status(found, "ncci-ptp") == ["no_data", "pass"]
