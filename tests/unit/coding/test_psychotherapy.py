"""Psychotherapy by its time: alone, beside a visit, in a crisis, with a family, in a group."""

from typing import Any

import pytest

from schemas.encounter import DecisionMaking
from services.coding.domain.coding_result import CodingResult, VisitHistory
from tests.unit.coding.edits.examples import instead, judge, line, of
from tests.unit.coding.examples import LOW, MODERATE, code, encounter, note, problems
from tests.unit.coding.procedure_cases import COMMERCIAL, by_code, procedure, short

DEPRESSION = problems("Major depressive disorder, recurrent, moderate")
PSYCHIATRIST, PSYCHOLOGIST, SOCIAL_WORKER = "2084P0800X", "103TC0700X", "1041C0700X"


def seen(
    minutes: int | None,
    decision: DecisionMaking | None = None,
    taxonomy: str = PSYCHIATRIST,
    kind: str = "individual",
    **fields: Any,
) -> CodingResult:
    session = {"minutes": minutes, "kind": kind, **fields.pop("session", {})}
    documented = encounter(
        problems=DEPRESSION, decision_making=decision, psychotherapy=session, **fields
    )
    return code(documented, COMMERCIAL, VisitHistory(taxonomy))


def noted(text: str, **fields: Any) -> CodingResult:
    base: dict[str, Any] = {"problems": DEPRESSION, "decision_making": None, **fields}
    return code(encounter(note=note(("Note", text)), **base), COMMERCIAL)


@pytest.mark.parametrize(
    ("minutes", "alone", "beside"),
    [
        (15, [], ["99213"]),
        (16, ["90832"], ["99213", "90833"]),
        (37, ["90832"], ["99213", "90833"]),
        (38, ["90834"], ["99213", "90836"]),
        (52, ["90834"], ["99213", "90836"]),
        (53, ["90837"], ["99213", "90838"]),
        (90, ["90837"], ["99213", "90838"]),
    ],
)
def test_time_decides_and_a_visit_beside_it_takes_the_additions(
    minutes: int, alone: list[str], beside: list[str]
) -> None:
    assert short(seen(minutes)) == alone
    assert short(seen(minutes, LOW)) == beside


def test_the_level_of_the_visit_takes_none_of_the_time() -> None:
    result = seen(45, LOW, total_minutes=60)
    assert short(result) == ["99213", "90836"]
    assert result.visit_levels[0].basis == "mdm"
    assert short(seen(45, MODERATE)) == ["99214", "90836"]


@pytest.mark.parametrize("taxonomy", [PSYCHOLOGIST, SOCIAL_WORKER, "101YM0800X", "106H00000X"])
def test_who_reports_no_visits_reports_therapy_alone(taxonomy: str) -> None:
    result = seen(45, LOW, taxonomy)
    assert short(result) == ["90834"]
    assert "not_of_this_profession" in [each.reason for each in result.rejected]


def test_a_visit_alone_of_who_reports_none_is_a_coders() -> None:
    documented = encounter(problems=DEPRESSION)
    result = code(documented, COMMERCIAL, VisitHistory(PSYCHOLOGIST))
    assert short(result) == []
    assert result.reasons == ("visit_of_another_profession:99213",)
    assert short(code(documented, COMMERCIAL, VisitHistory(PSYCHIATRIST))) == ["99213"]


def test_therapy_on_the_day_of_a_preventive_visit_stands_alone() -> None:
    result = seen(30, visit_kind="preventive")
    assert short(result) == ["99396", "90832"]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (15, []),
        (29, ["90832"]),
        (30, ["90839"]),
        (74, ["90839"]),
        (75, ["90839", "90840"]),
        (104, ["90839", "90840"]),
        (105, ["90839", "90840 x2"]),
    ],
)
def test_a_crisis_begins_at_thirty_minutes_and_goes_on_past_74(
    minutes: int, expected: list[str]
) -> None:
    assert short(seen(minutes, kind="crisis")) == expected


def test_a_family_is_seen_for_26_minutes_and_a_group_is_one_unit() -> None:
    assert short(seen(26, kind="family_with_patient")) == ["90847"]
    assert short(seen(50, kind="family_without_patient")) == ["90846"]
    assert short(seen(25, kind="family_with_patient")) == []
    assert short(seen(None, kind="group")) == ["90853"]
    assert short(seen(90, LOW, kind="group")) == ["99213-25", "90853"]


def test_complicated_communication_is_added_but_to_crisis_and_family() -> None:
    told = {"interactive_complexity": True}
    assert short(seen(45, session=told)) == ["90834", "90785"]
    assert short(seen(45, kind="group", session=told)) == ["90853", "90785"]
    assert short(seen(45, kind="crisis", session=told)) == ["90839"]
    assert short(seen(45, kind="family_with_patient", session=told)) == ["90847"]


def test_by_video_therapy_says_so_as_the_visit_does() -> None:
    result = seen(45, LOW, setting="telehealth", place_of_service="10")
    assert short(result) == ["99213-95", "90836-95"]


@pytest.mark.parametrize("evaluation", ["90791", "90792"])
def test_an_evaluation_holds_the_visit_and_the_therapy(evaluation: str) -> None:
    result = seen(45, LOW, procedures=(by_code(evaluation),))
    assert short(result) == [evaluation]
    assert {each.reason for each in result.rejected} == {"within_diagnostic_evaluation"}
    assert result.route == "automatic"


def test_therapy_that_was_ordered_without_its_time_is_asked_about_once() -> None:
    ordered = (by_code("90834"),)
    result = code(encounter(problems=DEPRESSION, decision_making=None, procedures=ordered))
    assert short(result) == []
    assert [(each.gap, each.item_id) for each in result.queries] == [("missing_service_time", "x1")]
    untimed = seen(None)
    assert [each.gap for each in untimed.queries] == ["missing_service_time"]


def test_the_time_decides_whatever_code_was_ordered_and_another_kind_is_looked_at() -> None:
    assert short(seen(40, procedures=(by_code("90837"),))) == ["90834"]
    assert short(seen(50, procedures=(by_code("90847"),))) == ["90847"]
    both = seen(50, procedures=(by_code("90847"), by_code("90834", 2)))
    assert "psychotherapy_time_missing:x2" in both.reasons


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Psychotherapy 10:00-10:45. Mood better.", ["90834"]),
        ("Psychotherapy from 11:30 to 12:25.", ["90837"]),
        ("Psychotherapy time: 11:30 am to 12:10 pm.", ["90834"]),
        ("45 minutes of psychotherapy provided.", ["90834"]),
        ("I spent 20 min in supportive psychotherapy.", ["90832"]),
        ("Crisis psychotherapy, 60 minutes.", ["90839"]),
        ("Family psychotherapy with the patient, 50 minutes.", ["90847"]),
        ("Declined psychotherapy of 45 minutes.", []),
        ("Referred for psychotherapy, 45 minutes weekly.", []),
    ],
)
def test_a_note_states_the_session(text: str, expected: list[str]) -> None:
    result = noted(text)
    assert short(result) == expected
    for each in result.lines:
        place = each.evidence[0]
        assert place.source == "note"
        assert text[place.start : place.end].lower().count("psychotherapy") == 1


def test_times_that_differ_go_to_a_coder() -> None:
    result = noted("Psychotherapy 45 minutes. Psychotherapy: 60 minutes.")
    assert result.reasons == ("psychotherapy_time_contradictory",)


def test_therapy_is_a_service_face_to_face() -> None:
    named = procedure("Psychotherapy", code={"system": "cpt", "code": "90834"})
    assert short(seen(45, procedures=(named,))) == ["90834"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (("90791", "90834"), ["90791"]),
        (("90792", "99213"), ["90792"]),
        (("99213", "90834"), ["99213", "90836"]),
        (("99213", "90836"), ["99213", "90836"]),
        (("90838",), ["90837"]),
        (("90839", "90834"), ["90839"]),
        (("90840",), []),
        (("90839", "90840"), ["90839", "90840"]),
        (("90834", "90785"), ["90834", "90785"]),
        (("99213", "90785"), ["99213"]),
        (("90834", "90847"), ["90834", "90847"]),
        (("99213", "90845"), ["90845"]),
    ],
)
def test_the_edits_hold_what_stands_beside_what(lines: tuple[str, ...], kept: list[str]) -> None:
    found = judge(*(line(each) for each in lines), diagnoses=("F33.1",))
    assert [each for each, _, _ in instead(found)] == kept
    assert bool(of(found, "psychiatry")) == (list(lines) != kept)


def test_a_group_session_is_one_unit_whatever_its_length() -> None:
    assert instead(judge(line("90853", units=3), diagnoses=("F33.1",))) == [("90853", (), 1)]
