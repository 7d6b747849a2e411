"""Visits and services that only the note tells: levels, data, risk, time, what was done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.coding_result import CodingResult
from tests.unit.coding.examples import LOW, code, encounter, lines, note
from tests.unit.coding.procedure_cases import by_code, short, told

HOSPITAL: dict[str, Any] = {"setting": "inpatient", "place_of_service": "21"}


def elements(result: CodingResult, column: str) -> dict[str, int]:
    found = getattr(result.visit_levels[0], column)
    return {each.kind: each.count for each in found.elements}


DIABETES = (
    "Established patient here for follow-up.\n"
    "ASSESSMENT AND PLAN:\n"
    "1. Type 2 diabetes, {state}. {plan}\n"
)


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (
            "one stable chronic, prescription",
            DIABETES.format(state="stable", plan="Continue metformin 500 mg twice daily."),
            "99213",
        ),
        (
            "exacerbation and prescription",
            DIABETES.format(state="uncontrolled", plan="Increase metformin to 1000 mg."),
            "99214",
        ),
        (
            "exacerbation, nothing but rest",
            DIABETES.format(state="uncontrolled", plan="Rest."),
            "99212",
        ),
        (
            "two stable chronic, prescription",
            DIABETES.format(state="stable", plan="Continue metformin.")
            + "2. Essential hypertension, at goal. Continue lisinopril 10 mg.\n",
            "99214",
        ),
        (
            "by time",
            DIABETES.format(state="stable", plan="Total time spent today: 42 minutes."),
            "99215",
        ),
        (
            "minor and an over-the-counter drug",
            "Established patient.\nASSESSMENT:\n1. Common cold.\n"
            "PLAN:\nTake acetaminophen as needed.\n",
            "99212",
        ),
        (
            "acute and a prescription",
            "New patient.\nASSESSMENT:\n1. Acute cystitis without hematuria.\n"
            "PLAN:\nStart nitrofurantoin 100 mg twice daily.\n",
            "99203",
        ),
    ],
)
def test_a_note_alone_gives_a_level_that_a_coder_sees(rule: str, text: str, expected: str) -> None:
    result = told(text)
    assert result.lines[0].code == expected, rule
    assert result.route == "coder" or result.lines[0].confidence >= 800, rule


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("independent_historian", "History obtained from her mother due to age."),
        ("independent_interpretation", "I independently reviewed the chest x-ray images."),
        ("external_discussion", "Discussed the case with the on-call cardiologist."),
        ("external_notes", "Outside hospital records were reviewed."),
        ("tests_ordered", "Will order TSH."),
        ("results_reviewed", "CBC was reviewed and normal."),
        ("external_notes", "Reviewed outside hospital reports."),
        ("independent_historian", "History obtained from her uncle."),
        ("independent_interpretation", "On my personal review of the CT: no bleed."),
        ("external_discussion", "Talked with cardiology about the rhythm."),
    ],
)
def test_data_is_read_with_its_place(kind: str, sentence: str) -> None:
    text = f"ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\n{sentence}\n"
    result = told(text)
    found = result.visit_levels[0].data
    assert found is not None
    (element,) = [each for each in found.elements if each.kind == kind]
    (place,) = element.evidence
    assert place.start is not None
    assert text[place.start : place.end].lower() in sentence.lower()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("prescription_drug_management", "Prescribed amoxicillin 500 mg three times daily."),
        ("over_the_counter_drug", "Take OTC loratadine daily."),
        ("social_determinants_limit_treatment", "She cannot afford her inhaler."),
        ("hospitalisation_decision", "Admit to the hospital for IV antibiotics."),
        ("do_not_resuscitate_decision", "Code status changed to DNR."),
        (
            "drug_therapy_with_intensive_monitoring",
            "Methotrexate: monitoring for toxicity with CBC.",
        ),
        ("parenteral_controlled_substance", "Morphine 4 mg IV for pain."),
        ("elective_major_surgery", "Scheduled for total knee arthroplasty."),
        ("elective_major_surgery", "Scheduled for parathyroidectomy."),
        ("emergency_major_surgery", "Emergent cesarean under way."),
        ("hospitalisation_decision", "Admitting to medicine for IV antibiotics."),
        ("hospitalisation_decision", "Sending her to the hospital by ambulance."),
        ("do_not_resuscitate_decision", "De-escalation of care agreed."),
        ("therapy", "Referred to physical therapy."),
    ],
)
def test_risk_is_read_from_the_plan(kind: str, sentence: str) -> None:
    result = told(f"ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\n{sentence}\n")
    assert kind in elements(result, "risk")


@pytest.mark.parametrize(
    "sentence",
    [
        "No antibiotics prescribed.",
        "If symptoms worsen, admit to the hospital.",
        "Return to the ED if worse.",
        "Discussed the plan with the patient.",
        "She was admitted last year.",
    ],
)
def test_what_is_denied_conditional_or_past_does_not_count(sentence: str) -> None:
    result = told(f"ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\nRest.\n{sentence}\n")
    assert set(elements(result, "risk")) == {"rest_or_bandage"}
    assert elements(result, "data") == {}


@pytest.mark.parametrize(
    ("statement", "minutes"),
    [
        ("Total time: 35 minutes.", 35),
        ("I spent a total of 45 min on the date of the encounter.", 45),
        ("Total time spent was 1 hour and 5 minutes.", 65),
        ("40 minutes were spent on this encounter.", 40),
        ("Total time spent was 45- min.", 45),
        ("Total time 1 h.", 60),
        ("I spent 10 minutes on smoking cessation counseling.", None),
        ("Chest pain lasting 20 minutes.", None),
        ("Total infusion time 90 minutes.", None),
    ],
)
def test_total_time_is_read_from_the_note(statement: str, minutes: int | None) -> None:
    result = told(f"ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\nRest. {statement}\n")
    assert result.visit_levels[0].minutes == minutes


def test_statements_of_time_that_differ_count_for_nothing_and_a_coder_is_told() -> None:
    result = told(
        "ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\nRest. Total time 20 minutes.\n"
        "Total time 45 minutes.\n"
    )
    assert "total_time_contradictory" in result.reasons
    assert result.visit_levels[0].minutes is None


def test_a_problem_without_management_is_asked_for_and_not_guessed() -> None:
    result = told("ASSESSMENT\n1. Gout\n")
    assert [each.kind for each in result.queries] == ["missing_time_or_decision_making"]


@pytest.mark.parametrize(
    ("opening", "fields", "expected"),
    [
        ("Annual physical, established patient.", {}, "99396"),
        ("Well woman exam for a new patient.", {}, "99386"),
        ("New patient.", {}, "99202"),
        ("Follow-up visit.", {}, "99212"),
        ("DISCHARGE SUMMARY", HOSPITAL, "99238"),
        ("Progress note, hospital day 3.", HOSPITAL, "99231"),
        ("Admitted and discharged on the same day.", HOSPITAL, "99234"),
    ],
)
def test_the_note_tells_what_kind_of_visit_it_was(
    opening: str, fields: dict[str, Any], expected: str
) -> None:
    result = told(f"{opening}\nASSESSMENT:\n1. Acute bronchitis.\nPLAN:\nRest.\n", **fields)
    assert result.lines[0].code == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Left knee joint injection performed without complication.", ["20610-LT"]),
        ("Knee joint injection will be scheduled.", []),
        ("ECG performed today in the office and interpreted by me.", ["93000"]),
        ("Rapid strep test performed in office: negative.", ["87880"]),
        ("Toradol 30 mg IM given.", ["J1885 x2", "96372"]),
        ("Tdap vaccine administered.", ["90715", "90471"]),
        ("She declined the flu vaccine that was offered and would be given.", []),
        ("3 cm laceration of left forearm repaired with simple sutures.", ["12002"]),
        ("Crutches dispensed.", ["E0114"]),
    ],
)
def test_services_that_only_the_note_tells(sentence: str, expected: list[str]) -> None:
    result = told(f"ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\nRest.\n{sentence}\n")
    assert short(result)[1:] == expected
    for line in result.lines[1:]:
        assert line.confidence < 800
        assert all(each.source == "note" for each in line.evidence)


def test_recorded_orders_come_before_the_note() -> None:
    text = note(("Plan", "Left knee joint injection performed."))
    result = code(
        encounter(note=text, problems=(), decision_making=LOW, procedures=(by_code("93000"),))
    )
    assert "20610" not in [each for each, _, _ in lines(result)]


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_crash_and_places_lie_within_it(text: str) -> None:
    written = f"ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\n{text}"
    result = told(written)
    for level in result.visit_levels:
        for column in (level.problems, level.data, level.risk):
            for element in column.elements if column is not None else ():
                for place in element.evidence:
                    if place.start is not None and place.end is not None:
                        assert 0 <= place.start < place.end <= len(written)


def test_a_study_that_is_interpreted_and_billed_is_no_independent_interpretation() -> None:
    text = (
        "ED course: EKG interpreted by me shows sinus rhythm.\n"
        "ASSESSMENT:\n1. Acute bronchitis.\nPLAN:\nRest.\n"
    )
    result = told(text, setting="emergency", place_of_service="23")
    assert [line.code for line in result.lines] == ["99282", "93010"]
    assert result.visit_levels[0].data is not None
    assert result.visit_levels[0].data.level == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Critical care time: 45 minutes, exclusive of procedures.", ["99291"]),
        ("I spent 80 minutes of critical care with the patient.", ["99291", "99292"]),
        ("No critical care time was needed in these 45 minutes.", []),
        ("Critical care time 20 minutes.", []),
        ("Critical care time: 35 minutes. Critical care time: 50 minutes.", []),
    ],
)
def test_the_time_of_critical_care_is_read_where_it_is_stated_once(
    text: str, expected: list[str]
) -> None:
    result = told(f"Assessment: septic shock.\n{text}", setting="inpatient", place_of_service="21")
    assert [each for each in short(result) if each.startswith("9929")] == expected
    assert ("critical_care_time_contradictory" in result.reasons) == (text.count("care") > 1)


def test_the_time_of_critical_care_is_shown_where_it_stands_beside_recorded_problems() -> None:
    text = "Septic shock. Critical care time 40 minutes."
    result = code(
        encounter(
            setting="inpatient",
            place_of_service="21",
            decision_making=None,
            note=note(("Note", text)),
        )
    )
    (line,) = [each for each in result.lines if each.code == "99291"]
    (place,) = line.evidence
    assert text[place.start : place.end] == "Critical care time 40 minutes"
