"""Lines that tell a condition with its cause: drugs, spread, sequelae; and what only looks so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.encounter import Problem
from services.coding.domain.diagnosis import drug_harm, told_lines
from tests.unit.coding.examples import code, codes, encounter, note, problems, sets_on


@pytest.mark.parametrize(
    "text",
    [
        "Anemia due to iron deficiency",
        "Fatigue due to vitamin D deficiency",
        "Cirrhosis due to alcohol",
        "Penicillin allergy",
        "Pneumonia due to Streptococcus",
        "Back pain from lifting",
        "Hypertension",
        "",
    ],
)
def test_what_is_no_harm_by_a_drug_is_not_read_as_one(text: str) -> None:
    assert drug_harm.read(text, sets_on().diagnoses) is None


@pytest.mark.parametrize(
    "text",
    [
        "Possible rash due to amoxicillin",
        "No rash from amoxicillin",
        "Risk of bleeding from warfarin",
        "Type 2 diabetes well controlled from metformin",
        "Pain relief from ibuprofen",
    ],
)
def test_doubt_denial_risk_and_benefit_are_no_harm(text: str) -> None:
    found = codes(code(encounter(problems=problems(text))))
    assert not [each for each in found if each.startswith(("T36", "T38", "T39", "T45"))]


@pytest.mark.parametrize(
    ("text", "kind", "stem"),
    [
        ("Epistaxis due to warfarin", "adverse_effect", "T45.515"),
        ("Amoxicillin-induced rash", "adverse_effect", "T36.0X5"),
        ("Cough from lisinopril", "adverse_effect", "T46.4X5"),
        ("Bleeding due to Eliquis", "adverse_effect", "T45.515"),
        ("Digoxin toxicity, taken as prescribed, with nausea", "adverse_effect", "T46.0X5"),
        ("Accidental overdose of oxycodone", "poisoning", "T40.2X1"),
        ("Overdose of Tylenol, suicide attempt", "poisoning", "T39.1X2"),
        ("Poisoning by acetaminophen, intent undetermined", "poisoning", "T39.1X4"),
        ("Hyperglycemia due to not taking insulin", "underdosing", "T38.3X6"),
        ("Ran out of lisinopril", "underdosing", "T46.4X6"),
    ],
)
def test_the_intent_and_the_drug_decide_the_code_og_i_c_19_e_5(
    text: str, kind: str, stem: str
) -> None:
    told = drug_harm.read(text, sets_on().diagnoses)
    assert told is not None
    assert (told.kind, told.code) == (kind, stem)


def test_a_toxic_level_without_a_word_about_the_dose_goes_to_a_coder() -> None:
    assert code(encounter(problems=problems("Digoxin toxicity"))).route == "coder"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Metastatic breast cancer to bone", ("C79.51",)),
        ("Colon cancer with metastases to liver and lung", ("C78.00", "C78.7")),
        ("Brain mets from lung cancer", ("C79.31",)),
        ("Aphasia following CVA", ("I69.320",)),
        ("Old stroke with residual left hemiparesis", ("I69.354",)),
        ("Left hemiparesis, left dominant side, following stroke", ("I69.352",)),
        ("Dysphagia after intracerebral hemorrhage", ("I69.191",)),
        ("Status post left total hip replacement", ("Z96.642",)),
        ("Aftercare, right TKA", ("Z47.1", "Z96.651")),
        ("Preoperative cardiovascular evaluation", ("Z01.810",)),
    ],
)
def test_a_line_gives_the_codes_of_what_it_tells(text: str, expected: tuple[str, ...]) -> None:
    told = told_lines.read(text)
    assert told is not None
    assert told.codes == expected


@pytest.mark.parametrize(
    "text",
    [
        "Acute stroke with aphasia",
        "Right hemiparesis due to stroke",
        "Plans knee replacement next year",
        "Metastatic disease",
        "Stroke",
    ],
)
def test_what_may_be_of_today_or_is_only_planned_is_left_to_the_other_rules(text: str) -> None:
    assert told_lines.read(text) is None


@given(st.text(max_size=400))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    drug_harm.read(text, sets_on().diagnoses)
    told_lines.read(text)


def test_the_evidence_of_a_note_is_the_sentence_that_tells_it() -> None:
    text = "1. Epistaxis due to warfarin. Hold it.\n2. Gout"
    result = code(encounter(problems=(), note=note(("Assessment", text))))
    drug = next(each for each in result.diagnoses if each.code == "T45.515A")
    (place,) = drug.evidence
    assert "due to warfarin" in text[place.start : place.end]


@pytest.mark.parametrize(
    ("told", "expected"),
    [("yes", "Y"), ("no", "N"), ("unknown", "U"), ("undetermined", "W"), (None, "")],
)
def test_the_ehr_may_say_what_was_present_on_admission_appendix_i(
    told: str | None, expected: str
) -> None:
    problem = Problem.model_validate(
        {"item_id": "p1", "description": "Pneumonia", "present_on_admission": told}
    )
    (found,) = code(encounter(problems=(problem,), setting="inpatient")).diagnoses
    assert found.present_on_admission == expected
    (outside,) = code(encounter(problems=(problem,))).diagnoses
    assert outside.present_on_admission == ""


def test_of_a_combination_each_part_has_to_have_been_present_appendix_i() -> None:
    parts = (
        Problem(item_id="p1", description="COPD", present_on_admission="yes"),
        Problem(item_id="p2", description="Pneumonia", present_on_admission="no"),
    )
    found = code(encounter(problems=parts, setting="inpatient")).diagnoses
    assert {each.code: each.present_on_admission for each in found} == {"J44.0": "N", "J18.9": "N"}
