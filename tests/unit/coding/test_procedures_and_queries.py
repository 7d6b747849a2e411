"""Procedures and tests, modifiers, pointers, and the questions that gaps give rise to."""

import re

import pytest

from schemas.encounter import LabTest, Procedure
from schemas.values import Coding
from services.coding.domain.coding_result import CodingOptions, PatientFacts
from services.coding.domain.review import documentation_review
from tests.unit.coding.examples import (
    ADULT,
    DAY,
    SIGNED,
    code,
    encounter,
    lines,
    note,
    problems,
)


def done(description: str, **fields: object) -> Procedure:
    return Procedure.model_validate({"item_id": "x1", "description": description, **fields})


def lab(description: str, **fields: object) -> LabTest:
    return LabTest.model_validate(
        {"item_id": "l1", "description": description, "performed_in_house": True, **fields}
    )


def test_a_test_of_another_laboratory_is_not_billed() -> None:
    result = code(encounter(lab_tests=(lab("Lipid panel", performed_in_house=False),)))
    assert lines(result) == [("99213", (), 1)]
    assert [(item.reason, item.item_id) for item in result.rejected] == [("done_elsewhere", "l1")]


def test_a_test_is_known_by_loinc_or_by_name() -> None:
    by_code = lab("x", code=Coding(system="loinc", code="57698-3"))
    assert lines(code(encounter(lab_tests=(by_code,))))[1] == ("80061", (), 1)
    assert lines(code(encounter(lab_tests=(lab("HbA1c"),))))[1] == ("83036", (), 1)


def test_a_waived_test_carries_qw_for_medicare() -> None:
    senior = PatientFacts(DAY.replace(year=1950), "F", "medicare")
    found = lines(code(encounter(lab_tests=(lab("HbA1c"),)), senior))
    assert found[1] == ("83036", ("QW",), 1)


def test_a_test_repeated_on_the_day_carries_91() -> None:
    twice = (lab("Fingerstick glucose"), lab("Fingerstick glucose", item_id="l2"))
    assert lines(code(encounter(lab_tests=twice)))[1:] == [
        ("82962", (), 1),
        ("82962", ("91",), 1),
    ]


def test_an_unknown_test_or_procedure_goes_to_a_coder() -> None:
    result = code(
        encounter(lab_tests=(lab("Moon dust level"),), procedures=(done("Aura cleansing"),))
    )
    assert result.reasons == ("procedure_not_in_set:x1", "test_not_in_set:l1")


def test_a_minor_procedure_makes_the_visit_separate_ncci_i_d() -> None:
    result = code(
        encounter(problems=problems("Abscess of skin"), procedures=(done("abscess drainage"),))
    )
    assert ("10060", (), 1) in lines(result)
    assert result.lines[0].modifiers == ("25",)


def test_an_electrocardiogram_needs_no_25() -> None:
    assert lines(code(encounter(procedures=(done("ECG"),))))[0] == ("99213", (), 1)


@pytest.mark.parametrize(
    ("side", "modifier"), [("left", "LT"), ("right", "RT"), ("bilateral", "50")]
)
def test_a_sided_procedure_names_its_side(side: str, modifier: str) -> None:
    result = code(encounter(procedures=(done("knee x-ray", laterality=side),)))
    assert lines(result)[1] == ("73562", (modifier,), 1)


def test_both_sides_of_one_procedure_are_one_line_with_50() -> None:
    both = (
        done("knee injection", laterality="left"),
        done("knee injection", laterality="right", item_id="x2"),
    )
    result = code(encounter(problems=problems("Osteoarthritis of both knees"), procedures=both))
    assert ("20610", ("50",), 1) in lines(result)


def test_the_side_of_a_procedure_may_come_from_its_diagnosis() -> None:
    result = code(encounter(problems=problems("Right knee pain"), procedures=(done("knee x-ray"),)))
    assert lines(result)[1] == ("73562", ("RT",), 1)


def test_imaging_read_in_a_hospital_is_the_professional_part() -> None:
    result = code(
        encounter(
            setting="emergency",
            place_of_service="23",
            procedures=(done("chest x-ray"),),
        )
    )
    assert lines(result)[1] == ("71046", ("26",), 1)


def test_a_line_points_to_the_diagnosis_that_supports_it() -> None:
    result = code(
        encounter(
            problems=problems("Acute bronchitis", "Type 2 diabetes mellitus"),
            lab_tests=(lab("HbA1c"),),
        )
    )
    assert [(line.code, line.pointers) for line in result.lines] == [
        ("99213", (1, 2)),
        ("83036", (2,)),
    ]


def test_a_level_given_as_a_procedure_does_not_set_the_level() -> None:
    given_ = done("Office visit", code=Coding(system="cpt", code="99215"))
    result = code(encounter(procedures=(given_,)))
    assert lines(result) == [("99213", (), 1)]
    assert ("99215", "level_follows_documentation") in [
        (item.subject, item.reason) for item in result.rejected
    ]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"signature": None}, "missing_signature"),
        (
            {"signature": SIGNED.model_copy(update={"provider_id": "OTHER"})},
            "missing_signature",
        ),
        ({"problems": problems("Sprain of ankle")}, "missing_laterality"),
        ({"problems": ()}, "missing_diagnosis"),
        ({"decision_making": None}, "missing_time_or_decision_making"),
        ({"procedures": (done("ECG", report=False),)}, "missing_report"),
        ({"procedures": (done("knee x-ray"),)}, "missing_laterality"),
    ],
)
def test_a_gap_is_asked_for_and_holds_the_encounter(fields: dict[str, object], kind: str) -> None:
    result = code(encounter(**fields))
    assert [query.kind for query in result.queries] == [kind]
    assert result.route == "query"


@pytest.mark.parametrize(
    "text",
    [
        "No evidence of acute bronchitis.",
        "Denies acute bronchitis.",
        "Possible acute bronchitis.",
    ],
)
def test_a_note_that_denies_or_doubts_a_listed_problem_is_a_contradiction(text: str) -> None:
    result = code(encounter(note=note(("Assessment", text))))
    assert [(query.kind, query.item_id) for query in result.queries] == [("contradiction", "p1")]


def test_a_note_that_names_the_other_side_is_a_contradiction() -> None:
    result = code(
        encounter(
            problems=problems("Sprain of ankle", laterality="right"),
            note=note(("Exam", "Left ankle sprain, swollen.")),
        )
    )
    assert [query.kind for query in result.queries] == ["contradiction"]


def test_a_denied_symptom_that_is_affirmed_elsewhere_is_no_contradiction() -> None:
    result = code(
        encounter(
            problems=problems("Low back pain"),
            note=note(("HPI", "Low back pain for a week. Denies low back pain at night.")),
        )
    )
    assert result.queries == ()


def test_an_answered_gap_is_not_asked_for_again() -> None:
    options = CodingOptions(answered=frozenset({"missing_signature:"}))
    result = code(encounter(signature=None), ADULT, options=options)
    assert result.queries == ()
    assert result.reasons == ("unanswered:missing_signature:",)


def test_an_unspecified_side_stands_once_the_provider_was_asked_og_i_b_18() -> None:
    options = CodingOptions(answered=frozenset({"missing_laterality:p1"}))
    result = code(encounter(problems=problems("Sprain of ankle")), ADULT, options=options)
    assert [each.code for each in result.diagnoses] == ["S93.409A"]


LEADING = re.compile(
    r"\b(?:pay|paid|payment|reimburs\w*|revenue|bill\w*|higher|severity|upgrade|increase|level|"
    r"code|charge|deny|denial|would you agree|should be)\b",
    re.IGNORECASE,
)


def test_every_question_is_neutral() -> None:
    for kind in documentation_review.KINDS:
        asked = documentation_review.query(kind, "p1")
        assert LEADING.search(asked.question) is None
        assert 40 < len(asked.question) <= 400


def test_the_same_encounter_gives_the_same_result_every_time() -> None:
    documented = encounter(
        problems=problems("Type 2 diabetes", "Hypertension", "CKD stage 3a", "Right knee pain"),
        procedures=(done("knee x-ray"), done("ECG", item_id="x2")),
        note=note(("Assessment", "1. Diabetes\n2. Hypertension\n3. CKD 3a\n4. Right knee pain")),
    )
    assert code(documented) == code(documented.model_copy())
