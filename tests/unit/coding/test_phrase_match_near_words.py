"""A word that the index does not have is read as the one that it most likely is, or as none."""

from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis.near_words import NearWords
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher

WORDS = ("bronchitis", "eclampsia", "enteritis", "gastro", "pneumonia", "pre", "thrombosis", "90")
NEAR = NearWords(WORDS)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pneumona", "pneumonia"),
        ("pneumoniia", "pneumonia"),
        ("pnuemonia", "pneumonia"),
        ("neumonia", "pneumonia"),
        ("bronchytis", "bronchitis"),
        ("brnochitis", "bronchitis"),
    ],
)
def test_a_word_with_one_slip_is_the_word_that_was_meant(written: str, meant: str) -> None:
    assert NEAR.misspelt(written) == (meant,)


@pytest.mark.parametrize("written", ["", "pneu", "pnemona", "pneumonectomy", "9o", "pneumon1a"])
def test_two_slips_short_words_and_numbers_are_no_misspelling(written: str) -> None:
    assert NEAR.misspelt(written) == ()


def test_words_run_together_are_told_apart() -> None:
    assert NEAR.parts("gastroenteritis") == ("gastro", "enteritis")
    assert NEAR.parts("preeclampsia") == ("pre", "eclampsia")
    assert NEAR.parts("gastroxyz") == ()
    assert NEAR.parts("pre") == ()


def test_another_ending_is_another_form_of_a_word() -> None:
    assert NEAR.same_stem("thrombosed") == ("thrombosis",)
    assert NEAR.same_stem("bronchoscopy") == ()


@given(st.sampled_from(WORDS[:3]), st.data())
def test_any_one_edit_of_a_known_word_finds_it(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(LETTERS))
    kind = data.draw(st.sampled_from(("more", "less", "other", "exchanged")))
    written = {
        "more": word[:at] + letter + word[at:],
        "less": word[:at] + word[at + 1 :],
        "other": word[:at] + letter + word[at + 1 :],
        "exchanged": word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    }[kind]
    assert word in NEAR.misspelt(written)


@given(st.text(max_size=60))
def test_any_text_can_be_looked_for(text: str) -> None:
    for found in (NEAR.misspelt(text), NEAR.same_stem(text), NEAR.parts(text)):
        assert set(found) <= set(WORDS)


def test_the_vocabulary_is_read_once_and_only_when_a_word_is_unknown() -> None:
    codes = create_autospec(DiagnosisCodes, instance=True)
    codes.token.return_value = None
    codes.words.return_value = []
    matcher = PhraseMatcher(codes)
    assert matcher.rank(()) == ()
    assert codes.words.call_count == 0
    matcher.rank(("zzyzx",))
    matcher.rank(("qwertz",))
    assert codes.words.call_count == 1
