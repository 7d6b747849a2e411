"""How sure the parts of a line are that is split, and what is left over of one name."""

import pytest

from services.coding.domain.diagnosis.phrase_match import Candidate, PhraseMatcher
from services.coding.domain.reading import wording
from services.coding.domain.reading.condition import Condition
from services.coding.domain.reading.joined import joined
from services.coding.domain.reading.naming import EXACT, INDEX, SIMILAR, Named
from services.coding.domain.reading.problem_wording import ProblemReader
from tests.unit.coding.examples import code, encounter, problems, sets_on

AUTOMATIC = 940


def sureness(text: str) -> dict[str, int]:
    """By code of each part of a line: how sure it is."""
    found = sets_on().diagnoses
    reader = ProblemReader(PhraseMatcher(found), found)
    return {
        each.named.code: each.named.sure
        for each in reader.conditions(text)
        if each.named is not None
    }


LINE = "embolism following ectopic and molar pregnancy"
PARTS = ((0, 34), (39, len(LINE)))


def part(at: int, code: str, rule: str = INDEX) -> Condition:
    start, end = PARTS[at]
    words = wording.read_problem(LINE[start:end])
    given = EXACT if rule == INDEX else EXACT - 50
    return Condition(start, end, "affirmed", words, Named(code, given, rule, given, 984))


def together(*parts: Condition, whole: str = "", score: int = 0) -> dict[str, int]:
    """How sure each part of the line is, where all its words find ``whole`` with a score."""
    ranked = (Candidate(whole, score, "", score >= 1000),) if whole else ()
    found = joined(LINE, list(parts), lambda _: ranked)
    return {each.named.code: each.named.sure for each in found if each.named is not None}


def test_what_is_left_of_a_name_is_for_a_coder() -> None:
    found = together(part(0, "I26.99", SIMILAR), part(1, "O02.0"), whole="I26.99", score=800)
    assert found["O02.0"] == 900


def test_words_that_together_find_little_leave_the_parts_as_they_are() -> None:
    found = together(part(0, "I26.99", SIMILAR), part(1, "O02.0"), whole="I26.99", score=600)
    assert found["O02.0"] >= AUTOMATIC


def test_what_rules_combine_is_left_to_them() -> None:
    found = together(part(0, "E11.9"), part(1, "N18.9"), whole="N18.9", score=990)
    assert min(found.values()) >= AUTOMATIC


def test_a_part_that_only_resembles_a_name_is_for_a_coder() -> None:
    found = together(part(0, "K21.9"), part(1, "G45.2", SIMILAR))
    assert found == {"K21.9": 984, "G45.2": 900}


@pytest.mark.parametrize("text", ["gout and hypothyroidism", "chronic migraine, acute cystitis"])
def test_what_the_index_has_word_for_word_stays_as_sure_beside_another(text: str) -> None:
    found = sureness(text)
    assert len(found) == 2
    assert min(found.values()) >= AUTOMATIC


@pytest.mark.parametrize("text", ["Carrier of E. coli", "Family history of vitiligo"])
def test_contact_and_family_without_a_code_are_asked_about(text: str) -> None:
    result = code(encounter(problems=problems("Acute bronchitis", text)))
    assert result.route == "coder"
    assert "assertion_unclear:p2" in result.reasons


def test_a_family_history_with_a_code_is_asked_of_nobody() -> None:
    result = code(
        encounter(problems=problems("Acute bronchitis", "Family history of breast cancer"))
    )
    assert "Z80.3" in [each.code for each in result.diagnoses]
    assert result.reasons == ()
