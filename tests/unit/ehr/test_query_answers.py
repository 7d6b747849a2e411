"""Answers to documentation queries: after a while, the same for the same seed, and true."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest

from schemas.coding import DocumentationQueryOpened
from schemas.encounter import (
    DocumentationQueryAnswered,
    DrugAdministration,
    EncounterDocumented,
    Problem,
)
from services.coding.domain.procedures.note_circumstances import tells_new_patient
from simulators.ehr.clinic.query_answer import Query, answer, answer_time

ASKED = datetime(2026, 3, 2, 12, tzinfo=UTC)
Kind = Literal[
    "missing_signature",
    "missing_laterality",
    "contradiction",
    "missing_dose",
    "missing_report",
    "missing_diagnosis",
    "missing_time_or_decision_making",
]


def query(kind: Kind, item_id: str | None = None, name: str = "Q1") -> Query:
    opened = DocumentationQueryOpened(
        practice_id="ELM",
        encounter_id="E1",
        query_id=name,
        provider_id="DR-1",
        kind=kind,
        item_id=item_id,
        question="Please complete the record.",
        answer_due=date(2026, 3, 16),
    )
    return Query(opened, "0195a0f2-7c1e-7a35-9d6b-1f2a3b4c5d6e", ASKED)


def truth() -> EncounterDocumented:
    return EncounterDocumented(
        practice_id="ELM",
        encounter_id="E1",
        revision=2,
        patient_id="P1",
        rendering_provider_id="DR-1",
        setting="office",
        place_of_service="11",
        service_date=date(2026, 3, 2),
        problems=(Problem(item_id="p1", description="Sprain of right ankle", laterality="right"),),
        drugs=(
            DrugAdministration(
                item_id="d1",
                description="Triamcinolone",
                dose=Decimal(20),
                dose_unit="mg",
                route="intramuscular",
                wasted=Decimal(20),
            ),
        ),
        total_minutes=27,
    )


def answered(asked: Query, known: EncounterDocumented | None) -> DocumentationQueryAnswered:
    item = answer(asked, known, seed=7)
    assert item is not None
    assert isinstance(item.event, DocumentationQueryAnswered)
    return item.event


def test_a_diagnosis_is_not_made_up_for_an_encounter_that_is_not_known() -> None:
    assert answer(query("missing_diagnosis"), None, seed=7) is None


def test_the_diagnosis_is_what_the_provider_assessed() -> None:
    assert answered(query("missing_diagnosis"), truth()).addendum == "1. Sprain of right ankle."


def test_the_side_is_that_of_the_item_asked_about() -> None:
    event = answered(query("missing_laterality", "p1"), truth())
    assert event.laterality == "right"
    assert "right" in event.addendum


def test_the_side_of_an_unknown_encounter_is_always_the_same() -> None:
    sides = {answered(query("missing_laterality", "p1", f"Q{n}"), None).laterality for n in "123"}
    assert len(sides) == 1


def test_a_contradiction_about_a_side_is_settled_by_the_side_and_the_status() -> None:
    event = answered(query("contradiction", "p1"), truth())
    assert (event.laterality, event.problem_status) == ("right", "active")


def test_a_contradiction_without_a_side_is_settled_by_the_status_alone() -> None:
    known = truth().model_copy(
        update={"problems": (Problem(item_id="p1", description="Hypothyroidism"),)}
    )
    event = answered(query("contradiction", "p1"), known)
    assert (event.laterality, event.problem_status) == (None, "active")


def test_a_signature_is_of_the_provider_asked_and_of_the_moment_of_the_answer() -> None:
    event = answered(query("missing_signature"), None)
    assert event.signature is not None
    assert event.signature.provider_id == "DR-1"
    assert event.signature.signed_at == event.answered_at


def test_what_was_thrown_away_is_said_in_the_unit_of_the_dose() -> None:
    assert "20 mg was discarded" in answered(query("missing_dose", "d1"), truth()).addendum


def test_the_time_is_the_time_that_was_spent() -> None:
    event = answered(query("missing_time_or_decision_making"), truth())
    assert "27 minutes" in event.addendum


@pytest.mark.parametrize(("known", "new"), [(None, True), (truth(), False)])
def test_whether_the_patient_is_new_is_said_in_words_that_coding_reads(
    known: EncounterDocumented | None, new: bool
) -> None:
    asked = query("missing_time_or_decision_making")
    opened = asked.opened.model_copy(update={"gap": "new_or_established"})
    if known is not None:
        known = known.model_copy(update={"new_patient": False})
    event = answered(Query(opened, asked.event_id, ASKED), known)
    assert tells_new_patient(event.addendum) is new


@pytest.mark.parametrize(
    "kind", ["missing_signature", "missing_report", "missing_time_or_decision_making"]
)
def test_an_answer_names_its_query_and_what_caused_it(kind: Kind) -> None:
    asked = query(kind)
    item = answer(asked, None, seed=7)
    assert item is not None
    assert item.event.key == "ELM:E1"
    assert item.causation_id == asked.event_id
    assert dict(item.record().headers)["ce_causationid"] == asked.event_id.encode()


def test_the_same_seed_answers_the_same_at_the_same_time() -> None:
    first = answer(query("missing_signature"), None, seed=7)
    second = answer(query("missing_signature"), None, seed=7)
    assert first is not None
    assert second is not None
    assert first.record() == second.record()


def test_answers_take_hours_and_a_few_come_after_they_were_due() -> None:
    times = [answer_time(query("missing_signature", name=f"Q{n}"), 7) for n in range(400)]
    assert min(times) >= ASKED + timedelta(hours=2)
    late = [time for time in times if time.date() > date(2026, 3, 16)]
    assert 4 <= len(late) <= 45
