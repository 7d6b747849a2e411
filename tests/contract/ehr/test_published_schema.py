"""Simulated events against the published JSON Schema, with an independent validator."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from simulators.ehr.clinic.schedule import generate
from simulators.ehr.events_file import ehr_topics

PUBLISHED = Path(__file__).resolve().parents[3] / "schemas" / "published"


@cache
def validator(topic: str) -> Draft202012Validator:
    schema: dict[str, Any] = json.loads(
        (PUBLISHED / f"{topic}.schema.json").read_text(encoding="utf-8")
    )
    return Draft202012Validator(schema, format_checker=FormatChecker())


@pytest.mark.parametrize("topic", sorted(ehr_topics() - {"ehr.documentation-query-answered.v1"}))
def test_every_simulated_event_holds_to_the_published_schema(topic: str) -> None:
    values = [
        json.loads(item.event.to_json())
        for item in generate(150, seed=21)
        if topic == item.event.TOPIC
    ]
    assert values
    for value in values:
        validator(topic).validate(value)
