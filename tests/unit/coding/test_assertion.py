"""What is denied, doubted, past, imagined or a relative's is told from what the patient has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.reading import assertion as rules
from services.coding.domain.reading.assertion import assertion, triggers


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


def test_a_defect_written_short_is_no_comparison() -> None:
    assert asserted("VSD, followed since birth", "VSD") == "affirmed"
    assert asserted("Asthma vs. COPD", "Asthma") == "uncertain"


_TELLING = st.sampled_from(
    [
        "no", "not", "low", "less", "un", "likely", "unlikely", "suspicion", "concern", "for",
        "of", "evidence", "ruled", "out", "w/o", "r/o", "c/w", "s/p", "h/o", "fam", "hx", "vs",
        "versus", "VS.", "rule-out", "neg", "by", "cannot", "exclude", "to", "prevent", "years",
        "ago", "history", "family", "Denies", "denied", "fever", "gout's", "VSD", "negby", "?",
        "??", "x_no", "no_x", "non", "not-suspected", "\u017fon", "\u212a",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(_TELLING, st.sampled_from([" ", "  ", "-", ", ", "/", ".", "\n", ""]))))
def test_a_quick_look_misses_no_trigger(words: list[tuple[str, str]]) -> None:
    text = "".join(word + separator for word, separator in words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "may_have_triggers", lambda _: True)
        found = triggers.__wrapped__(text)
    assert triggers.__wrapped__(text) == found
