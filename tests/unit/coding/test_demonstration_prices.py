"""What the demonstration codes, the demonstration prices: no claim waits for a price."""

import inspect
import re
import tomllib
from importlib.resources import files
from types import ModuleType

import pytest

from services.billing.rule_files import read_rules
from services.coding.domain.edits import panels
from services.coding.domain.procedures import drug_administration, drug_names

CHARGES = read_rules().charges
DOCUMENT = tomllib.loads(
    files("services.coding").joinpath("codesets", "data", "procedures.toml").read_text("utf-8")
)
_LEVEL_2 = re.compile(r'"([AEJLQ][0-9]{4})"')
_LEVEL_1 = re.compile(r'"([0-9]{5})"')
_CODES_IN_A_ROW = ("code", "professional", "technical", "both", "older")


def unpriced(codes: set[str]) -> list[str]:
    """Those without a price, in order."""
    return sorted(code for code in codes if not CHARGES.unit_price_cents("ANY", code))


def test_a_code_that_nobody_priced_is_told_from_one_with_a_price() -> None:
    assert unpriced({"99213", "00000"}) == ["00000"]


def test_every_visit_has_a_price() -> None:
    assert unpriced({code for codes in DOCUMENT["visits"].values() for code in codes}) == []


def test_every_procedure_of_the_set_has_a_price_and_so_have_its_parts() -> None:
    rows = DOCUMENT["procedure"]
    assert len(rows) > 400
    assert unpriced({row[name] for row in rows for name in _CODES_IN_A_ROW if row.get(name)}) == []


def test_every_drug_that_is_found_by_its_name_has_a_price() -> None:
    named = set(_LEVEL_2.findall(inspect.getsource(drug_names)))
    assert {"J0696", "J7050"} <= named
    assert unpriced(named) == []


@pytest.mark.parametrize("module", [drug_administration, panels])
def test_every_administration_and_every_test_of_a_panel_has_a_price(module: ModuleType) -> None:
    codes = set(_LEVEL_1.findall(inspect.getsource(module)))
    assert codes
    assert unpriced(codes) == []
