"""Spellings, plurals and adjectives of one word meet; different things stay apart."""

import pytest

from services.coding.domain.reading import wording
from services.coding.domain.reading.word_forms import FORMS, base_form


def key(text: str) -> str:
    return wording.key(wording.read(text).tokens)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haemorrhage of oesophagus", "esophageal hemorrhage"),
        ("leucocytosis", "leukocytosis"),
        ("calculi of the ureter", "ureteric stone"),
        ("bronchitic", "bronchitis"),
        ("stenotic", "stenosis"),
        ("hypoglycaemic", "hypoglycemia"),
        ("fractures of vertebrae", "vertebra fracture"),
        ("pre-eclampsia", "preeclampsia"),
        ("tracheo-esophageal fistula", "tracheoesophageal fistula"),
        ("post-traumatic", "posttraumatic"),
        ("7th nerve", "seventh nerve"),
        ("pancreatic cancer", "malignant neoplasm of pancreas"),
        ("overdose of aspirin", "poisoning by aspirin"),
        ("RSV bronchiolitis", "respiratory syncytial virus bronchiolitis"),
    ],
)
def test_two_spellings_of_one_thing_have_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hepatitis", "hepatic"),
        ("arthritis", "arthrosis"),
        ("hypertension", "hypotension"),
        ("hyperthyroidism", "hypothyroidism"),
        ("ureter", "urethra"),
        ("diseases", "disorders"),
        ("ileum", "ilium"),
        ("two-vessel", "twovessel"),
    ],
)
def test_different_things_stay_apart(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize("word", ["", "s", "as", "is", "os", "plastic", "narcotic", "stress"])
def test_short_and_irregular_words_are_left_as_they_are(word: str) -> None:
    assert base_form(word) == word


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Gout", set()),
        ("Gout, unspecified", {"unspecified"}),
        ("Gout NOS", {"unspecified"}),
        ("Not otherwise specified gout", {"unspecified"}),
        ("Other gout", {"other"}),
        ("Other than gout", set()),
        ("Gout, not elsewhere classified", {"other"}),
        ("Other specified gout of unspecified site", {"other", "unspecified"}),
        ("Another mother", set()),
    ],
)
def test_what_is_unspecified_or_classified_nowhere_else_is_marked(
    text: str, marks: set[str]
) -> None:
    assert wording.read(text).marks == marks


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_base_of_a_form_is_its_own_base(form: str) -> None:
    assert base_form(FORMS[form]) == FORMS[form]
