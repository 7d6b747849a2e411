"""A phrase that is looked up is answered as it would be coded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.specificity import is_billable
from tests.unit.coding.examples import sets_on

CODES = sets_on().diagnoses
CANDIDATES = PhraseCandidates(CODES, PhraseMatcher(CODES))


def first(phrase: str) -> str:
    found = CANDIDATES.named(phrase, 5)
    return found[0].code if found else ""


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_answered_with_billable_codes_or_none(text: str) -> None:
    found = CANDIDATES.named(text, 5)
    assert found == CANDIDATES.named(text, 5)
    assert all(is_billable(CODES, each.code) for each in found)
    assert len({each.code for each in found}) == len(found) <= 5


@pytest.mark.parametrize(
    ("phrase", "never"),
    [
        ("Migraine without aura, intractable", "G43.119"),
        ("Cervical spondylosis with myelopathy", "M47.812"),
        ("Asymptomatic HIV", "B20"),
        ("Family history of stroke", "Z86.73"),
        ("History of stroke", "Z82.3"),
        ("Coronary artery disease with angina", "I25.10"),
    ],
)
def test_the_contrary_is_never_the_first_answer(phrase: str, never: str) -> None:
    assert first(phrase) != never


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("acute on chronic combined heart failure", "I50.43"),
        ("acute on chronic HFpEF", "I50.33"),
        ("AECOPD", "J44.1"),
        ("CKD3b", "N18.32"),
        ("HTN with CKD 3", "I12.9"),
        ("DVT left leg", "I82.402"),
        ("chronic DVT left leg", "I82.502"),
        ("LLE cellulitis", "L03.116"),
        ("migraine without aura, intractable", "G43.019"),
        ("BPH with obstruction", "N40.1"),
        ("pressure ulcer sacrum stage 3", "L89.153"),
        ("2nd degree burn of left forearm", "T22.212A"),
        ("TIA 2 years ago", "Z86.73"),
        ("h/o CVA", "Z86.73"),
        ("colon cancer s/p resection NED", "Z85.038"),
        ("s/p L TKA", "Z96.652"),
        ("liver mets", "C78.7"),
        ("breast cancer with mets to bone", "C50.919"),
        ("dog bite of hand", "S61.459A"),
        ("snake bite right foot", "T63.001A"),
        ("sepsis due to E. coli UTI", "A41.51"),
        ("AIDS with PCP", "B20"),
        ("pneumonia due to COVID-19", "U07.1"),
        ("Hodgkin lymphoma", "C81.90"),
        ("osteopenia", "M85.80"),
        ("lump in left breast", "N63.20"),
        ("coeliac disease", "K90.0"),
        ("cholecystits", "K81.9"),
        ("BMI 42", "Z68.41"),
        ("BMI 19.4", "Z68.1"),
        ("body mass index of 32.4", "Z68.32"),
        ("FHx colon cancer", "Z80.0"),
        ("RLL pneumonia", "J18.9"),
        ("diabetes without retinopathy", "E11.9"),
        ("COPD without exacerbation", "J44.9"),
        ("gastritis without bleeding", "K29.70"),
        ("gastritis with bleeding", "K29.71"),
        ("pain in right knee and the other knee", "M25.561"),
    ],
)
def test_a_phrase_of_a_note_finds_its_code_first(phrase: str, code: str) -> None:
    assert first(phrase) == code


def test_an_abbreviation_of_several_things_gives_the_codes_of_all_and_is_less_sure() -> None:
    found = {each.code: each.score for each in CANDIDATES.named("ARF", 5)}
    assert {"N17.9", "J96.00"} <= set(found)
    assert max(found.values()) <= 700


def test_both_sides_of_a_condition_without_a_code_for_both_are_two_codes() -> None:
    codes = [each.code for each in CANDIDATES.named("B knee pain", 5)]
    assert codes[:2] == ["M25.561", "M25.562"]
