"""Giving vaccines and drugs (NCCI Policy Manual XI.B)."""

import pytest

from tests.unit.coding.edits.examples import instead, judge, line, of, status, stops


def test_the_two_ranges_of_vaccine_administration_are_never_mixed() -> None:
    found = judge(line("90471"), line("90460"), line("90461"), age=10, diagnoses=("Z23",))
    assert set(status(found, "vaccine-administration-ranges")) == {"deny"}
    assert instead(found) == [("90471", (), 1), ("90472", (), 1)]


def test_counselled_codes_alone_take_the_other_range_where_nothing_began_it() -> None:
    found = judge(line("90460"), line("90474"), age=10, diagnoses=("Z23",))
    assert instead(found) == [("90471", (), 1), ("90474", (), 1)]


def test_one_range_passes() -> None:
    found = judge(line("90460"), line("90461"), line("90633"), age=10, diagnoses=("Z23",))
    assert stops(found) == []


@pytest.mark.parametrize(("age", "allowed"), [(18, True), (19, False)])
def test_counselled_administration_is_for_patients_through_18(age: int, *, allowed: bool) -> None:
    found = judge(line("90460"), line("90686"), age=age, diagnoses=("Z23",))
    assert (status(found, "age") != ["deny"]) == allowed
    if not allowed:
        assert ("90471", (), 1) in instead(found)


def test_an_injection_and_a_nasal_vaccine_have_one_initial_code() -> None:
    found = judge(line("90471"), line("90473"), diagnoses=("Z23",))
    assert status(found, "vaccine-administration-initial") == ["deny"]
    assert instead(found) == [("90471", (), 1), ("90474", (), 1)]


@pytest.mark.parametrize("given", ["90471", "90460", "G0008", "90480", "96372", "96413"])
@pytest.mark.parametrize("modifiers", [(), ("25",)])
def test_the_minimal_visit_never_stands_beside_giving_something(
    given: str, modifiers: tuple[str, ...]
) -> None:
    found = judge(line("99211", *modifiers), line(given), age=10)
    assert status(found, "minimal-visit-with-administration") == ["deny"]
    assert "99211" not in [each[0] for each in instead(found)]


def test_a_real_visit_beside_a_vaccine_or_drug_carries_25() -> None:
    found = judge(line("99213"), line("96372"))
    assert status(found, "modifier-25") == ["needs_modifier"]
    assert ("99213", ("25",), 1) in instead(found)
    assert stops(judge(line("99213", "25"), line("96372"))) == []


@pytest.mark.parametrize("place", ["19", "21", "22", "23", "24"])
def test_a_practitioner_does_not_report_giving_drugs_in_a_facility(place: str) -> None:
    found = judge(line("96365", place_of_service=place))
    assert status(found, "administration-in-facility") == ["deny"]
    assert instead(found) == []


def test_in_the_practice_and_by_the_facility_itself_it_is_reported() -> None:
    assert of(judge(line("96365")), "administration-in-facility") == []
    hospital = judge(line("96365", place_of_service="22"), facility=True)
    assert of(hospital, "administration-in-facility") == []


def test_vaccines_may_be_given_in_a_facility() -> None:
    assert of(judge(line("90471", place_of_service="22")), "administration-in-facility") == []


def test_a_vaccine_without_product_or_reason_is_doubted() -> None:
    found = judge(line("90471"), diagnoses=("E11.9",))
    assert status(found, "vaccine-product") == ["warn"]
    assert status(found, "vaccine-diagnosis") == ["warn"]
    whole = judge(line("90471"), line("90686"), diagnoses=("Z23",))
    assert of(whole, "vaccine-product") == of(whole, "vaccine-diagnosis") == []


def test_a_vaccine_that_nobody_is_said_to_have_given_is_told() -> None:
    assert status(judge(line("90715"), diagnoses=("Z23",)), "vaccine-administration") == ["warn"]
    given = judge(line("90471"), line("90715"), diagnoses=("Z23",))
    assert status(given, "vaccine-administration") == []
    hospital = judge(line("90715", place_of_service="22"), diagnoses=("Z23",))
    assert status(hospital, "vaccine-administration") == []
