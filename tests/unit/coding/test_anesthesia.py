"""Anesthesia: one code and its minutes, who gave it, and what belongs to it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.coding.domain.coding_result import CodingResult, PatientFacts, VisitHistory
from tests.unit.coding.edits.examples import MemoryTables, instead, judge, line, of
from tests.unit.coding.examples import MODERATE, code, encounter, problems
from tests.unit.coding.procedure_cases import COMMERCIAL, SENIOR, by_code, short

ANESTHESIOLOGIST, NURSE, ASSISTANT = "207L00000X", "367500000X", "367H00000X"
HOSPITAL: dict[str, Any] = {
    "visit_kind": "procedure",
    "setting": "outpatient_hospital",
    "place_of_service": "22",
    "decision_making": None,
    "problems": problems("Unilateral inguinal hernia"),
}
GIVEN: dict[str, Any] = {"minutes": 95, "provided_by": "personally"}
INFANT = PatientFacts(date(2025, 9, 1), "M", "commercial")
OLD = PatientFacts(date(1954, 1, 1), "M", "commercial")


def given(
    *codes: str,
    patient: PatientFacts = COMMERCIAL,
    taxonomy: str = "",
    more: tuple[Any, ...] = (),
    fields: dict[str, Any] | None = None,
    **told: Any,
) -> CodingResult:
    items = tuple(by_code(each, number) for number, each in enumerate(codes or ("00840",), 1))
    documented = encounter(
        **{
            **HOSPITAL,
            "procedures": (*items, *more),
            "anesthesia": {**GIVEN, **told},
            **(fields or {}),
        }
    )
    return code(documented, patient, VisitHistory(taxonomy))


def test_the_line_carries_the_minutes_and_the_rule_the_units_that_payers_count() -> None:
    result = given(physical_status=3)
    assert short(result) == ["00840-AA-P3 x95"]
    assert result.lines[0].rules == ("MCPM 12 §50 base 6, 95 minutes = 6.3 units, status 1",)
    assert result.route == "automatic"


@pytest.mark.parametrize(
    ("by", "modifier"),
    [
        ("personally", "AA"),
        ("directing_one", "QY"),
        ("directing_several", "QK"),
        ("supervising", "AD"),
        ("directed", "QX"),
        ("undirected", "QZ"),
    ],
)
def test_who_gave_or_directed_it_is_said_by_modifier(by: str, modifier: str) -> None:
    assert short(given(provided_by=by)) == [f"00840-{modifier} x95"]


@pytest.mark.parametrize(
    ("taxonomy", "by", "doubt"),
    [
        (ANESTHESIOLOGIST, "personally", False),
        (ANESTHESIOLOGIST, "undirected", True),
        (NURSE, "undirected", False),
        (NURSE, "directing_several", True),
        (ASSISTANT, "directed", False),
        (ASSISTANT, "undirected", True),
    ],
)
def test_a_role_of_another_profession_is_looked_at(taxonomy: str, by: str, doubt: bool) -> None:
    reasons = given(taxonomy=taxonomy, provided_by=by).reasons
    assert ("anesthesia_role_disagrees:x1" in reasons) is doubt


def test_nobody_said_who_gave_it() -> None:
    assert "anesthesia_role_missing:x1" in given(provided_by=None).reasons


def test_medicare_counts_no_status_and_no_circumstances() -> None:
    result = given(patient=SENIOR, physical_status=4, emergency=True, monitored_care=True)
    assert short(result) == ["00840-AA-QS x95"]
    assert {each.subject for each in result.rejected} == {"99100", "99140"}


@pytest.mark.parametrize(
    ("patient", "told", "added"),
    [
        (COMMERCIAL, {}, []),
        (INFANT, {}, ["99100"]),
        (OLD, {}, ["99100"]),
        (PatientFacts(date(1955, 3, 3), "M", "commercial"), {}, []),
        (COMMERCIAL, {"hypothermia": True}, ["99116"]),
        (COMMERCIAL, {"controlled_hypotension": True}, ["99135"]),
        (COMMERCIAL, {"emergency": True}, ["99140"]),
    ],
)
def test_qualifying_circumstances_are_lines_of_their_own(
    patient: PatientFacts, told: dict[str, Any], added: list[str]
) -> None:
    assert short(given(patient=patient, **told))[1:] == added


def test_of_several_operations_the_code_with_most_base_units_has_all_of_the_time() -> None:
    result = given("00840", "00790")
    assert short(result) == ["00790-AA x95"]
    assert [(each.subject, each.reason) for each in result.rejected] == [
        ("00840", "one_anesthesia_code")
    ]


def test_what_is_added_stands_on_its_own_code_alone() -> None:
    burns = (by_code("01953", 2, units=3),)
    assert short(given("01952", more=burns)) == ["01952-AA x95", "01953-AA x3"]
    assert short(given("00840", more=burns)) == ["00840-AA x95"]
    stage = given("01967", "01968")
    assert short(stage) == ["01967-AA x95", "01968-AA"]
    assert "anesthesia_time_of_parts_unknown:x2" in stage.reasons


def test_times_begin_and_end_or_are_told_in_minutes() -> None:
    begun = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    ended = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert short(given(minutes=None, started_at=begun, stopped_at=ended)) == ["00840-AA x90"]
    assert short(given(minutes=70, started_at=begun, stopped_at=ended)) == ["00840-AA x70"]
    for wrong in ({"minutes": 91}, {"started_at": ended, "stopped_at": begun, "minutes": None}):
        times: dict[str, Any] = {"started_at": begun, "stopped_at": ended, **wrong}
        assert given(**times).reasons == ("anesthesia_times_unusable",)


def test_anesthesia_without_its_time_is_asked_about() -> None:
    result = given(minutes=None)
    assert short(result) == []
    assert [(each.gap, each.item_id) for each in result.queries] == [("missing_service_time", "x1")]


def test_a_code_that_no_list_has_goes_to_a_coder() -> None:
    assert given("00999").reasons[0] == "procedure_not_in_set:x1"


def test_what_belongs_to_it_is_not_reported_and_a_block_for_pain_says_apart() -> None:
    more = (by_code("94760", 2), by_code("64450", 3, laterality="left"))
    assert short(given(more=more)) == ["00840-AA x95"]
    apart = (by_code("64450", 3, laterality="left", separate="non_overlapping"),)
    assert short(given(more=apart)) == ["00840-AA x95", "64450-XU"]


def test_the_visit_before_belongs_to_it_and_a_cancelled_operation_leaves_the_visit() -> None:
    seen = {"visit_kind": "problem", "decision_making": MODERATE}
    assert short(given(fields=seen)) == ["00840-AA x95"]
    cancelled = encounter(**{**HOSPITAL, **seen})
    assert short(code(cancelled, COMMERCIAL)) == ["99214"]


def test_pain_management_by_the_day_is_one_unit_without_time() -> None:
    daily = encounter(**{**HOSPITAL, "procedures": (by_code("01996"),)})
    assert short(code(daily, COMMERCIAL)) == ["01996"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ((("00840", "AA"), ("00790", "AA")), ["00790"]),
        ((("00840", "AA"), ("00790", "AA", "59")), ["00840", "00790"]),
        ((("00840", "AA"), ("99213",)), ["00840"]),
        ((("00840", "AA"), ("99291", "25")), ["00840", "99291"]),
        ((("00840", "AA"), ("01996",)), ["00840"]),
        ((("01953", "AA"),), []),
        ((("01952", "AA"), ("01953", "AA")), ["01952", "01953"]),
        ((("00840", "AA"), ("94760",)), ["00840"]),
        ((("00840", "AA"), ("64450", "XU")), ["00840", "64450"]),
        ((("00840", "AA"), ("62323",)), ["00840"]),
        ((("99140",),), []),
    ],
)
def test_the_edits_hold_what_stands_beside_it(
    lines: tuple[tuple[str, ...], ...], kept: list[str]
) -> None:
    found = judge(*(line(*each) for each in lines), programme="commercial")
    assert [each for each, _, _ in instead(found)] == kept


@pytest.mark.parametrize(
    ("code_", "modifiers", "status", "kept"),
    [
        ("00840", (), ["needs_modifier"], ()),
        ("00840", ("AA",), [], ("AA",)),
        ("00840", ("AA", "QZ"), ["deny"], ("AA", "QZ")),
        ("00840", ("AA", "P1", "P3"), ["deny"], ("AA", "P1", "P3")),
        ("00840", ("AA", "47"), ["deny"], ("AA",)),
        ("99213", ("P3",), ["deny"], ()),
        ("20610", ("QS",), ["deny"], ()),
        ("20610", ("47",), ["deny"], ()),
    ],
)
def test_its_modifiers_stand_on_it_alone(
    code_: str, modifiers: tuple[str, ...], status: list[str], kept: tuple[str, ...]
) -> None:
    found = judge(line(code_, *modifiers))
    assert [each.status for each in of(found, "anesthesia")] == status
    assert found.report_instead[0].modifiers == kept


def test_minutes_are_no_units_that_a_limit_is_about() -> None:
    found = judge(line("00840", "AA", units=95), tables=MemoryTables(limits={"00840": (1, 2)}))
    assert not of(found, "ncci-mue")
