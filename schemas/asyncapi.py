"""The AsyncAPI 3.0 document of a service: what it sends, what it receives, on which topics."""

import json
from datetime import UTC, datetime
from typing import Any

from schemas.catalogue import MODEL_OF_TOPIC, Topic, dead_letter_topic, topics
from schemas.envelope import CONTENT_TYPE, encode
from schemas.event_id import root_event_id
from schemas.examples import example

ASYNCAPI_VERSION = "3.0.0"
KAFKA_BINDING_VERSION = "0.5.0"
SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
EXAMPLE_TIME = datetime(2026, 1, 14, 21, 20, 5, tzinfo=UTC)
MILLISECONDS_A_DAY = 86_400_000

PURPOSE = {
    "ehr": "The electronic health record: documents encounters, keeps who patients are.",
    "coding": "Turns documented encounters into coded encounters; asks where codes need more.",
    "billing": "Turns coded encounters into claims, posts what payers decide, says what is owed.",
    "payer_gateway": "Speaks X12 with payers: sends claims, takes back answers and remittances.",
    "patient_statements": "Tells patients what they owe, once every payer is final, and is paid.",
}

_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka's binary content mode. No PHI.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {
            "type": "string",
            "minLength": 1,
            "description": "unique within ce_source; a UUIDv7 where claimstream makes it",
        },
        "ce_source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "ce_type": {"type": "string", "description": "the topic's name"},
        "ce_time": {"type": "string", "format": "date-time", "description": "with an offset"},
        "ce_subject": {"type": "string", "description": "the key"},
        "ce_partitionkey": {"type": "string", "description": "the key"},
        "ce_dataschema": {"type": "string", "format": "uri"},
        "content-type": {"type": "string", "const": CONTENT_TYPE},
        "ce_correlationid": {"type": "string", "description": "names the whole lineage"},
        "ce_causationid": {"type": "string", "description": "id of the event that caused this"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}


def services() -> tuple[str, ...]:
    """Every owner and consumer of the catalogue, in the order of the flow."""
    named = {topic.owner for topic in topics()} | {
        consumer for topic in topics() for consumer in topic.consumers
    }
    return tuple(sorted(named, key=lambda name: (list(PURPOSE).index(name), name)))


def asyncapi(service: str) -> dict[str, Any]:
    """The document of ``service``; payload schemas are files beside it."""
    sent = [topic for topic in topics() if topic.owner == service and topic.name in MODEL_OF_TOPIC]
    received = [topic for topic in topics() if service in topic.consumers]
    used = [*received, *(topic for topic in sent if topic not in received)]
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "id": f"urn:claimstream:service:{service}",
        "info": {
            "title": f"claimstream {service.replace('_', ' ')}",
            "version": "1.0.0",
            "description": PURPOSE[service],
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {_name(topic): _channel(topic) for topic in used},
        "operations": {
            **{
                f"receive-{_name(topic)}": _operation("receive", topic, service)
                for topic in received
            },
            **{f"send-{_name(topic)}": _operation("send", topic, service) for topic in sent},
        },
        "components": {
            "messages": {_message_name(topic): _message(topic) for topic in used},
            "messageTraits": {"cloudEvent": {"headers": _HEADERS}},
        },
    }


def _name(topic: Topic) -> str:
    return topic.name.replace(".", "-")


def _message_name(topic: Topic) -> str:
    return MODEL_OF_TOPIC[topic.name].__name__


def _channel(topic: Topic) -> dict[str, Any]:
    name = _message_name(topic)
    for_ever = topic.compaction or topic.retention_days < 0
    return {
        "address": topic.name,
        "title": name,
        "description": MODEL_OF_TOPIC[topic.name].__doc__,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compaction else "delete"],
                    "retention.ms": -1 if for_ever else topic.retention_days * MILLISECONDS_A_DAY,
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": KAFKA_BINDING_VERSION,
            }
        },
        "x-owner": topic.owner,
        "x-consumers": list(topic.consumers),
        "x-key": topic.key,
        "x-phi-class": topic.phi,
    }


def _operation(action: str, topic: Topic, service: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{_name(topic)}"},
        "messages": [{"$ref": f"#/channels/{_name(topic)}/messages/{_message_name(topic)}"}],
    }
    if action == "receive" and service != "ehr":
        operation["bindings"] = {
            "kafka": {
                "groupId": {"type": "string", "const": service},
                "bindingVersion": KAFKA_BINDING_VERSION,
            }
        }
        operation["x-dead-letters"] = dead_letter_topic(topic.name, service)
    return operation


def _message(topic: Topic) -> dict[str, Any]:
    event = example(topic.name)
    record = encode(
        event,
        event_id=root_event_id(EXAMPLE_TIME, event.key, topic.name),
        source=f"urn:claimstream:{topic.owner}",
        occurred_at=EXAMPLE_TIME,
    )
    return {
        "name": topic.name,
        "title": _message_name(topic),
        "contentType": CONTENT_TYPE,
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {
            "schemaFormat": SCHEMA_FORMAT,
            "schema": {"$ref": f"./{topic.name}.schema.json"},
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key, "examples": [event.key]},
                "bindingVersion": KAFKA_BINDING_VERSION,
            }
        },
        "examples": [
            {
                "name": "example",
                "headers": {name: value.decode() for name, value in record.headers},
                "payload": json.loads(record.value),
            }
        ],
        "x-phi-class": topic.phi,
    }
