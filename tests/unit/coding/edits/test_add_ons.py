"""Add-on codes (NCCI Policy Manual I.R, I.W)."""

import pytest

from services.coding.domain.edits.service_line import PastLine
from tests.unit.coding.edits.examples import DAY, MemoryTables, instead, judge, line, of, status

RULE = "ncci-addon"
TABLES = MemoryTables(
    add_ons={
        "11103": (1, ("11102", "11104")),
        "99292": (1, ("99291",)),
        "0054T": (2, ()),
        "96160": (3, ("99292",)),
    },
    pairs={("11400", "11102"): "0"},
)


def test_an_add_on_beside_its_primary_passes() -> None:
    found = judge(line("11102"), line("11103"), tables=TABLES)
    assert status(found, RULE) == ["pass"]
    assert of(found, RULE)[0].release.startswith("2026Q1")


@pytest.mark.parametrize(
    "others", [[], [line("99213")], [line("11102", provider_id="D2")]], ids=["none", "other", "D2"]
)
def test_a_closed_list_denies_without_a_primary_of_the_provider_and_day(
    others: list[object],
) -> None:
    found = judge(line("11103", provider_id="D1"), *others, tables=TABLES)  # type: ignore[arg-type]
    assert status(found, RULE) == ["deny"]
    assert "11103" not in [each[0] for each in instead(found)]


def test_the_primary_may_be_of_another_encounter_of_the_day() -> None:
    found = judge(line("11103"), tables=TABLES, history=(PastLine("11102", DAY),))
    assert status(found, RULE) == ["pass"]


def test_an_add_on_falls_with_its_primary() -> None:
    found = judge(line("11400"), line("11102"), line("11103"), tables=TABLES)
    assert status(found, RULE) == ["deny"]
    assert [each[0] for each in instead(found)] == ["11400"]


@pytest.mark.parametrize("code", ["0054T", "96160"])
def test_an_open_list_asks_for_some_primary_service(code: str) -> None:
    assert status(judge(line(code), tables=TABLES), RULE) == ["deny"]
    assert status(judge(line(code), line("99213"), tables=TABLES), RULE) == ["warn"]
    assert status(judge(line(code), line("0054T"), tables=TABLES), RULE)[0] != "pass"


def test_a_second_physician_of_the_group_may_go_on_with_critical_care() -> None:
    found = judge(line("99291", provider_id="D1"), line("99292", provider_id="D2"), tables=TABLES)
    assert status(found, RULE) == ["warn"]


def test_without_the_table_it_is_no_data() -> None:
    assert status(judge(line("11103")), RULE) == ["no_data"]
