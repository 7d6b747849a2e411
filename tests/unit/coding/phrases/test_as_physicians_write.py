"""Phrases as physicians write them: short, by site, with what a seventh character tells."""

import pytest

from services.coding.domain.confidence import INDEX, SIMILARITY, WIDER
from services.coding.domain.diagnosis.near_words import NearWords
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.specificity import complete, title_of
from services.coding.domain.reading.assertion import triggers
from services.coding.domain.reading.meanings import meanings
from services.coding.domain.reading.naming import source_of
from services.coding.domain.reading.problem_wording import ProblemReader
from services.coding.domain.reading.wording import read_problem
from tests.unit.coding.examples import sets_on
from tests.unit.coding.phrases.test_candidates import first

CODES = sets_on().diagnoses
READER = ProblemReader(PhraseMatcher(CODES), CODES)


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("open fx L tibial shaft", "S82.202B"),
        ("closed fx L tibial shaft, follow up", "S82.202D"),
        ("POAG OU, severe stage", "H40.1133"),
        ("wet AMD OS with inactive scar", "H35.3223"),
        ("CRVO OD with macular edema", "H34.8110"),
        ("CRVO OD, stable", "H34.8112"),
    ],
)
def test_a_seventh_character_is_the_one_that_is_told(phrase: str, code: str) -> None:
    assert first(phrase) == code


@pytest.mark.parametrize(
    ("code", "side", "one"),
    [
        ("I83.90", "bilateral", "I83.93"),
        ("J38.00", "left", "J38.01"),
        ("J38.00", "bilateral", "J38.02"),
    ],
)
def test_a_side_is_found_where_the_titles_do_not_name_it_alike(
    code: str, side: str, one: str
) -> None:
    assert complete(CODES, code, frozenset({side})).codes == (one,)


def test_one_knee_is_never_coded_as_both() -> None:
    assert first("post-traumatic OA R knee") == "M17.31"
    assert first("post-traumatic OA of both knees") == "M17.2"


@pytest.mark.parametrize(
    "code", ["J44.89", "K76.89", "M24.575", "M24.445", "M87.842", "S63.045A", "Z98.890", "H57.89"]
)
def test_a_title_names_its_own_code(code: str) -> None:
    assert first(title_of(CODES, code)) == code


def test_gout_of_a_joint_is_not_due_to_the_kidney() -> None:
    assert first("gout left ankle") == "M10.072"
    assert first("gout due to renal impairment, left ankle") == "M10.372"


def test_an_unspecified_code_that_the_words_outdo_is_less_sure_than_one_they_name() -> None:
    def source(phrase: str, code: str) -> str:
        return source_of(CODES, read_problem(phrase).tokens, frozenset(), code, exact=True)

    assert source("acute bronchitis", "J20.9") == INDEX
    assert source("congestive heart failure", "I50.9") == INDEX
    assert source("angina of effort", "I20.9") == WIDER
    assert source_of(CODES, ("gout",), frozenset(), "M10.9", exact=False) == SIMILARITY


def test_parts_told_with_their_cause_leave_a_code_of_the_whole_to_a_coder() -> None:
    varices, _ = READER.conditions("Esophageal varices secondary to toxic liver disease")
    assert varices.named is not None
    assert varices.named.sure <= 900
    knee, _ = READER.conditions("knee pain and hypothyroidism")
    assert knee.named is not None
    assert knee.named.sure > 900


def test_a_doubt_before_a_name_says_nothing_of_the_name_before_it() -> None:
    pain, appendicitis = READER.conditions("Abdominal pain ?appendicitis")
    assert (pain.assertion, appendicitis.assertion) == ("affirmed", "uncertain")
    cough, *others = READER.conditions("Cough, likely viral URI vs allergic rhinitis")
    assert cough.assertion == "affirmed"
    assert {each.assertion for each in others} == {"uncertain"}


def test_what_somebody_no_longer_has_is_past_and_what_is_no_longer_controlled_is_not() -> None:
    assert [each.kind for each in triggers("No longer has atrial fibrillation")] == ["historical"]
    assert triggers("Hypertension no longer controlled") == ()


def test_an_artery_with_a_stent_is_no_lymph_node() -> None:
    assert meanings("cervical LAD")
    assert not meanings("DES to LAD")


def test_two_slips_in_a_long_word_are_taken_for_it_and_in_a_short_one_not() -> None:
    near = NearWords(("hemorrhoids", "asthma", "pneumonia"))
    assert near.twice_misspelt("hemmorhoids") == ("hemorrhoids",)
    assert near.twice_misspelt("asthama") == ()
    assert near.twice_misspelt("pneumothorax") == ()
