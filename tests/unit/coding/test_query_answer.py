"""What an answer says is merged into the documentation, and what it leaves open stays open."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from schemas.encounter import (
    DocumentationQueryAnswered,
    DrugAdministration,
    EncounterDocumented,
    Procedure,
)
from services.coding.domain.review.query_answer import merged, settles
from tests.unit.coding.examples import SIGNED, encounter, problems


def answer(**fields: object) -> DocumentationQueryAnswered:
    return DocumentationQueryAnswered.model_validate(
        {
            "practice_id": "P1",
            "encounter_id": "E1",
            "query_id": "Q1",
            "answered_by": "DR1",
            "answered_at": datetime(2026, 3, 3, tzinfo=UTC),
            "addendum": "",
            **fields,
        }
    )


def test_the_addendum_is_kept_word_for_word_as_a_section() -> None:
    after = merged(encounter(), answer(addendum="Seen again."), "contradiction", "p1")
    assert [(s.heading, s.text) for s in after.note] == [("Addendum", "Seen again.")]


def test_a_missing_diagnosis_is_read_from_the_addendum_as_an_assessment() -> None:
    after = merged(encounter(), answer(addendum="1. Gout"), "missing_diagnosis", None)
    assert after.note[0].heading == "Assessment"


def test_a_signature_replaces_the_missing_one() -> None:
    after = merged(encounter(signature=None), answer(signature=SIGNED), "missing_signature", None)
    assert after.signature == SIGNED


@pytest.mark.parametrize(
    ("fields", "side"),
    [
        ({"laterality": "right"}, "right"),
        ({"addendum": "It was the left ankle."}, "left"),
        ({"addendum": "Both ankles."}, "bilateral"),
        ({"addendum": "Cannot be determined."}, None),
    ],
)
def test_the_side_comes_from_the_fact_or_from_the_words(
    fields: dict[str, object], side: str | None
) -> None:
    documented = encounter(problems=problems("Sprain of ankle"))
    after = merged(documented, answer(**fields), "missing_laterality", "p1")
    assert after.problems[0].laterality == side
    assert settles(answer(**fields), "missing_laterality") is (side is not None)


def test_only_the_item_asked_about_changes() -> None:
    documented = encounter(problems=problems("Sprain of ankle", "Sprain of wrist"))
    after = merged(documented, answer(laterality="left"), "missing_laterality", "p2")
    assert [problem.laterality for problem in after.problems] == [None, "left"]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("ECG: sinus rhythm, normal intervals.", True),
        ("The test was not done.", False),
        ("", False),
    ],
)
def test_an_addendum_that_denies_nothing_is_the_report(text: str, reported: bool) -> None:
    documented = encounter(procedures=(Procedure(item_id="x1", description="ECG", report=False),))
    after = merged(documented, answer(addendum=text), "missing_report", "x1")
    assert after.procedures[0].report is reported


@pytest.mark.parametrize(
    ("text", "wasted"),
    [
        ("Discarded 40 mg.", Decimal(40)),
        ("12.5 mg was discarded from the vial", Decimal("12.5")),
        ("Nothing was discarded.", Decimal(0)),
        ("I do not recall.", None),
    ],
)
def test_the_discarded_amount_is_read_from_the_words(text: str, wasted: Decimal | None) -> None:
    given_ = DrugAdministration(
        item_id="d1", description="Ketorolac", dose=Decimal(30), dose_unit="mg",
        route="intramuscular", container="single_dose",
    )  # fmt: skip
    after = merged(encounter(drugs=(given_,)), answer(addendum=text), "missing_dose", "d1")
    assert after.drugs[0].wasted == wasted


def test_total_minutes_are_read_from_the_words() -> None:
    after = merged(
        encounter(decision_making=None),
        answer(addendum="Total time 32 minutes."),
        "missing_time_or_decision_making",
        None,
    )
    assert after.total_minutes == 32


def ordered(code: str) -> Procedure:
    named = {"item_id": "x1", "description": "as coded", "code": {"system": "cpt", "code": code}}
    return Procedure.model_validate(named)


def timed(**fields: Any) -> EncounterDocumented:
    said = answer(addendum="It took 45 minutes.")
    return merged(encounter(**fields), said, "missing_time_or_decision_making", "x1")


def test_the_time_answered_is_that_of_the_service_that_had_none() -> None:
    session = timed(procedures=(ordered("90834"),))
    assert session.psychotherapy is not None
    assert session.psychotherapy.minutes == 45
    assert session.total_minutes is None
    given = timed(procedures=(ordered("00840"),), anesthesia={"provided_by": "personally"})
    assert given.anesthesia is not None
    assert (given.anesthesia.minutes, given.anesthesia.provided_by) == (45, "personally")
    crisis = timed(psychotherapy={"kind": "crisis"})
    assert crisis.psychotherapy is not None
    assert (crisis.psychotherapy.kind, crisis.psychotherapy.minutes) == ("crisis", 45)
    assert timed().total_minutes == 45
