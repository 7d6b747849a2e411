"""Notes as clinics write them, whole: what is coded, and what must not be.

Each case: the note, the codes that have to be among the diagnoses, and beginnings of codes that
must not be. Sources: ICD-10-CM Official Guidelines IV.D and IV.G (reason for the visit), IV.H
(uncertain), IV.I and IV.J (chronic, history), I.B.2 and I.B.13 (detail), I.B.14 (BMI).
"""

import pytest

from services.coding.domain.coding_result import CodingResult
from tests.unit.coding.examples import code, codes, encounter, note

FORMS = [
    ("A/P: 1. HTN - continue lisinopril 2. DM2 - metformin 3. HLD", "I10 E11.9 E78.5", ""),
    ("S: cough x3 days. O: lungs clear. A: Acute bronchitis. P: fluids.", "J20.9", "R05"),
    ("CC: cough HPI: 3 days PMH: asthma FH: father CAD Assessment: Acute bronchitis Plan: rest",
     "J20.9", "J45 I25"),
    ("**Assessment:** Gout\n## Plan\n1. CBC\n2. CXR to rule out pneumonia", "M10.9", "J18"),
    ("ASSESSMENT:\n1. HTN\nPlan: lisinopril\n2. Hypothyroidism\nPlan: TSH", "I10 E03.9", ""),
    ("Assessment:\n# Hypertension\n- BP 150/90\n- cont lisinopril\n# CKD 3a\n# Health maintenance\n"
     "- flu shot", "I12.9 N18.31", "J10 J11"),
    ("Assessment:\n- Hypertension - not at goal\n    - increase losartan\n- Vitamin D deficiency",
     "I10 E55.9", ""),
    ("Assessment & Plan\nHypertension: well controlled, continue amlodipine.\nGERD: diet.",
     "I10 K21.9", ""),
    ("Assessment: Essential HTN; DM type 2 - stable; hyperlipidemia", "I10 E11.9 E78.5", ""),
    ("Assessment:\nCardiovascular: Atrial fibrillation, on apixaban\nEndocrine: Hypothyroidism",
     "I48.91 E03.9", ""),
    ("Diagnoses and all orders for this visit:\nEssential hypertension\n- lisinopril 20 MG tablet; "
     "Take 1 tablet by mouth daily\nGout (HCC)\n- Uric acid", "I10 M10.9", ""),
    ("Diagnoses: Essential hypertension (I10); Type 2 diabetes mellitus (E11.9)", "I10 E11.9", ""),
    ("Assessment\n1. I10 Essential hypertension\n2. M10.9 - Gout", "I10 M10.9", ""),
    ("RESULTS\nX-ray.\nImpression: Emphysema.\nASSESSMENT\n1. Gout", "M10.9", "J43"),
    ("Assessment:\nRight shoulder:\n- Rotator cuff tear\nLeft knee:\n- Osteoarthritis", "M17.12",
     ""),
    ("PROBLEM LIST:\n- Hypertension\n- Gout\nASSESSMENT:\n- Acute cystitis", "N30.00", "I10 M10"),
    ("Medications: metformin for diabetes\nAllergies: penicillin (rash)\nPMH: asthma, stroke\n"
     "Assessment: Gout.", "M10.9", "E11 J45 I63 R21 Z88"),
]  # fmt: skip
PROSE = [
    ("ASSESSMENT\nShe has type 2 diabetes. No evidence of retinopathy. Continue colchicine for "
     "gout.",
     "E11.9 M10.9", "H35 E11.3"),
    ("ASSESSMENT:\nHypertension is well controlled on lisinopril. GERD is not controlled.",
     "I10 K21.9", ""),
    ("Impression: 62 yo male with hypertension presents with chest pain, likely musculoskeletal.",
     "I10 R07.9", "M79"),
    ("ASSESSMENT AND PLAN\nThe patient presents today with newly diagnosed melanoma. On "
     "examination today, there is a lymph node.", "C43.9", "Z00"),
    ("Assessment: The patient was treated for pneumonia last year. Today presents with gout.",
     "M10.9", "J18"),
    ("ASSESSMENT: This is a 6-year-old boy with allergic rhinitis due to pollen and eczema. Mother "
     "has asthma.", "J30.1 L30.9", "J45"),
    ("ASSESSMENT\nJane Doe is a 50-year-old female with a past medical history of gout who "
     "presents for back pain.\n\nAcute cystitis.\n- Medical Reasoning: Urine shows nitrites.",
     "N30.00", "M10 M54"),
    ("Assessment: Son has asthma; patient with sore throat. Rapid strep negative.", "J02.9",
     "J45 J02.0"),
    ("PLAN\nRegarding her gout, she should continue allopurinol.\nASSESSMENT\nAcute cystitis.",
     "N30.00 M10.9", ""),
    ("Assessment: Patient denies depression. Fatigue.", "R53.83", "F32"),
]  # fmt: skip
DOUBT = [
    ("Assessment: Asthma vs. COPD. Cough.", "R05.9", "J44 J45"),
    ("Assessment\nPatient presents with cough. Rule out pneumonia.", "R05.9", "J18"),
    ("CC: Sore throat\nAssessment: Possible strep pharyngitis", "J02.9", "J02.0"),
    ("Differential diagnosis: appendicitis, UTI\nAssessment: Abdominal pain", "R10.9", "K3 N39"),
    ("Working diagnosis: pneumonia\nPlan: antibiotics", "", "J18"),
    ("Assessment: Dizziness likely due to dehydration.", "R42", "E86"),
    ("Assessment: Headache, differential includes migraine, sinusitis, stroke.", "R51.9",
     "G43 J32 I63"),
    ("Assessment: Findings compatible with viral meningitis. Headache.", "R51.9", "A87"),
    ("MDM: Considered ACS, PE, pneumonia.\nCLINICAL IMPRESSION: Anxiety", "F41.9", "I24 I26 J18"),
    ("Assessment: Negative for influenza, positive for COVID-19.", "U07.1", "J10 J11"),
    ("Assessment: At risk for osteoporosis; on calcium to prevent osteoporosis. Gout.", "M10.9",
     "M81"),
    ("Assessment: Return to ED if chest pain or syncope. GERD.", "K21.9", "R07 R55"),
]  # fmt: skip
HISTORY = [
    ("A: History of gout, stable on allopurinol. P: refill", "M10.9", ""),
    ("Assessment\n3. History of gout.\n- Medical Reasoning: Stable with medication.", "M10.9", ""),
    ("Assessment: History of breast cancer, no evidence of disease.", "Z85.3", "C50"),
    ("Assessment: History of DVT. Gout.", "Z86.718 M10.9", "I82"),
    ("Assessment: Family history of colon cancer. Gout.", "Z80.0", "C18"),
    ("Assessment: Pneumonia, resolved. Gout.", "M10.9", "J18"),
    ("Assessment: Mother had gout. Acute cystitis.", "N30.00", "M10"),
]  # fmt: skip
DETAIL = [
    ("HPI: CKD stage 3b, followed.\nAssessment: CKD", "N18.32", "N18.9"),
    ("HPI: Pain in the right knee, osteoarthritis of the right knee.\nAssessment: Knee "
     "osteoarthritis", "M17.11", ""),
    ("Assessment: Obesity, BMI 34.2: diet.", "E66.9 Z68.34", "Z68.1"),
    ("Assessment: Kidney stone, right side.", "N20.0", ""),
    ("Assessment: Lateral epicondylitis, right elbow", "M77.11", ""),
    ("Assessment: Left knee: osteoarthritis.", "M17.12", ""),
    ("Assessment: Right foot pain.", "M79.671", ""),
    ("Assessment: Right middle finger distal phalanx fracture.", "S62.632A", ""),
    ("CC: Follow-up of fracture\nAssessment: Fracture of shaft of left tibia", "S82.202D", ""),
    ("Assessment\n1. Diabetes type I - on insulin pump\n2. Bipolar I disorder", "E10.9 F31.9",
     "E11"),
    ("Assessment: Newly diagnosed diabetes. New found anemia.", "E11.9 D64.9", ""),
    ("Assessment: Nicotine dependence\n- currently smoking 1.5 packs per day", "F17.210", ""),
]  # fmt: skip


def coded(text: str, **fields: str) -> CodingResult:
    return code(encounter(problems=(), note=note(("Note", text)), **fields))


@pytest.mark.parametrize(("text", "expected", "never"), [*FORMS, *PROSE, *DOUBT, *HISTORY, *DETAIL])
def test_a_note_is_coded_as_it_is_written(text: str, expected: str, never: str) -> None:
    found = codes(coded(text))
    assert set(expected.split()) <= set(found)
    forbidden = tuple(never.split())
    assert not [each for each in found if forbidden and each.startswith(forbidden)]


def test_what_is_doubted_is_coded_for_inpatients_og_ii_h() -> None:
    inpatient = {"setting": "inpatient", "place_of_service": "21"}
    assert "J18.9" in codes(coded("Assessment: Probable pneumonia.", **inpatient))
    assert codes(coded("Differential diagnosis: pneumonia, gout", **inpatient)) == []


def test_a_note_without_headings_is_proposed_and_left_to_a_coder() -> None:
    result = coded(
        "45 y/o M here for cough x3 days. Denies fever. Acute bronchitis. Albuterol prn."
    )
    assert codes(result) == ["J20.9"]
    assert result.route == "coder"


def test_a_symptom_of_the_complaint_is_coded_only_where_nothing_explains_it_og_iv_d() -> None:
    assert codes(coded("CC: Cough\nAssessment: Probable asthma")) == ["R05.9"]
    assert codes(coded("CC: Cough\nAssessment: Acute bronchitis")) == ["J20.9"]


@pytest.mark.parametrize(
    "line", ["Zxqv wobbles", "Lateral zxqv complex, right ankle", "Status post zxqv"]
)
def test_a_problem_that_is_not_understood_is_left_to_a_coder_and_never_dropped(line: str) -> None:
    result = coded(f"Assessment:\n1. Gout\n2. {line}")
    assert codes(result) == ["M10.9"]
    assert any(each.startswith("assessment_not_understood:") for each in result.reasons)


def test_a_code_that_its_words_contradict_is_left_to_a_coder() -> None:
    result = coded("Assessment: Gout (E11.9)")
    assert any(each.startswith("unsure:") for each in result.reasons)
