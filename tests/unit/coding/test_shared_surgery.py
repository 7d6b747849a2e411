"""Operations that several share: the package handed over, two surgeons, a team."""

from typing import Any

import pytest

from services.coding.domain.coding_result import CodingResult, PastService, PastVisit, VisitHistory
from tests.unit.coding.edits.examples import MemoryTables, instead, judge, line, of
from tests.unit.coding.examples import DAY, code, encounter, problems
from tests.unit.coding.procedure_cases import COMMERCIAL, SENIOR, by_code, short

OPERATION: dict[str, Any] = {
    "visit_kind": "procedure",
    "decision_making": None,
    "setting": "inpatient",
    "place_of_service": "21",
}
CATARACT = problems("Age-related nuclear cataract, right eye")


def operated(patient: Any = COMMERCIAL, code_: str = "66984", **item: Any) -> CodingResult:
    side = {"laterality": "right"} if code_ == "66984" else {}
    done = by_code(code_, report=True, **{**side, **item})
    return code(encounter(**OPERATION, procedures=(done,), problems=CATARACT), patient)


@pytest.mark.parametrize(
    ("share", "line_", "reasons"),
    [
        ("surgery", "66984-54-RT", ()),
        ("postoperative", "66984-55-RT", ("care_taken_over:x1",)),
        ("preoperative", "66984-56-RT", ()),
    ],
)
def test_a_package_handed_over_says_which_part(
    share: str, line_: str, reasons: tuple[str, ...]
) -> None:
    result = operated(share=share)
    assert short(result) == [line_]
    assert result.reasons == reasons


def test_medicare_has_no_share_for_the_care_before() -> None:
    assert "preoperative_share_not_paid:x1" in operated(SENIOR, share="preoperative").reasons


def test_a_procedure_without_a_long_package_has_nothing_to_hand_over() -> None:
    result = operated(code_="45378", share="surgery")
    assert short(result) == ["45378"]
    assert "share_without_package:x1" in result.reasons


@pytest.mark.parametrize(("surgeons", "modifier"), [("two_surgeons", "62"), ("team", "66")])
def test_several_surgeons_are_told_and_a_coder_attaches_the_report(
    surgeons: str, modifier: str
) -> None:
    result = operated(surgeons=surgeons)
    assert short(result) == [f"66984-{modifier}-RT"]
    assert result.reasons == ("several_surgeons_need_report:x1",)


def test_a_surgeon_is_not_the_assistant_too() -> None:
    result = operated(surgeons="two_surgeons", assistant="surgeon")
    assert "surgeon_and_assistant:x1" in result.reasons


def test_care_before_an_operation_begins_no_global_period() -> None:
    def later(*modifiers: str) -> CodingResult:
        done = PastService("27130", modifiers, 1, ("M16.11",))
        visit = PastVisit("E0", DAY.replace(month=2), "", "", "DR1", (done,))
        hip = problems("Primary osteoarthritis, right hip")
        return code(encounter(problems=hip), COMMERCIAL, VisitHistory("", (visit,)))

    assert short(later()) == []
    assert short(later("54")) == []
    assert short(later("56")) == ["99213"]


FEES = {
    "27130": {"global_days": "090", "co_surgeon": "2", "team_surgeon": "0"},
    "20610": {"global_days": "000", "co_surgeon": "0", "team_surgeon": "0"},
    "63030": {"global_days": "090", "co_surgeon": "1", "team_surgeon": "1"},
}


@pytest.mark.parametrize(
    ("code_", "modifiers", "statuses", "kept"),
    [
        ("27130", ("54",), [], ("54",)),
        ("27130", ("54", "55"), ["deny"], ()),
        ("27130", ("56",), ["deny"], ("56",)),
        ("20610", ("55",), ["deny"], ()),
        ("99213", ("54",), ["deny"], ()),
        ("27130", ("62",), [], ("62",)),
        ("27130", ("66",), ["deny"], ()),
        ("27130", ("62", "80"), ["deny"], ("62", "80")),
        ("63030", ("62",), ["warn"], ("62",)),
        ("63030", ("66",), ["warn"], ("66",)),
        ("20610", ("62",), ["deny"], ()),
    ],
)
def test_the_edits_know_where_each_belongs(
    code_: str, modifiers: tuple[str, ...], statuses: list[str], kept: tuple[str, ...]
) -> None:
    found = judge(line(code_, *modifiers), tables=MemoryTables(fees=FEES))
    assert [each.status for each in of(found, "shared-surgery")] == statuses
    assert found.report_instead[0].modifiers == kept


def test_without_a_fee_schedule_what_is_allowed_is_not_judged() -> None:
    assert not of(judge(line("27130", "62")), "shared-surgery")


def test_both_surgeons_report_the_same_code_with_62() -> None:
    found = judge(
        line("27130", "62", provider_id="A"),
        line("27130", provider_id="B"),
        tables=MemoryTables(fees=FEES),
    )
    assert [each.status for each in of(found, "shared-surgery")] == ["needs_modifier"]
    assert instead(found) == [("27130", ("62",), 1), ("27130", ("62",), 1)]
    assistant = judge(
        line("27130", "62", provider_id="A"),
        line("27130", "80", provider_id="C"),
        tables=MemoryTables(fees=FEES),
    )
    assert not of(assistant, "shared-surgery")
