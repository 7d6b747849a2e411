"""Where in a note a side, a site or a time stands, and what of it is asked about."""

from datetime import date

import pytest

from tests.unit.coding.examples import encounter, note
from tests.unit.coding.review.test_review import COMPLETE, of_note, queried, reviewed

KNEE = "HPI: Left knee pain for a week.\nExam: {exam}\nAssessment: Osteoarthritis of left knee."


@pytest.mark.parametrize("exam", ["Right knee tender.", "Right knee swollen, no warmth."])
def test_a_finding_on_the_other_side_than_the_assessment_is_a_conflict(exam: str) -> None:
    assert "side_differs" in queried(of_note(KNEE.format(exam=exam)))


@pytest.mark.parametrize(
    "exam",
    [
        "Right knee normal.",
        "Right knee without effusion, nontender.",
        "Right knee swollen. Left knee swollen.",
        "Bilateral knee swelling.",
    ],
)
def test_a_side_without_a_finding_or_beside_the_other_is_none(exam: str) -> None:
    assert "side_differs" not in of_note(KNEE.format(exam=exam))


def test_a_procedure_is_where_the_only_thing_assessed_is() -> None:
    text = "HPI: A lump.\nAssessment: Abscess of right forearm.{more}\nPlan: I&D performed."
    assert "missing_site" not in of_note(text.format(more=""))
    two = of_note(text.format(more=" Osteoarthritis of left knee."))
    assert "missing_site" in queried(two)


def test_a_part_without_a_side_takes_it_from_an_assessment_of_that_part_alone() -> None:
    text = "HPI: Pain.\nAssessment: Osteoarthritis of left {part}.\nPlan: Knee injection performed."
    assert "missing_laterality" not in of_note(text.format(part="knee"))
    assert "missing_laterality" in queried(of_note(text.format(part="hip")))


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("More than 50% of the visit was spent in counselling, 15 minutes.", False),
        ("15 minutes of counselling were provided.", False),
        ("I spent 15 minutes counselling the patient.", False),
        ("I spent 30 minutes, more than half in counselling.", True),
        ("Total time 40 minutes, of which 15 minutes were counselling.", True),
    ],
)
def test_time_of_counselling_is_no_time_of_the_visit(*, text: str, total: bool) -> None:
    found = of_note(f"{COMPLETE}\n{text}", decision_making=None)
    assert ("counselling_time_only" not in found) is total


@pytest.mark.parametrize(
    ("text", "sex", "asked"),
    [
        ("She is 28 weeks pregnant.", "M", True),
        ("His mother is pregnant.", "M", False),
        ("Prostate smooth and not enlarged.", "F", True),
        ("She is 28 weeks pregnant.", "F", False),
    ],
)
def test_what_only_the_other_sex_has_is_asked_about(*, text: str, sex: str, asked: bool) -> None:
    found = reviewed(encounter(note=note(("HPI", text))), sex=sex)
    assert ("sex_differs" in [flag.kind for flag in found]) is asked


@pytest.mark.parametrize("said", ["February 27, 2026", "Feb. 27th 2026", "02/27/2026"])
def test_a_date_of_service_in_words_is_held_against_the_record(said: str) -> None:
    documented = encounter(note=note(("Note", f"HPI: cough.\nDate of service: {said}")))
    assert documented.service_date == date(2026, 3, 2)
    assert [flag.kind for flag in reviewed(documented)] == ["service_date_differs"]
    same = encounter(note=note(("Note", "HPI: cough.\nDate of service: March 2, 2026")))
    assert reviewed(same) == []


def test_a_date_that_no_calendar_has_is_no_date_of_service() -> None:
    documented = encounter(note=note(("Note", "HPI: cough.\nDate of service: February 30, 2026")))
    assert reviewed(documented) == []


def test_the_places_of_a_telehealth_visit_may_stand_without_a_verb() -> None:
    text = (
        "HPI: Video visit, consent given. Patient located at home. Provider located in the clinic."
    )
    documented = encounter(setting="telehealth", place_of_service="10", note=note(("HPI", text)))
    assert reviewed(documented) == []
