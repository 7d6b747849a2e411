"""Age and sex of procedures and diagnoses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.edits.patient_limits import preventive_code
from tests.unit.coding.edits.examples import instead, judge, line, of, status


@pytest.mark.parametrize(
    ("code", "age", "right"),
    [("99396", 30, "99395"), ("99381", 5, "99383"), ("99387", 64, "99386"), ("99391", 1, "99392")],
)
def test_a_preventive_visit_is_that_of_the_age(code: str, age: int, right: str) -> None:
    found = judge(line(code), age=age)
    assert status(found, "age") == ["deny"]
    assert instead(found) == [(right, (), 1)]
    assert "deny" not in status(judge(line(right), age=age), "age")


@given(st.sampled_from(["9938", "9939"]), st.integers(0, 120))
def test_every_age_has_one_preventive_visit(group: str, age: int) -> None:
    right = preventive_code(f"{group}1", age)
    fitting = [
        f"{group}{number}"
        for number in range(1, 8)
        if "deny" not in status(judge(line(f"{group}{number}"), age=age), "age")
    ]
    assert fitting == [right]


@pytest.mark.parametrize(
    ("code", "sex"),
    [("59400", "M"), ("58150", "M"), ("55700", "F"), ("G0101", "M"), ("54150", "F")],
)
def test_a_procedure_of_the_other_sex_is_denied_unless_the_record_supports_it(
    code: str, sex: Any
) -> None:
    assert status(judge(line(code), sex=sex, age=0), "sex") == ["deny"]
    assert status(judge(line(code, "KX"), sex=sex, age=0), "sex") == ["pass"]


def test_a_line_that_only_a_person_can_settle_is_held() -> None:
    assert judge(line("59400"), sex="M").hold == (1,)


@pytest.mark.parametrize(
    ("code", "context", "outcome"),
    [
        ("Z38.00", {"age": 1}, "deny"),
        ("Z38.00", {"age": 0}, "pass"),
        ("P07.30", {"age": 3}, "warn"),
        ("Z00.110", {"age": 0, "age_days": 7}, "pass"),
        ("Z00.110", {"age": 0, "age_days": 8}, "deny"),
        ("Z00.111", {"age": 0, "age_days": 28}, "pass"),
        ("Z00.129", {"age": 0, "age_days": 28}, "deny"),
        ("Z00.129", {"age": 0, "age_days": 29}, "pass"),
        ("Z00.129", {"age": 18}, "deny"),
        ("Z00.00", {"age": 14}, "deny"),
        ("Z68.25", {"age": 12}, "deny"),
        ("Z68.52", {"age": 12}, "pass"),
        ("Z34.01", {"age": 70}, "deny"),
        ("O80", {"age": 30}, "pass"),
    ],
)
def test_diagnoses_of_an_age(code: str, context: dict[str, Any], outcome: str) -> None:
    assert status(judge(line("99213"), diagnoses=(code,), **context), "age") == [outcome]


@pytest.mark.parametrize(
    ("code", "sex"),
    [("O80", "M"), ("N80.00", "M"), ("C61", "F"), ("N40.0", "F"), ("Z12.4", "M"), ("E28.2", "M")],
)
def test_diagnoses_of_the_other_sex(code: str, sex: Any) -> None:
    found = judge(line("99213"), diagnoses=(code,), sex=sex, age=30)
    assert status(found, "sex") == ["deny"]
    assert of(found, "sex")[0].lines == (1,)


def test_breast_cancer_and_family_history_have_no_sex() -> None:
    found = judge(line("99213"), diagnoses=("C50.921", "Z80.42"), sex="M")
    assert of(found, "sex") == []


def test_an_unknown_age_or_sex_is_no_data() -> None:
    found = judge(line("99396"), diagnoses=("O80",), age=None, sex="U")
    assert set(status(found, "age")) == {"no_data"}
    assert status(found, "sex") == ["no_data"]


@pytest.mark.parametrize(
    ("code", "days", "right"), [("54160", 40, "54161"), ("54161", 10, "54160")]
)
def test_ages_in_days_choose_the_code(code: str, days: int, right: str) -> None:
    found = judge(line(code), age=0, age_days=days, sex="M")
    assert instead(found) == [(right, (), 1)]


@pytest.mark.parametrize(("code", "age", "right"), [("90633", 30, "90632"), ("42820", 12, "42821")])
def test_ages_in_years_choose_the_code(code: str, age: int, right: str) -> None:
    assert instead(judge(line(code), age=age)) == [(right, (), 1)]
