"""The AsyncAPI documents: valid, whole, and in agreement with the catalogue."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from jsonschema import Draft7Validator, Draft202012Validator

from schemas.asyncapi import services
from schemas.catalogue import MODEL_OF_TOPIC, topics
from schemas.envelope import decode
from schemas.publish import PUBLISHED

SPECS = Path(
    os.environ.get("ASYNCAPI_SPECS")
    or Path(__file__).resolve().parents[3] / "node_modules" / "@asyncapi" / "specs"
)
OFFICIAL = SPECS / "schemas" / "3.0.0-without-$id.json"

needs_official_schema = pytest.mark.skipif(
    not OFFICIAL.is_file(), reason="the npm package @asyncapi/specs is not installed"
)
EVERY_SERVICE = pytest.mark.parametrize("service", services())


def document(service: str) -> dict[str, Any]:
    text = (PUBLISHED / f"{service}.asyncapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    return Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))


@needs_official_schema
@EVERY_SERVICE
def test_a_document_is_valid_by_the_official_schema(
    service: str, official: Draft7Validator
) -> None:
    official.validate(document(service))


@needs_official_schema
@pytest.mark.parametrize("part", ["asyncapi", "info"])
def test_the_official_schema_refuses_a_document_without_a_required_part(
    part: str, official: Draft7Validator
) -> None:
    spoiled = document("coding")
    del spoiled[part]
    assert not official.is_valid(spoiled)


@EVERY_SERVICE
def test_a_document_is_read_by_another_implementation_of_the_specification(service: str) -> None:
    read = ApplicationSchema.model_validate(document(service))
    assert set(read.channels or {}) == set(document(service)["channels"])


@EVERY_SERVICE
def test_every_reference_of_a_document_leads_somewhere(service: str) -> None:
    whole = document(service)
    for reference in references(whole):
        if reference.startswith("./"):
            assert (PUBLISHED / reference).is_file()
            continue
        part: Any = whole
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


@EVERY_SERVICE
def test_a_service_sends_what_it_owns_and_receives_what_it_consumes(service: str) -> None:
    whole = document(service)
    addresses = {name: channel["address"] for name, channel in whole["channels"].items()}
    done: dict[str, set[str]] = {"send": set(), "receive": set()}
    for operation in whole["operations"].values():
        done[operation["action"]].add(addresses[operation["channel"]["$ref"].split("/")[-1]])
    assert done["send"] == {
        topic.name for topic in topics() if topic.owner == service and topic.name in MODEL_OF_TOPIC
    }
    assert done["receive"] == {topic.name for topic in topics() if service in topic.consumers}


@EVERY_SERVICE
def test_the_example_records_of_a_document_are_good_records(service: str) -> None:
    for message in document(service)["components"]["messages"].values():
        (shown,) = message["examples"]
        envelope = decode([(name, value.encode()) for name, value in shown["headers"].items()])
        model = MODEL_OF_TOPIC[envelope.event_type]
        event = model.model_validate_json(json.dumps(shown["payload"]))
        assert envelope.partition_key == event.key
        trait = document(service)["components"]["messageTraits"]["cloudEvent"]
        Draft202012Validator.check_schema(trait["headers"])
        Draft202012Validator(trait["headers"]).validate(shown["headers"])


def test_every_topic_is_in_the_document_of_its_owner_with_its_settings() -> None:
    for topic in topics():
        if topic.name not in MODEL_OF_TOPIC:
            continue
        channels = document(topic.owner)["channels"].values()
        (channel,) = [found for found in channels if found["address"] == topic.name]
        kafka = channel["bindings"]["kafka"]
        assert kafka["partitions"] == topic.partitions
        assert kafka["topicConfiguration"]["max.message.bytes"] == topic.max_message_bytes
        assert kafka["topicConfiguration"]["cleanup.policy"] == [
            "compact" if topic.compaction else "delete"
        ]
        assert channel["x-phi-class"] == topic.phi
