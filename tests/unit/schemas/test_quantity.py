"""Quantities that are not money: decimal strings, never floats."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.encounter import DrugAdministration

PARTS = {"item_id": "drug-1", "description": "a drug", "dose_unit": "mg", "route": "oral"}


def read(dose: Any) -> DrugAdministration:
    return DrugAdministration.model_validate_json(json.dumps({**PARTS, "dose": dose}))


@pytest.mark.parametrize(
    "dose", [0.5, 5, True, None, "0", "0.0", "-1", "1e3", "", "1.23456", "123456789", "NaN", " 1"]
)
def test_a_dose_that_is_no_plain_positive_decimal_string_is_refused(dose: object) -> None:
    with pytest.raises(ValidationError):
        read(dose)


def test_code_may_not_give_a_float_either() -> None:
    with pytest.raises(ValidationError):
        DrugAdministration.model_validate({**PARTS, "dose": 0.5})


@given(st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("99999999.9999"), places=4))
def test_a_dose_is_read_back_exactly_as_it_was_written(dose: Decimal) -> None:
    given_dose = DrugAdministration.model_validate({**PARTS, "dose": dose})
    assert DrugAdministration.model_validate_json(given_dose.model_dump_json()).dose == dose


def test_an_exponent_is_written_out() -> None:
    drug = DrugAdministration.model_validate({**PARTS, "dose": Decimal("1E+2")})
    assert '"dose":"100"' in drug.model_dump_json()
