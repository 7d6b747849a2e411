"""Kinds of a disease that are told in words of any order, and what is left as it was written."""

import pytest

from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.reading.told_kinds import told_kind
from tests.unit.coding.examples import code, codes, encounter, problems, sets_on


def first(phrase: str) -> str:
    """The first code that a phrase is answered with."""
    found = sets_on().diagnoses
    return PhraseCandidates(found, PhraseMatcher(found)).named(phrase, 1)[0].code


@pytest.mark.parametrize(
    "text",
    [
        "bipolar 2, depressed, severe",
        "bipolar disorder, manic and depressed, severe",
        "bipolar disorder, manic, mild to moderate",
        "bipolar disorder in remission",
        "peripheral arterial disease with claudication",
        "peripheral vascular disease with gangrene and sepsis",
        "acute traumatic rotator cuff tear, complete",
        "rotator cuff tear",
        "inguinal hernia",
        "incarcerated inguinal hernia with gangrene",
        "incarcerated ventral hernia",
        "pressure ulcer of heel",
        "arterial ulcer of ankle",
        "aneurysm of splenic artery",
        "ruptured berry aneurysm",
        "old left MCA stroke, embolic",
        "diverticulitis of sigmoid with abscess, no bleeding",
        "torn meniscus, degenerative",
        "gastric ulcer",
    ],
)
def test_what_tells_no_kind_or_more_than_one_is_left_as_it_is(text: str) -> None:
    assert told_kind(text) == text


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("PAD w/ dry gangrene L great toe", "I70.262"),
        ("ulcer of left heel due to PAD", "I70.244"),
        ("PVD with rest pain both legs", "I70.223"),
        ("bipolar disorder, current episode mixed, severe with psychosis", "F31.64"),
        ("Bipolar I, currently manic, moderate", "F31.12"),
        ("severe depressed episode, bipolar disorder, no psychotic features", "F31.4"),
        ("partial thickness supraspinatus tear R", "M75.111"),
        ("strangulated left femoral hernia", "K41.30"),
        ("irreducible inguinal hernias, bilateral", "K40.00"),
        ("non-pressure ulcer R calf with fat layer exposed", "L97.212"),
    ],
)
def test_the_words_may_stand_in_any_order(phrase: str, wanted: str) -> None:
    assert first(phrase) == wanted


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("concussion with LOC x 20 seconds", "S06.0X1A"),
        ("nonunion of left scaphoid", "S62.002K"),
        ("malunion of right clavicle", "S42.001P"),
        ("left sided colitis", "K51.50"),
        ("di/di twins 30 wks", "O30.043"),
        ("preeclampsia with severe features at 34 weeks", "O14.13"),
        ("neutropenic fever due to chemotherapy for lymphoma", "D70.1"),
        ("postpancreatectomy diabetes", "E89.1"),
        ("pathologic fracture of left humerus due to bony metastases", "M84.522A"),
        ("stable proliferative diabetic retinopathy of right eye, type 2", "E11.3551"),
    ],
)
def test_a_phrase_as_physicians_write_it_finds_its_code(phrase: str, wanted: str) -> None:
    assert first(phrase) == wanted


def coded(*texts: str) -> list[str]:
    return codes(code(encounter(problems=problems(*texts))))


def test_an_injury_that_was_survived_is_none_that_ended_in_death() -> None:
    assert not {"S06.5X7A", "S06.5X8A"} & set(coded("TBI, subdural hematoma, no LOC"))


def test_a_pregnancy_is_incidental_only_where_it_is_said_to_be() -> None:
    told = coded("Pregnancy at 20 weeks", "Type 2 diabetes")
    assert told[0] == "O24.112"
    assert "Z33.1" not in told


def test_a_word_of_course_that_its_category_uses_is_not_left_out_unseen() -> None:
    result = code(
        encounter(problems=problems("type 2 diabetes", "stable PDR right eye, doing well"))
    )
    assert result.route == "coder"
