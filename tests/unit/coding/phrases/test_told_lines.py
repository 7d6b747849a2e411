"""A line that names a cause, an organism, a bite or a past disease is coded by its rule."""

from typing import Literal

import pytest

from schemas.encounter import Problem
from schemas.values import Coding
from services.coding.domain.coding_result import PatientFacts
from services.coding.domain.diagnosis import told_bites, told_history, told_infections, told_pairs
from tests.unit.coding.examples import DAY, code, codes, encounter, note, problems


def coded(text: str, sex: Literal["F", "M", "U"] = "F") -> list[str]:
    patient = PatientFacts(DAY.replace(year=1980), sex, "commercial")
    return codes(code(encounter(problems=problems(text)), patient))


@pytest.mark.parametrize(
    "text",
    [
        "Possible dog bite of hand",
        "No dog bite of hand",
        "If a dog bites the hand, return",
        "MRSA cellulitis ruled out",
        "Suspected sepsis due to E. coli UTI",
    ],
)
def test_what_is_doubted_or_denied_tells_nothing(text: str) -> None:
    found = coded(text)
    assert not {"S61.459A", "L03.90", "A41.51", "B95.62"} & set(found)


@pytest.mark.parametrize("text", ["Stroke 2 weeks ago", "DVT 3 months ago"])
def test_what_is_not_years_ago_is_no_history_by_its_time(text: str) -> None:
    assert told_history.read(text) is None


def test_a_cancer_that_is_gone_is_left_to_a_coder_who_sees_its_history() -> None:
    result = code(encounter(problems=problems("Colon cancer s/p resection NED")))
    assert codes(result) == ["Z85.038"]
    assert result.route == "coder"


@pytest.mark.parametrize(
    "text", ["Colon cancer s/p resection, on adjuvant chemotherapy, NED", "Colon cancer, NED"]
)
def test_a_cancer_that_is_treated_or_was_not_removed_is_no_history(text: str) -> None:
    assert told_history.read(text) is None


def test_where_a_disease_is_on_the_body_is_no_treatment() -> None:
    assert coded("Laceration on forehead") == ["S01.81XA"]


def test_recurrent_infections_are_no_infection_of_today() -> None:
    result = code(encounter(problems=problems("Recurrent lung infections")))
    assert all(each.confidence < 700 for each in result.diagnoses)
    assert result.route == "coder"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dog bite of hand", ["S61.459A", "W54.0XXA"]),
        ("Bitten by a cat on the right wrist", ["S61.551A", "W55.01XA"]),
        ("Left hand raccoon bite", ["S61.452A", "W55.51XA"]),
        ("Tick bite of scalp", ["S00.06XA", "W57.XXXA"]),
        ("Dog bite of lower lip", ["S01.551A", "W54.0XXA"]),
        ("Brown recluse spider bite left calf", ["T63.331A"]),
        ("Wasp sting", ["T63.461A"]),
        ("Follow-up dog bite of left forearm", ["S51.852D", "W54.0XXD"]),
    ],
)
def test_a_bite_is_a_wound_and_its_cause_comes_after_it(text: str, expected: list[str]) -> None:
    assert coded(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sepsis due to E. coli UTI", ["A41.51", "N39.0"]),
        ("Sepsis due to MRSA cellulitis of left leg", ["A41.02", "L03.116"]),
        ("Sepsis due to Klebsiella pneumonia", ["A41.59", "J15.0"]),
        ("E. coli UTI", ["N39.0", "B96.20"]),
        ("MRSA cellulitis; sepsis", ["A41.9", "L03.90", "B95.62"]),
        ("MSSA bacteremia", ["R78.81", "B95.61"]),
        ("Strep pneumo pneumonia", ["J13"]),
        ("H. pylori gastritis", ["K29.70", "B96.81"]),
        ("HIV with PCP pneumonia", ["B20", "B59"]),
        ("COVID pneumonia", ["U07.1", "J12.82"]),
    ],
)
def test_an_organism_is_in_the_code_or_beside_it(text: str, expected: list[str]) -> None:
    assert sorted(coded(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TIA 2 years ago", ["Z86.73"]),
        ("Prior stroke without residual deficits", ["Z86.73"]),
        ("History of breast cancer s/p left mastectomy", ["Z85.3", "Z90.12"]),
        ("BPH with urinary retention", ["N40.1", "R33.8"]),
        ("Anemia in CKD stage 4", ["N18.4", "D63.1"]),
        ("Chronic respiratory failure on home O2", ["J96.10", "Z99.81"]),
        ("Diabetic CKD stage 4", ["E11.22", "N18.4"]),
        ("Metastatic melanoma to brain", ["C43.9", "C79.31"]),
    ],
)
def test_a_past_disease_and_a_pair_have_their_codes(text: str, expected: list[str]) -> None:
    assert sorted(coded(text, "M" if "BPH" in text else "F")) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "sex", "expected"),
    [
        ("Hypogonadism", "M", ["E29.1"]),
        ("Hypogonadism", "F", ["E28.39"]),
        ("Cancer of left breast", "M", ["C50.922"]),
        ("Cancer of left breast", "F", ["C50.912"]),
        ("Infertility", "M", ["N46.9"]),
    ],
)
def test_a_disease_is_coded_for_the_sex_of_the_patient(
    text: str, sex: Literal["F", "M"], expected: list[str]
) -> None:
    assert coded(text, sex) == expected


def test_a_code_that_the_ehr_gave_is_never_changed_for_the_sex() -> None:
    given = Problem(
        item_id="p1",
        description="Breast cancer",
        code=Coding(system="icd10cm", code="C50.911", display=""),
    )
    patient = PatientFacts(DAY.replace(year=1980), "M", "commercial")
    assert codes(code(encounter(problems=(given,)), patient)) == ["C50.911"]


def test_the_same_line_in_a_note_is_coded_the_same() -> None:
    result = code(encounter(problems=(), note=note(("Assessment", "1. Dog bite of right hand"))))
    assert codes(result) == ["S61.451A", "W54.0XXA"]


def test_lines_without_a_cue_tell_nothing() -> None:
    for read in (told_bites.read, told_history.read, told_infections.read, told_pairs.read):
        assert read("Essential hypertension") is None
