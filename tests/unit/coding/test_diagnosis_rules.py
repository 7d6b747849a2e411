"""Diagnoses by the ICD-10-CM Official Guidelines (OG); each test names its section."""

import pytest

from schemas.encounter import Problem, ProblemAddressed
from schemas.values import Coding
from services.coding.domain.coding_result import Diagnosis, PatientFacts
from services.coding.domain.diagnosis.rules.listing import Listing
from tests.unit.coding.examples import (
    ADULT,
    DAY,
    MODERATE,
    code,
    codes,
    diagnosis_codes,
    encounter,
    note,
    problems,
)


def icd(code_: str, **fields: object) -> Problem:
    return Problem.model_validate(
        {
            "item_id": "p1",
            "description": "",
            "code": Coding(system="icd10cm", code=code_),
            **fields,
        }
    )


def test_an_uncertain_diagnosis_is_not_coded_for_an_outpatient_og_iv_h() -> None:
    result = code(encounter(problems=problems("Pneumonia", status="suspected")))
    assert codes(result) == []
    assert [item.reason for item in result.rejected] == ["uncertain_outpatient"]
    assert [query.kind for query in result.queries] == ["missing_diagnosis"]


def test_the_symptom_is_coded_in_place_of_the_doubt_og_iv_h() -> None:
    assert diagnosis_codes(
        problems=(
            *problems("Pneumonia", status="suspected"),
            Problem(item_id="p9", description="Cough"),
        )
    ) == ["R05.9"]


def test_an_uncertain_diagnosis_counts_as_established_for_an_inpatient_og_ii_h() -> None:
    found = diagnosis_codes(
        problems=problems("Pneumonia", status="suspected"),
        setting="inpatient",
        place_of_service="21",
    )
    assert found == ["J18.9"]


@pytest.mark.parametrize("status", ["ruled_out", "resolved", "family_history"])
def test_what_the_patient_does_not_have_is_never_coded(status: str) -> None:
    for setting in ("office", "inpatient"):
        found = code(encounter(problems=problems("Appendicitis", status=status), setting=setting))
        assert codes(found) == []
        assert [item.reason for item in found.rejected] == [status]


def test_a_problem_not_addressed_is_not_coded_og_iv_j() -> None:
    found = diagnosis_codes(
        problems=(
            *problems("Acute bronchitis"),
            Problem(item_id="p9", description="Gout", addressed=False),
        )
    )
    assert found == ["J20.9"]


@pytest.mark.parametrize(
    ("documented", "expected"),
    [
        (("Hypertension", "CKD stage 3a"), ["I12.9", "N18.31"]),
        (("Hypertension", "End stage renal disease"), ["I12.0", "N18.6"]),
        (("Hypertension", "Congestive heart failure"), ["I11.0", "I50.9"]),
        (("Hypertension", "Heart failure", "CKD stage 4"), ["I13.0", "I50.9", "N18.4"]),
        (("Hypertension", "Heart failure", "ESRD"), ["I13.2", "I50.9", "N18.6"]),
        (("CKD stage 3a", "Hypertension"), ["I12.9", "N18.31"]),
        (("Hypertension", "Gout"), ["I10", "M10.9"]),
    ],
)
def test_hypertension_combines_with_heart_failure_and_kidney_disease_og_i_c_9_a(
    documented: tuple[str, ...], expected: list[str]
) -> None:
    assert diagnosis_codes(problems=problems(*documented)) == expected


def test_diabetes_with_kidney_disease_is_presumed_linked_og_i_a_15() -> None:
    found = diagnosis_codes(problems=problems("Type 2 diabetes mellitus", "CKD stage 3a"))
    assert found == ["E11.22", "N18.31"]


def test_diabetes_with_neuropathy_is_one_code_og_i_a_15() -> None:
    found = diagnosis_codes(problems=(icd("E11.9"), icd("G62.9", item_id="p2")))
    assert found == ["E11.40"]


def test_a_combination_is_no_surer_than_what_was_combined_og_i_a_15() -> None:
    listing = Listing((Diagnosis("E11.9", confidence=970), Diagnosis("G62.9", confidence=780)))
    first, second = listing.diagnoses
    linked = listing.recoded(first, "E11.40", "OG I.A.15 diabetes-with", (second,))
    assert [(each.code, each.confidence) for each in linked.diagnoses] == [
        ("E11.40", 780),
        ("G62.9", 780),
    ]


def test_a_symptom_that_belongs_to_the_diagnosis_is_left_out_og_i_b_5() -> None:
    result = code(encounter(problems=problems("Acute bronchitis", "Cough")))
    assert codes(result) == ["J20.9"]
    assert [(item.subject, item.reason) for item in result.rejected] == [
        ("R05.9", "integral_symptom")
    ]


def test_a_symptom_that_does_not_belong_is_coded_too_og_i_b_6() -> None:
    assert diagnosis_codes(problems=problems("Acute bronchitis", "Low back pain")) == [
        "J20.9",
        "M54.50",
    ]


def test_each_code_is_reported_once_og_i_b_12() -> None:
    assert diagnosis_codes(problems=problems("Hypertension", "Essential hypertension")) == ["I10"]


def test_an_external_cause_is_never_first_og_i_c_20() -> None:
    found = diagnosis_codes(problems=(icd("W19.XXXA"), icd("S93.401A", item_id="p2")))
    assert found == ["S93.401A", "W19.XXXA"]


def test_an_external_cause_alone_goes_to_a_coder_og_i_c_20() -> None:
    result = code(encounter(problems=(icd("W19.XXXA"),)))
    assert result.route == "coder"
    assert "secondary_only_first:W19.XXXA" in result.reasons


def test_obstetric_codes_come_first_og_i_c_15() -> None:
    found = diagnosis_codes(problems=(icd("J20.9"), icd("O26.891", item_id="p2")))
    assert found == ["O99.511", "O26.891", "J20.9"]


def test_codes_that_exclude_each_other_go_to_a_coder_og_i_a_12_a() -> None:
    result = code(encounter(problems=(icd("J03.90"), icd("J36", item_id="p2"))))
    assert any(reason.startswith("excludes1:") for reason in result.reasons)
    assert result.route == "coder"


def test_a_code_that_the_sex_does_not_allow_goes_to_a_coder() -> None:
    result = code(encounter(problems=(icd("N40.0"),)), ADULT)
    assert result.reasons == ("sex_conflict:N40.0",)


def test_a_code_of_the_ehr_is_kept_when_it_is_valid_on_the_date() -> None:
    result = code(encounter(problems=(icd("e119"),)))
    assert codes(result) == ["E11.9"]
    assert result.diagnoses[0].confidence == 1000


def test_a_category_of_the_ehr_is_completed_og_i_b_2() -> None:
    result = code(encounter(problems=(icd("E11"),)))
    assert codes(result) == ["E11.9"]
    assert "OG I.A.18 default" in result.diagnoses[0].rules


def test_a_code_that_is_not_valid_on_the_date_is_not_taken_on_trust() -> None:
    result = code(encounter(problems=(icd("I10.9", description="Essential hypertension"),)))
    assert codes(result) == ["I10"]
    assert result.route == "coder"


def test_a_display_text_of_another_code_system_is_coded_by_its_words() -> None:
    problem = Problem(
        item_id="p1",
        description="",
        code=Coding(system="snomed", code="10509002", display="Acute bronchitis (disorder)"),
    )
    assert diagnosis_codes(problems=(problem,)) == ["J20.9"]


def test_what_no_code_fits_goes_to_a_coder_and_is_never_guessed() -> None:
    result = code(encounter(problems=problems("zxqv wobbly thing")))
    assert codes(result) == []
    assert result.reasons == ("problem_not_understood:p1",)


@pytest.mark.parametrize(
    ("complaint", "problem", "expected"),
    [
        ("Follow-up of ankle sprain", "Sprain of right ankle", "S93.401D"),
        ("Rolled ankle", "Sprain of right ankle", "S93.401A"),
        ("", "Sequela of sprain of right ankle", "S93.401S"),
        ("", "Sprain of right ankle, subsequent encounter", "S93.401D"),
    ],
)
def test_the_seventh_character_follows_the_episode_og_i_c_19_a(
    complaint: str, problem: str, expected: str
) -> None:
    assert diagnosis_codes(problems=problems(problem), chief_complaint=complaint) == [expected]


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        (DAY.replace(day=1), "Z00.110"),
        (DAY.replace(month=2, day=12), "Z00.111"),
        (DAY.replace(year=2025), "Z00.129"),
        (DAY.replace(year=1980), "Z00.00"),
    ],
)
def test_a_preventive_visit_lists_z00_by_age_first_og_i_c_21(birth: object, expected: str) -> None:
    result = code(
        encounter(visit_kind="preventive", problems=(), decision_making=None),
        PatientFacts(birth, "F", "commercial"),  # type: ignore[arg-type]
    )
    assert codes(result) == [expected]


def test_a_new_finding_makes_the_preventive_visit_abnormal_and_a_stable_one_does_not() -> None:
    stable = encounter(
        visit_kind="preventive", problems=problems("Hypertension"), decision_making=MODERATE
    )
    finding = MODERATE.model_copy(
        update={"problems": (ProblemAddressed(kind="undiagnosed_uncertain_prognosis"),)}
    )
    assert codes(code(stable))[0] == "Z00.00"
    changed = stable.model_copy(update={"decision_making": finding})
    assert codes(code(changed))[0] == "Z00.01"


def test_the_side_is_taken_from_the_note_with_its_place_as_evidence() -> None:
    text = "Pain when walking. Left ankle sprain with swelling."
    result = code(encounter(problems=problems("Sprain of ankle"), note=note(("Exam", text))))
    assert codes(result) == ["S93.402A"]
    (place,) = [item for item in result.diagnoses[0].evidence if item.source == "note"]
    assert text[place.start : place.end] == "ankle sprain"


@pytest.mark.parametrize(
    "text",
    [
        "1. Essential hypertension, stable.\n2. Gout: allopurinol.",
        "- Essential hypertension\n- Gout",
        "Hypertension and gout.",
    ],
)
def test_a_note_alone_is_coded_from_its_assessment(text: str) -> None:
    result = code(encounter(problems=(), note=note(("Assessment and Plan", text))))
    assert codes(result) == ["I10", "M10.9"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1. Acute bronchitis.\n2. Possible pneumonia.", "uncertain_outpatient"),
        ("1. Acute bronchitis.\n2. No evidence of pneumonia.", "negated"),
        ("1. Acute bronchitis.\n2. Family history of pneumonia", "family"),
    ],
)
def test_what_the_assessment_does_not_affirm_is_rejected_with_its_reason(
    text: str, reason: str
) -> None:
    result = code(encounter(problems=(), note=note(("Assessment", text))))
    assert codes(result) == ["J20.9"]
    assert [item.reason for item in result.rejected] == [reason]


def test_other_sections_of_the_note_are_not_coded() -> None:
    found = diagnosis_codes(
        note=note(
            ("History of Present Illness", "Gout\nHypertension"),
            ("Family History", "Breast cancer"),
        )
    )
    assert found == ["J20.9"]


def test_a_combination_of_more_than_twelve_keeps_the_first_twelve() -> None:
    many = [
        "I10", "M10.9", "E03.9", "K21.9", "J45.909", "N39.0", "E78.5", "F41.1", "M54.50",
        "G43.909", "L40.9", "H10.9", "D50.9", "E55.9",
    ]  # fmt: skip
    documented = tuple(icd(each, item_id=f"p{n}") for n, each in enumerate(many))
    assert codes(code(encounter(problems=documented))) == many[:12]


def test_a_leaf_that_nothing_calls_the_default_is_left_to_a_coder_og_i_b_2() -> None:
    result = code(encounter(problems=(icd("E11.61"),)))
    assert result.route == "coder"
