"""A code of the EHR stands with its words; where they name another disease, a person decides."""

import pytest

from tests.unit.coding.examples import code, codes, encounter, problems


@pytest.mark.parametrize(
    ("words", "given"),
    [("Gout", "I10"), ("Hypertension", "J45.909"), ("Mumps", "I10"), ("Asthma", "M10.9")],
)
def test_words_of_another_disease_than_the_code_go_to_a_coder(words: str, given: str) -> None:
    found = code(encounter(problems=problems(words, code={"system": "icd10cm", "code": given})))
    assert found.reasons == ("wording_against_code:p1",)
    assert codes(found) == []


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("Essential hypertension", "I10"),
        ("Pregnancy with gout", "O99.891"),
        ("Gestational diabetes", "O24.419"),
        ("Chest pain", "I20.9"),
        ("UTI", "N30.00"),
        ("Anemia in CKD", "D63.1"),
        ("Diabetic foot ulcer", "L97.509"),
        ("Wound infection", "T81.49XA"),
        ("Postmenopausal osteoporosis", "M81.0"),
        ("Something that no index has", "M10.9"),
        ("", "M10.9"),
    ],
)
def test_words_of_a_kin_or_vaguer_than_the_code_leave_it(words: str, given: str) -> None:
    found = code(encounter(problems=problems(words, code={"system": "icd10cm", "code": given})))
    assert "wording_against_code:p1" not in found.reasons
    assert given in codes(found) or found.queries or found.reasons


def test_a_problem_that_nobody_ticked_is_not_coded_by_its_words() -> None:
    found = code(encounter(problems=problems("[ ] Gout", "[x] Asthma")))
    assert codes(found) == ["J45.909"]
    assert found.route == "coder"
