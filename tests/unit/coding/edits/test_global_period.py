"""The global surgical package (NCCI Policy Manual I.D; Claims Processing Manual 12 §40)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.coding.domain.edits.service_line import PastLine
from tests.unit.coding.edits.examples import DAY, MemoryTables, instead, judge, line, of, status

RULE = "global-period"
FEES = MemoryTables(
    fees={
        "99213": {},
        "73562": {},
        "27447": {"global_days": "090"},
        "10060": {"global_days": "010"},
        "20610": {"global_days": "000"},
        "27486": {"global_days": "090"},
    },
    begins=date(2020, 1, 1),
)


def after(code: str, days: int, **fields: Any) -> PastLine:
    return PastLine(code, DAY - timedelta(days=days), **fields)


@pytest.mark.parametrize(
    ("code", "days", "inside"),
    [
        ("27447", 1, True),
        ("27447", 90, True),
        ("27447", 91, False),
        ("10060", 10, True),
        ("10060", 11, False),
        ("20610", 1, False),
    ],
)
def test_the_days_after_are_counted_from_the_day_after_the_procedure(
    code: str, days: int, inside: bool
) -> None:
    found = judge(line("99213"), tables=FEES, history=(after(code, days),))
    assert bool(of(found, RULE)) == inside


def test_a_visit_for_the_same_condition_is_part_of_the_procedure() -> None:
    past = after("27447", 20, diagnoses=("M17.11",))
    found = judge(line("99213"), tables=FEES, diagnoses=("M17.12",), history=(past,))
    assert status(found, RULE) == ["deny"]
    assert instead(found) == [("99024", (), 1)]


def test_an_unrelated_visit_carries_24() -> None:
    past = after("27447", 20, diagnoses=("M17.11",))
    found = judge(line("99213"), tables=FEES, diagnoses=("J20.9",), history=(past,))
    assert status(found, RULE) == ["needs_modifier"]
    assert instead(found) == [("99213", ("24",), 1)]
    carried = judge(line("99213", "24"), tables=FEES, diagnoses=("J20.9",), history=(past,))
    assert status(carried, RULE) == ["pass"]


def test_24_for_the_same_condition_is_doubted() -> None:
    past = after("27447", 20, diagnoses=("M17.11",))
    found = judge(line("99213", "24"), tables=FEES, diagnoses=("M17.12",), history=(past,))
    assert status(found, RULE) == ["warn"]


def test_nothing_known_of_why_is_not_taken_for_unrelated() -> None:
    found = judge(line("99213"), tables=FEES, history=(after("27447", 20),))
    assert status(found, RULE) == ["needs_modifier"]
    assert instead(found) == [("99024", (), 1)]


@pytest.mark.parametrize("modifier", ["58", "78", "79"])
def test_a_procedure_in_the_period_says_why(modifier: str) -> None:
    past = (after("27447", 30),)
    assert status(judge(line("27486"), tables=FEES, history=past), RULE) == ["needs_modifier"]
    opened = judge(line("27486", modifier), tables=FEES, history=past)
    assert status(opened, RULE) == ["pass"]


@pytest.mark.parametrize(
    ("documented", "modifier"),
    [("staged", "58"), ("return_to_operating_room", "78"), ("unrelated", "79")],
)
def test_the_record_chooses_the_modifier(documented: Any, modifier: str) -> None:
    found = judge(
        line("27486", documented=(documented,)), tables=FEES, history=(after("27447", 30),)
    )
    assert instead(found) == [("27486", (modifier,), 1)]


def test_tests_and_images_are_not_part_of_the_package() -> None:
    assert of(judge(line("73562"), tables=FEES, history=(after("27447", 30),)), RULE) == []


def test_a_return_to_the_operating_room_begins_no_new_period() -> None:
    past = after("10060", 5, modifiers=("78",))
    assert of(judge(line("99213"), tables=FEES, history=(past,)), RULE) == []


def test_another_provider_has_no_part_in_the_period() -> None:
    past = after("27447", 20, provider_id="D1")
    assert of(judge(line("99213", provider_id="D2"), tables=FEES, history=(past,)), RULE) == []


def test_a_visit_on_the_day_of_a_major_procedure_or_before_it_carries_57() -> None:
    same_day = judge(line("99213"), line("27447"), tables=FEES)
    assert status(same_day, RULE) == ["needs_modifier"]
    assert of(same_day, RULE)[0].modifiers == ("57",)
    before = judge(line("99213"), line("27447", date=DAY + timedelta(days=1)), tables=FEES)
    assert status(before, RULE) == ["needs_modifier"]
    two_before = judge(line("99213"), line("27447", date=DAY + timedelta(days=2)), tables=FEES)
    assert of(two_before, RULE) == []
    assert status(judge(line("99213", "57"), line("27447"), tables=FEES), RULE) == ["pass"]


def test_a_visit_beside_a_minor_procedure_carries_25_and_not_57() -> None:
    bare = judge(line("99213"), line("20610"), tables=FEES)
    assert status(bare, "modifier-25") == ["needs_modifier"]
    assert ("99213", ("25",), 1) in instead(bare)
    wrong = judge(line("99213", "57"), line("20610"), tables=FEES)
    assert status(wrong, "modifier-25") == ["needs_modifier"]
    assert ("99213", ("25",), 1) in instead(wrong)
    assert status(judge(line("99213", "25"), line("20610"), tables=FEES), "modifier-25") == ["pass"]


def test_57_without_a_major_procedure_is_doubted() -> None:
    found = judge(line("99213", "57"), line("73562"), tables=FEES)
    assert status(found, "modifier-57") == ["warn"]


def test_without_a_fee_schedule_the_practices_own_set_speaks_of_minor_procedures() -> None:
    found = judge(line("99213"), line("20610"))
    assert status(found, "modifier-25") == ["needs_modifier"]
    assert "demonstration" in of(found, "modifier-25")[0].release
    assert "no_data" in status(found, "pfs")


def test_nothing_known_of_earlier_procedures_is_no_data_and_never_a_pass() -> None:
    unknown = judge(line("99213"), line("36415"), history_known=False)
    (verdict,) = of(unknown, "global-period")
    assert (verdict.status, verdict.lines) == ("no_data", (1,))
    assert status(judge(line("99213")), "global-period") == []
    assert status(judge(line("36415"), history_known=False), "global-period") == []
