"""Edits within the engine: what stops an encounter, and what is only said."""

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from schemas.encounter import LabTest
from services.coding import coded_event
from services.coding.commands import report
from services.coding.domain.coding_result import (
    CodingResult,
    Diagnosis,
    Line,
    PastVisit,
    PatientFacts,
    VisitHistory,
)
from services.coding.domain.edits.encounter_edits import EncounterEdits, reason, stops
from services.coding.domain.encounter_state import Proposal
from services.coding.domain.engine import code_encounter
from tests.unit.coding.edits.examples import DAY, MemoryTables
from tests.unit.coding.examples import ADULT, encounter, sets_on

HISTORY = VisitHistory("207Q00000X")
A1C = LabTest(item_id="l1", description="Hemoglobin A1c", performed_in_house=True, resulted=True)


def coded(tables: MemoryTables | None = None, **fields: Any) -> CodingResult:
    sets = replace(sets_on(DAY), edits=tables or MemoryTables())
    return code_encounter(encounter(**fields), ADULT, VisitHistory(), sets)


def found(
    *lines: Line,
    tables: MemoryTables | None = None,
    patient: PatientFacts = ADULT,
    history: VisitHistory = HISTORY,
    diagnoses: tuple[str, ...] = ("J20.9",),
    **fields: Any,
) -> list[str]:
    edits = EncounterEdits(replace(sets_on(DAY), edits=tables or MemoryTables()))
    verdicts = edits.check(
        encounter(**fields), patient, history, [Diagnosis(code) for code in diagnoses], lines
    )
    return [reason(each) for each in verdicts if stops(each)]


def test_without_tables_the_encounter_is_coded_and_what_was_not_checked_is_said() -> None:
    result = coded()
    assert result.route == "automatic"
    printed = report.of_result(result)["edits"]
    assert {each["status"] for each in printed} == {"no_data"}
    assert "not checked: ncci-ptp (no release at hand)" in [each["message"] for each in printed]


def test_a_table_that_does_not_cover_the_day_sends_the_encounter_to_a_coder() -> None:
    result = coded(MemoryTables(pairs={}, begins=date(2027, 1, 1)))
    assert result.route == "coder"
    assert result.reasons == ("edit:ncci-ptp:no_data",)


def test_a_denied_line_sends_the_encounter_to_a_coder() -> None:
    result = coded(MemoryTables(pairs={("99213", "83036"): "0"}), lab_tests=(A1C,))
    assert result.reasons == ("edit:ncci-ptp:83036",)
    assert result.route == "coder"


def test_tables_that_find_nothing_leave_the_encounter_automatic() -> None:
    tables = MemoryTables(pairs={}, limits={}, add_ons={}, fees={}, covered=())
    result = coded(tables)
    assert (result.route, result.edits) == ("automatic", ())


@pytest.mark.parametrize(
    ("lines", "reasons"),
    [
        ([Line("80053"), Line("80048")], ["edit:panel-component:80048"]),
        ([Line("82465"), Line("83718"), Line("84478")], ["edit:panel:82465"]),
        ([Line("99213"), Line("20610", ("LT",))], ["edit:modifier-25:99213"]),
        ([Line("99213"), Line("96372")], ["edit:modifier-25:99213"]),
        ([Line("99211"), Line("90471")], ["edit:minimal-visit-with-administration:99211"]),
        ([Line("99213"), Line("99213")], ["edit:duplicate:99213"]),
        ([Line("20610", ("25",))], ["edit:modifier-on-procedure:20610"]),
        ([Line("99213", ("59",))], ["edit:modifier-on-visit:99213"]),
        ([Line("99381")], ["edit:age:99381"]),
        ([Line("55700")], ["edit:sex:55700"]),
    ],
)
def test_rules_of_our_own_need_no_table(lines: list[Line], reasons: list[str]) -> None:
    pointed = [Line(line.code, line.modifiers, pointers=(1,)) for line in lines]
    assert found(*pointed) == reasons


def test_drugs_given_in_a_hospital_are_the_hospitals() -> None:
    line = Line("96372", pointers=(1,))
    assert found(line, place_of_service="22") == ["edit:administration-in-facility:96372"]


def test_a_diagnosis_of_another_age_is_looked_at() -> None:
    assert found(Line("99213"), diagnoses=("Z38.00",)) == ["edit:age:Z38.00"]


@pytest.mark.parametrize(
    "lines",
    [
        [Line("99213")],
        [Line("99213", ("25",)), Line("20610", ("LT",))],
        [Line("99396", ("25",)), Line("90471"), Line("90686"), Line("80053"), Line("80061")],
        [Line("G2211"), Line("99214")],
    ],
)
def test_clean_encounters_are_left_alone(lines: list[Line]) -> None:
    forty = PatientFacts(date(1980, 5, 17), "F", "commercial")
    assert found(*lines, patient=forty) == []


def test_a_visit_of_the_same_day_in_the_specialty_counts() -> None:
    def earlier(taxonomy: str, encounter_id: str = "E0") -> VisitHistory:
        past = PastVisit(encounter_id, DAY, taxonomy, "99213")
        return VisitHistory("207Q00000X", (past,))

    assert found(Line("99213"), history=earlier("207Q00000X")) == ["edit:duplicate:99213"]
    assert found(Line("99213"), history=earlier("207R00000X")) == []
    assert found(Line("99213"), history=earlier("207Q00000X", "E1")) == []


def test_the_same_encounter_and_tables_give_the_same_verdicts() -> None:
    tables = MemoryTables(pairs={("20610", "99213"): "1"}, fees={})
    assert coded(tables).edits == coded(tables).edits


def test_what_is_remembered_of_one_encounter_is_not_taken_for_another() -> None:
    edits = EncounterEdits(replace(sets_on(DAY), edits=MemoryTables(limits={"20610": (1, 2)})))
    for units, wanted in ((1, []), (2, ["edit:ncci-mue:20610"]), (1, [])):
        line = Line("20610", ("LT",), units, (1,))
        verdicts = edits.check(encounter(), ADULT, HISTORY, [Diagnosis("M17.11")], [line])
        assert [reason(each) for each in verdicts if stops(each)] == wanted


def test_a_queued_case_keeps_what_the_edits_found() -> None:
    result = coded(MemoryTables(pairs={("99213", "83036"): "0"}), lab_tests=(A1C,))
    kept = msgspec.msgpack.decode(
        msgspec.msgpack.encode(coded_event.proposal(result)), type=Proposal
    )
    assert [(each.rule, each.status) for each in kept.edits] == [("ncci-ptp", "deny")]
    assert coded_event.proposal(coded()).edits == ()


def test_a_visit_beside_a_test_that_an_edit_pairs_it_with_is_told_apart() -> None:
    test = LabTest.model_validate(
        {
            "item_id": "l1",
            "description": "as coded",
            "code": {"system": "cpt", "code": "87880"},
            "performed_in_house": True,
        }
    )
    opened = MemoryTables(pairs={("87880", "99213"): "1"})
    assert coded(opened, lab_tests=(test,)).lines[0].modifiers == ("25",)
    closed = MemoryTables(pairs={("87880", "99213"): "0"})
    assert coded(closed, lab_tests=(test,)).lines[0].modifiers == ()
    turned = MemoryTables(pairs={("99213", "87880"): "1"})
    assert coded(turned, lab_tests=(test,)).lines[0].modifiers == ()
