"""What is denied, doubted, past, imagined or a relative's is told from what the patient has."""

import pytest

from services.coding.domain.assertion import assertion


def asserted(sentence: str, mention: str) -> str:
    start = sentence.index(mention)
    return assertion(sentence, start, start + len(mention))


@pytest.mark.parametrize(
    ("sentence", "mention", "expected"),
    [
        ("Denies fever, chills or chest pain.", "chest pain", "negated"),
        ("No evidence of pneumonia.", "pneumonia", "negated"),
        ("Pneumonia was ruled out.", "Pneumonia", "negated"),
        ("Negative for appendicitis.", "appendicitis", "negated"),
        ("There is no acute fracture.", "fracture", "negated"),
        ("Denies chest pain but reports dyspnea.", "dyspnea", "affirmed"),
        ("No cough, however fever persists.", "fever", "affirmed"),
        ("Hypertension, not at goal.", "Hypertension", "affirmed"),
        ("Diabetes is not well controlled.", "Diabetes", "affirmed"),
        ("No change in asthma.", "asthma", "affirmed"),
        ("Probable pneumonia.", "pneumonia", "uncertain"),
        ("Findings are consistent with pneumonia.", "pneumonia", "uncertain"),
        ("Concern for deep vein thrombosis.", "deep vein thrombosis", "uncertain"),
        ("Rule out myocardial infarction.", "myocardial infarction", "uncertain"),
        ("Pulmonary embolism cannot be excluded.", "Pulmonary embolism", "uncertain"),
        ("Migraine versus tension headache.", "tension headache", "uncertain"),
        ("Mother had breast cancer.", "breast cancer", "family"),
        ("Family history of colon cancer.", "colon cancer", "family"),
        ("History of appendicitis in 2009.", "appendicitis", "historical"),
        ("Status post hip replacement.", "hip replacement", "historical"),
        ("Return if fever develops.", "fever", "hypothetical"),
        ("Advised on risk of stroke.", "stroke", "hypothetical"),
        ("Essential hypertension, stable.", "Essential hypertension", "affirmed"),
    ],
)
def test_the_words_around_a_mention_say_how_it_is_meant(
    sentence: str, mention: str, expected: str
) -> None:
    assert asserted(sentence, mention) == expected


def test_denial_outweighs_doubt() -> None:
    assert asserted("No longer suspected: no evidence of possible gout.", "gout") == "negated"


def test_a_trigger_far_behind_a_comma_governs_nothing() -> None:
    sentence = "Asthma, mild, inhaler renewed, influenza was ruled out."
    assert asserted(sentence, "Asthma") == "affirmed"
    assert asserted(sentence, "influenza") == "negated"
