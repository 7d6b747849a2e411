"""Phrases find their code through the alphabetic index, and say how sure that is."""

from collections import Counter
from unittest.mock import create_autospec

import pytest

from services.coding.domain.code_sets import DiagnosisCodes, Token
from services.coding.domain.diagnosis import phrase_words
from services.coding.domain.diagnosis.phrase_match import Candidate, PhraseMatcher
from services.coding.domain.diagnosis.specificity import complete
from services.coding.domain.reading import wording
from services.coding.domain.reading.naming import name_of
from tests.unit.coding.examples import sets_on

CODES = sets_on().diagnoses
MATCHER = PhraseMatcher(CODES)


def best(phrase: str) -> str:
    read = wording.read_problem(phrase)
    found = MATCHER.rank(read.tokens)
    return complete(CODES, found[0].code, read.sides).codes[0] if found else ""


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("Essential hypertension", "I10"),
        ("Type 2 diabetes mellitus", "E11.9"),
        ("Acute bronchitis (disorder)", "J20.9"),
        ("Acute viral pharyngitis (disorder)", "J02.9"),
        ("Streptococcal sore throat (disorder)", "J02.0"),
        ("Childhood asthma", "J45.909"),
        ("Concussion with no loss of consciousness", "S06.0X0A"),
        ("Coronary Heart Disease", "I25.10"),
        ("Osteoarthritis of hip", "M16.9"),
        ("Prediabetes", "R73.03"),
        ("Seizure disorder", "G40.909"),
        ("UTI", "N39.0"),
        ("Low back pain", "M54.50"),
        ("Right knee pain", "M25.561"),
        ("Lumbar strain, initial encounter", "S39.012A"),
        ("Cancer of the prostate", "C61"),
        ("GERD", "K21.9"),
        ("Hepatitis A", "B15.9"),
        ("hepatitis a", "B15.9"),
        ("Acute otitis media, left ear", "H66.92"),
        ("Bilateral carpal tunnel syndrome", "G56.03"),
        ("Sinusitis", "J32.9"),
        ("History of cardiac arrest (situation)", "Z86.74"),
    ],
)
def test_a_phrase_finds_its_code(phrase: str, code: str) -> None:
    assert best(phrase) == code


def test_words_that_the_index_does_not_know_find_nothing() -> None:
    assert MATCHER.rank(("qwertzuiop",)) == ()
    assert name_of(MATCHER.rank(("qwertzuiop",))) is None


def test_no_words_find_nothing() -> None:
    assert MATCHER.rank(()) == ()


def test_an_exact_path_scores_a_thousand_and_names_its_path() -> None:
    (first, *_) = MATCHER.rank(wording.read("acute bronchitis").tokens)
    assert (first.code, first.score, first.exact) == ("J20.9", 1000, True)
    assert first.path == "Bronchitis > acute or subacute"


def test_a_close_rival_of_another_category_lowers_confidence() -> None:
    alone = name_of([Candidate("A00.0", 930, "", exact=False)])
    rivalled = name_of(
        [Candidate("A00.0", 930, "", exact=False), Candidate("B00.0", 925, "", exact=False)]
    )
    assert alone is not None
    assert rivalled is not None
    assert rivalled.confidence < 800 <= alone.confidence


def test_the_order_of_candidates_is_the_same_every_time() -> None:
    tokens = wording.read("pain of knee and swelling").tokens
    assert PhraseMatcher(CODES).rank(tokens, 10) == PhraseMatcher(CODES).rank(tokens, 10)


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("Cellulitis of left leg", "L03.116"),
        ("Cellulitis of the right foot", "L03.115"),
        ("Pressure ulcer of left heel, stage 2", "L89.622"),
        ("Other gout", "M10.9"),
        ("pnuemonia", "J18.9"),
        ("myocardial infaction", "I21.9"),
        ("preeclampsia", "O14.90"),
        ("Poisoning by penicillins", "T36.0X1A"),
        ("overdose of aspirin", "T39.011A"),
        ("Complete transection of the femoral artery, left", "S75.022A"),
        ("fall from stairs", "W10.9XXA"),
    ],
)
def test_sides_slips_and_causes_find_their_code(phrase: str, code: str) -> None:
    read = wording.read_problem(phrase)
    first = MATCHER.rank(read.tokens, 5, read.sides, read.marks)[0]
    assert complete(CODES, first.code, read.sides).codes == (code,)


def test_what_a_word_governs_is_not_the_thing_itself() -> None:
    found = MATCHER.rank(wording.read("screening for hypercholesterolemia").tokens)
    assert found[0].code.startswith("Z13")


def test_a_code_of_another_side_comes_after_one_of_the_same() -> None:
    read = wording.read_problem("Healing pressure ulcer of left heel, stage 3")
    found = MATCHER.rank(read.tokens, 5, read.sides, read.marks)
    assert found[0].code == "L89.623"
    assert MATCHER.rank(read.tokens, 1)[0].code != "L89.623"


@pytest.mark.parametrize(
    "phrase",
    [
        "Essential hypertension",
        "Hypertension",
        "Type 2 diabetes mellitus with hyperglycemia",
        "Hypertension and gout",
        "Gout of the zzyzx",
        "Other gout",
        "zzyzx",
    ],
)
def test_only_what_has_an_exact_phrase_can_rank_exact(phrase: str) -> None:
    tokens = wording.read_problem(phrase).tokens
    found = MATCHER.rank(tokens)
    exact = bool(found) and found[0].exact
    assert MATCHER.has_exact(tokens) == exact


def test_words_that_were_looked_up_are_not_all_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: Counter[str] = Counter()

    def token(text: str) -> Token | None:
        asked[text] += 1
        return None

    codes = create_autospec(DiagnosisCodes, instance=True)
    codes.token.side_effect = token
    monkeypatch.setattr(phrase_words, "_KEPT", 8)
    matcher = PhraseMatcher(codes)
    for _ in range(2):
        assert not matcher.has_exact(("zzyzx",))
    assert asked["zzyzx"] == 1
    for number in range(8):
        matcher.has_exact((f"other{number}",))
    matcher.has_exact(("zzyzx",))
    assert asked["zzyzx"] == 2
