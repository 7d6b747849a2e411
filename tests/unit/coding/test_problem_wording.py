"""What a line of words does not establish is never final; what it names is coded in full."""

import pytest

from schemas.values import Coding
from services.coding.domain.coding_result import CodingResult
from tests.unit.coding.examples import code, codes, encounter, note, problems

NOT_ESTABLISHED = [
    "Risk of stroke",
    "Stroke prevention",
    "Avoid pneumonia",
    "Prevention of migraine",
    "Monitor for heart failure",
    "Signs of stroke reviewed",
    "Suicidal ideation denied",
    "Unlikely pneumonia",
    "Low suspicion for pulmonary embolism",
    "?Pneumonia",
    "?UTI",
    "Pneumonia?",
    "Pneumonia (doubt)",
    "Questionable UTI",
    "Bronchitis, suspected",
    "Bronchitis - probable",
    "Strep throat - negative",
    "Strep throat, rapid test negative",
    "UTI, culture pending",
    "COVID-19 negative",
    "Pneumonia, ruled out by chest x-ray",
    "Pneumonia; ruled out",
    "Pneumonia: unlikely given a normal x-ray",
    "Pneumonia. Ruled out by CT.",
    "Asthma, not present today",
    "Rule-out pulmonary embolism",
    "DVT r/o",
    "GERD vs gastritis",
    "Cellulitis or gout",
    "Had pneumonia",
    "Resolved pneumonia",
    "Brother with asthma",
    "Brother has diabetes",
    "Breast cancer s/p mastectomy 2010, NED",
    "Father died of MI",
    "Fear of melanoma",
    "Planned screening for depression",
    "Neither asthma nor COPD",
    "No fever, cough",
    "Prostate cancer in remission",
    "Stroke education",
    "Ovarian cancer fear",
    "Thyroid cancer surveillance",
    "Asthma or COPD",
    "Denied: suicidal ideation",
    "Suicidal ideation: denies",
    "Gout (hx)",
    "Gout, by history",
    "History suggestive of gout",
    "Gout, if uric acid high",
    "Pneumonia unless proven otherwise",
    "Gout not proven",
    "Gout until shown otherwise",
]
SETTLED = [
    ("Screening for colon cancer", ["Z12.11"]),
    ("Colon cancer screening", ["Z12.11"]),
    ("At risk for falls", ["Z91.81"]),
    ("FHx of breast cancer", ["Z80.3"]),
    ("Fam hx diabetes", ["Z83.3"]),
    ("Family history of colon cancer", ["Z80.0"]),
    ("Hx breast cancer", ["Z85.3"]),
    ("Chest pain, doubt MI", ["R07.9"]),
    ("Rule out MI; chest pain", ["R07.9"]),
    ("Abdominal pain, appendicitis not excluded", ["R10.9"]),
    ("Headache without fever", ["R51.9"]),
    ("Migraine without aura", ["G43.009"]),
    ("Hypertension, denies chest pain", ["I10"]),
    ("Hypertension, not at goal", ["I10"]),
    ("Old MI", ["I25.2"]),
    ("Acute MI 3 weeks ago", ["I21.9"]),
    ("Acute MI 3 months ago", ["I25.2"]),
    ("Hyperlipidemia, unspecified; GERD", ["E78.5", "K21.9"]),
    ("Gout; hyperlipidemia; psoriasis; anemia", ["M10.9", "E78.5", "L40.9", "D64.9"]),
    ("Nausea and vomiting", ["R11.2"]),
    ("Hypertension with heart failure and CKD stage 4", ["I13.0", "I50.9", "N18.4"]),
    ("Type 2 diabetes with CKD stage 3a and hypertension", ["E11.22", "I12.9", "N18.31"]),
    ("Type 2 diabetes on insulin", ["E11.9", "Z79.4"]),
    ("Type 2 diabetes with neuropathy on insulin", ["E11.40", "Z79.4"]),
    ("Type 1 diabetes on insulin", ["E10.9"]),
    ("Cough x 3 days", ["R05.9"]),
    ("Breast cancer, history of", ["Z85.3"]),
    ("No diabetes; hypertension", ["I10"]),
    ("Right knee osteoarthritis", ["M17.11"]),
    ("Osteoarthritis of both hips", ["M16.0"]),
]


def as_problem(text: str) -> CodingResult:
    return code(encounter(problems=problems(text)))


def as_assessment(text: str) -> CodingResult:
    return code(encounter(problems=(), note=note(("Assessment", f"1. {text}"))))


@pytest.mark.parametrize("text", NOT_ESTABLISHED)
def test_what_the_words_do_not_establish_is_never_final_og_iv_h(text: str) -> None:
    assert as_problem(text).route != "automatic"
    assert as_assessment(text).route != "automatic"


@pytest.mark.parametrize("text", NOT_ESTABLISHED)
def test_beside_a_sure_problem_it_is_left_out_or_left_to_a_coder(text: str) -> None:
    result = code(encounter(problems=(), note=note(("Assessment", f"1. Psoriasis\n2. {text}"))))
    assert result.route != "automatic" or codes(result) == ["L40.9"]


@pytest.mark.parametrize(("text", "expected"), SETTLED)
def test_each_condition_of_a_line_is_coded_with_its_combinations(
    text: str, expected: list[str]
) -> None:
    for result in (as_problem(text), as_assessment(text)):
        assert codes(result) == expected
        assert result.route == "automatic"


def test_a_condition_of_a_line_that_no_code_fits_sends_the_line_to_a_coder() -> None:
    result = as_assessment("Gout with zxqv wobbles and hypertension")
    assert codes(result) == ["M10.9", "I10"]
    assert any(each.startswith("assessment_not_understood") for each in result.reasons)
    assert as_problem("Gout with zxqv wobbles and hypertension").route == "coder"


def test_a_list_after_a_denial_in_its_middle_is_left_to_a_coder() -> None:
    result = as_assessment("Hypertension, no chest pain, hyperlipidemia")
    assert [each.split(":")[0] for each in result.reasons] == ["assertion_unclear"]


def test_what_is_doubted_counts_as_established_for_inpatients_and_a_denial_never_og_ii_h() -> None:
    inpatient = {"setting": "inpatient", "place_of_service": "21"}
    assert codes(code(encounter(problems=problems("Pneumonia, suspected"), **inpatient))) == [
        "J18.9"
    ]
    for text in ("Unlikely pneumonia", "Pneumonia, ruled out"):
        assert codes(code(encounter(problems=problems(text), **inpatient))) == []


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("?UTI", "N39.0"),
        ("Rule out pneumonia", "J18.9"),
        ("No diabetes", "E11.9"),
        ("Diabetes risk", "E11.9"),
        ("Screening for colon cancer", "C18.9"),
        ("Family history of breast cancer", "C50.911"),
        ("History of stroke", "I63.9"),
    ],
)
def test_words_that_speak_against_the_code_of_the_ehr_are_left_to_a_coder(
    text: str, given: str
) -> None:
    documented = problems(text, code=Coding(system="icd10cm", code=given))
    result = code(encounter(problems=documented))
    assert codes(result) == []
    assert result.reasons == ("wording_against_code:p1",)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("Family history of malignant neoplasm of breast", "Z80.3"),
        ("Contact with and (suspected) exposure to COVID-19", "Z20.822"),
        ("Migraine without aura, not intractable, without status migrainosus", "G43.009"),
        ("Encounter for screening for malignant neoplasm of colon", "Z12.11"),
        ("Former smoker", "Z87.891"),
        ("COVID-19 ruled out", "Z03.818"),
        ("Lumbar strain without radiculopathy", "S39.012A"),
        ("Personal history of other malignant neoplasm of skin", "Z85.828"),
    ],
)
def test_denials_that_belong_to_the_title_of_the_code_do_not_speak_against_it(
    text: str, given: str
) -> None:
    documented = problems(text, code=Coding(system="icd10cm", code=given))
    assert codes(code(encounter(problems=documented))) == [given]


def test_a_chief_complaint_in_doubt_is_no_reason_for_the_visit() -> None:
    assert codes(code(encounter(problems=(), chief_complaint="Cough"))) == ["R05.9"]
    for doubted in ("?UTI", "Rule out UTI", "UTI, denied"):
        assert codes(code(encounter(problems=(), chief_complaint=doubted))) == []
