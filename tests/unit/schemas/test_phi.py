"""Which fields are PHI, and that an event shown masked does not hold them."""

import json

import pytest
from hypothesis import given, settings

from schemas.catalogue import EVENTS, topics
from schemas.claim import ClaimSubmitted
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.json_schema import published_schema
from schemas.phi import MASK, masked, phi_paths
from schemas.reference import CoverageRegistered, PatientRegistered
from tests.builders import any_event, make


def test_who_a_patient_is_is_marked() -> None:
    assert set(phi_paths(PatientRegistered)) == {
        "family_name",
        "given_name",
        "birth_date",
        "address",
        "phone",
        "email",
        "guarantor.family_name",
        "guarantor.given_name",
        "guarantor.address",
    }
    assert {"policies[].member_id", "policies[].subscriber.birth_date"} <= set(
        phi_paths(CoverageRegistered)
    )


def test_what_a_clinician_wrote_is_marked() -> None:
    assert {"chief_complaint", "note[].text", "problems[].description"} <= set(
        phi_paths(EncounterDocumented)
    )
    assert set(phi_paths(EncounterDocumented).values()) == {"clinical"}


def test_topics_of_ids_and_codes_alone_hold_no_marked_field() -> None:
    model_of = {event.TOPIC: event for event in EVENTS}
    for topic in topics():
        if topic.name in model_of and topic.phi in {"none", "ids"}:
            assert not phi_paths(model_of[topic.name]), topic.name


def test_topics_with_marked_fields_are_classed_as_what_they_hold() -> None:
    classes = {topic.name: topic.phi for topic in topics()}
    for event in EVENTS:
        kinds = set(phi_paths(event).values())
        if "identity" in kinds:
            assert classes[event.TOPIC] == "restricted"
        elif kinds:
            assert classes[event.TOPIC] == "clinical"


def test_a_masked_event_keeps_ids_and_loses_the_person() -> None:
    shown = masked(make(PatientRegistered))
    assert shown["patient_id"] == "P1001"
    assert shown["family_name"] == shown["birth_date"] == shown["address"] == MASK
    assert "Rivera" not in json.dumps(shown)


def test_an_event_without_phi_is_shown_whole() -> None:
    event = make(ClaimSubmitted)
    assert masked(event) == event.model_dump(mode="json", exclude_none=True)


@settings(deadline=None)
@given(any_event())
def test_no_marked_value_survives_masking(event: Event) -> None:
    shown = masked(event)
    for path in phi_paths(type(event)):
        for value in _at(shown, path.replace("[]", "").split(".")):
            assert value in {MASK, ""}


def _at(value: object, names: list[str]) -> list[object]:
    if isinstance(value, list):
        return [found for item in value for found in _at(item, names)]
    if not names:
        return [value]
    if not isinstance(value, dict) or names[0] not in value:
        return []
    return _at(value[names[0]], names[1:])


@pytest.mark.parametrize("topic", [t for t in topics() if not t.name.endswith(".dlq")])
def test_the_published_schema_marks_the_same_fields(topic: object) -> None:
    assert hasattr(topic, "name")
    model = next(event for event in EVENTS if topic.name == event.TOPIC)
    document = json.dumps(published_schema(topic, 1))  # type: ignore[arg-type]
    assert ('"x-phi":' in document) == bool(phi_paths(model))
