"""The JSON Schema (2020-12) of an event, as published.

It says what a producer writes: the required fields, and none of its own. Consumers ignore fields
that they do not know. ``structure`` reduces a document to what readers and writers depend on.
"""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from schemas.catalogue import MODEL_OF_TOPIC, Topic
from schemas.examples import example

DIALECT = "https://json-schema.org/draft/2020-12/schema"

STRUCTURAL_KEYWORDS = frozenset(
    {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "enum",
        "const",
        "default",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "x-key",
    }
)
"""What a document must be understood by; all of it is compared between versions."""

_ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})


class SchemaNotCoveredError(Exception):
    """A schema says something that the compatibility rules do not know; it cannot be published."""


class _WithoutFieldTitles(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: CoreSchema | Any) -> bool:  # noqa: ARG002
        return False


def published_schema(topic: Topic, version: int) -> dict[str, Any]:
    """The document for the event of ``topic``; ``version`` counts its compatible changes."""
    model = MODEL_OF_TOPIC[topic.name]
    generated = model.model_json_schema(schema_generator=_WithoutFieldTitles)
    definitions = generated.pop("$defs", {})
    return {
        "$schema": DIALECT,
        "$id": f"urn:claimstream:schema:{topic.name}",
        "title": generated.pop("title"),
        "description": generated.pop("description"),
        "x-topic": topic.name,
        "x-version": version,
        "x-owner": topic.owner,
        "x-consumers": list(topic.consumers),
        "x-key": topic.key,
        "x-phi-class": topic.phi,
        **generated,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
        "examples": [example(topic.name).model_dump(mode="json", exclude_unset=True)],
    }


def structure(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with its references resolved, without words, examples and markings.

    Raises ``SchemaNotCoveredError`` for a keyword whose compatibility is not defined.
    """
    resolved: dict[str, Any] = _structure(document, document.get("$defs", {}), ())
    return resolved


def _structure(
    part: Mapping[str, Any], definitions: Mapping[str, Any], within: tuple[str, ...]
) -> Any:
    if "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        if name in within:
            raise SchemaNotCoveredError(f"{name} contains itself")
        siblings = {key: value for key, value in part.items() if key != "$ref"}
        return _structure({**definitions[name], **siblings}, definitions, (*within, name))
    found: dict[str, Any] = {}
    for keyword, value in part.items():
        if keyword in _ANNOTATIONS or (keyword.startswith("x-") and keyword != "x-key"):
            continue
        if keyword not in STRUCTURAL_KEYWORDS:
            raise SchemaNotCoveredError(f"the keyword {keyword} has no compatibility rule")
        if keyword == "properties":
            found[keyword] = {
                name: _structure(value[name], definitions, within) for name in sorted(value)
            }
        elif keyword == "items":
            found[keyword] = _structure(value, definitions, within)
        elif keyword == "anyOf":
            found[keyword] = [_structure(branch, definitions, within) for branch in value]
        elif keyword == "required":
            found[keyword] = sorted(value)
        else:
            found[keyword] = value
    return {key: found[key] for key in sorted(found)}
