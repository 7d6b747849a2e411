"""Procedure-to-procedure edits (NCCI Policy Manual I.E)."""

from datetime import date
from typing import Any

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

RULE = "ncci-ptp"
SURGERY = MemoryTables(pairs={("29881", "20610"): "1", ("29881", "29870"): "0"})
VISIT = MemoryTables(pairs={("20610", "99213"): "1"})


@pytest.mark.parametrize("modifier", ["59", "XS", "LT", "25", "91", "76", "22"])
def test_no_modifier_opens_indicator_zero(modifier: str) -> None:
    found = judge(line("29881"), line("29870", modifier), tables=SURGERY)
    assert status(found, RULE) == ["deny"]
    assert of(found, RULE)[0].codes == ("29881", "29870")
    assert [each[0] for each in instead(found)] == ["29881"]


@pytest.mark.parametrize(
    ("column1", "column2"),
    [
        ((), ()),
        (("76",), ()),
        ((), ("77",)),
        (("22",), ()),
        (("LT",), ("LT",)),
        (("50",), ("LT",)),
        (("LT",), ("F1",)),
        ((), ("25",)),
        ((), ("91",)),
    ],
)
def test_these_modifiers_leave_indicator_one_shut(
    column1: tuple[str, ...], column2: tuple[str, ...]
) -> None:
    found = judge(line("29881", *column1), line("20610", *column2), tables=SURGERY)
    assert status(found, RULE) == ["needs_modifier"]
    assert of(found, RULE)[0].lines == (1, 2)


@pytest.mark.parametrize(
    ("column1", "column2"),
    [
        (("LT",), ("RT",)),
        (("RT",), ()),
        ((), ("LT",)),
        ((), ("59",)),
        (("XE",), ()),
        ((), ("XU",)),
        (("58",), ()),
        ((), ("78",)),
        ((), ("79",)),
        (("FA",), ("F5",)),
        (("LC",), ("RC",)),
    ],
)
def test_these_modifiers_open_indicator_one_on_either_column(
    column1: tuple[str, ...], column2: tuple[str, ...]
) -> None:
    found = judge(line("29881", *column1), line("20610", *column2), tables=SURGERY)
    assert status(found, RULE) == ["pass"]
    assert "record" in of(found, RULE)[0].message


def test_without_a_documented_reason_the_second_code_is_left_out() -> None:
    found = judge(line("29881"), line("20610"), tables=SURGERY)
    assert [each[0] for each in instead(found)] == ["29881"]


def test_a_documented_reason_gives_its_modifier() -> None:
    apart = line("20610", documented=("separate_structure",))
    found = judge(line("29881"), apart, tables=SURGERY)
    assert instead(found) == [("29881", (), 1), ("20610", ("XS",), 1)]


@pytest.mark.parametrize("modifier", ["59", "XE", "LT", "91", "58"])
def test_a_visit_is_not_opened_by_modifiers_of_procedures(modifier: str) -> None:
    found = judge(line("20610", modifier), line("99213"), tables=VISIT)
    assert status(found, RULE) == ["needs_modifier"]
    assert of(found, RULE)[0].modifiers == ("25",)
    assert ("99213", ("25",), 1) in instead(found)


@pytest.mark.parametrize("modifier", ["25", "57", "24"])
def test_a_visit_is_opened_by_its_own_modifiers(modifier: str) -> None:
    assert status(judge(line("20610"), line("99213", modifier), tables=VISIT), RULE) == ["pass"]


def test_indicator_nine_is_not_in_force() -> None:
    tables = MemoryTables(pairs={("29881", "20610"): "9"})
    found = judge(line("29881"), line("20610"), tables=tables)
    assert (status(found, RULE), stops(found)) == (["pass"], [])


def test_laboratory_repeats_open_with_91() -> None:
    tables = MemoryTables(pairs={("80053", "82947"): "1"})
    found = judge(line("80053"), line("82947", "91"), tables=tables)
    assert status(found, RULE) == ["pass"]


@pytest.mark.parametrize(
    "other",
    [{"provider_id": "D2"}, {"provider_id": "D1", "date": date(2026, 3, 3)}],
    ids=["provider", "day"],
)
def test_another_provider_or_day_is_no_pair(other: dict[str, Any]) -> None:
    first = line("29881", provider_id="D1")
    assert stops(judge(first, line("29870", **other), tables=SURGERY)) == []
    assert stops(judge(first, line("29870", provider_id="D1"), tables=SURGERY)) != []


def test_a_line_of_another_encounter_of_the_day_counts() -> None:
    past = PastLine("29881", DAY)
    found = judge(line("29870"), tables=SURGERY, history=(past,))
    assert status(found, RULE) == ["deny"]
    assert instead(found) == []


def test_what_was_reported_elsewhere_is_corrected_there() -> None:
    found = judge(line("29881"), tables=SURGERY, history=(PastLine("29870", DAY),))
    assert status(found, RULE) == ["deny"]
    assert "correct it there" in of(found, RULE)[0].message
    assert instead(found) == [("29881", (), 1)]


def test_a_code_denied_by_a_denied_code_stays() -> None:
    chain = MemoryTables(pairs={("29881", "29870"): "0", ("29870", "20610"): "0"})
    found = judge(line("29881"), line("29870"), line("20610"), tables=chain)
    assert status(found, RULE).count("deny") == 2
    assert [each[0] for each in instead(found)] == ["29881", "20610"]


def test_pairs_without_an_edit_pass_with_the_release_looked_at() -> None:
    found = judge(line("29881"), line("73562"), tables=SURGERY)
    (verdict,) = of(found, RULE)
    assert (verdict.status, verdict.lines) == ("pass", (1, 2))
    assert verdict.looked_up == "29881+73562"
    assert verdict.release == "2026Q1"


def test_a_date_without_a_release_is_no_data_and_names_what_there_is() -> None:
    old = date(2024, 8, 1)
    found = judge(line("29881", date=old), line("29870", date=old), tables=SURGERY)
    (verdict,) = of(found, RULE)
    assert verdict.status == "no_data"
    assert "at hand: 2026Q1: from 2026-01-01" in verdict.message


def test_no_table_at_all_is_no_data_once() -> None:
    found = judge(line("29881"), line("20610"), line("73562"))
    assert status(found, RULE) == ["no_data"]
    assert of(found, RULE)[0].message == "not checked: ncci-ptp (no release at hand)"
