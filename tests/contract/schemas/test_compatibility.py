"""Which changes of a contract its readers and writers can live with, and which they cannot."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import MODEL_OF_TOPIC, topics
from schemas.compatibility import breaks
from schemas.json_schema import SchemaNotCoveredError, published_schema, structure

Change = Callable[[dict[str, Any]], object]

EARLIER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "x-key": "practice_id:claim_id",
    "required": ["claim_id", "kind", "lines", "total_cents"],
    "properties": {
        "claim_id": {"type": "string", "pattern": "^[A-Z0-9]{1,20}$"},
        "kind": {"type": "string", "enum": ["original", "corrected"]},
        "note": {"type": "string", "maxLength": 80, "minLength": 1, "default": "-"},
        "due": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "total_cents": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["units"],
                "properties": {"units": {"type": "integer", "minimum": 1, "maximum": 99}},
            },
        },
    },
}


def changed(change: Change) -> dict[str, Any]:
    later = copy.deepcopy(EARLIER)
    change(later)
    return later


def prop(schema: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"][name]
    return found


def units(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = prop(schema, "lines")["items"]["properties"]["units"]
    return found


READERS, EVENTS = "earlier readers", "earlier events"

BREAKING: dict[str, tuple[Change, set[tuple[str, str, str]]]] = {
    "a removed required field": (
        lambda s: (s["properties"].pop("claim_id"), s["required"].remove("claim_id")),
        {
            ("claim_id", "required_field_absent", READERS),
            ("claim_id", "field_removed", READERS),
        },
    ),
    "a removed optional field": (
        lambda s: s["properties"].pop("note"),
        {("note", "field_removed", READERS)},
    ),
    "a new required field": (
        lambda s: (
            s["properties"].update(payer_id={"type": "string"}),
            s["required"].append("payer_id"),
        ),
        {("payer_id", "required_field_absent", EVENTS)},
    ),
    "a required field made optional": (
        lambda s: s["required"].remove("claim_id"),
        {("claim_id", "required_field_absent", READERS)},
    ),
    "an optional field made required": (
        lambda s: s["required"].append("note"),
        {("note", "required_field_absent", EVENTS)},
    ),
    "another type": (
        lambda s: prop(s, "total_cents").update(type="string"),
        {("total_cents", "type_differs", READERS), ("total_cents", "type_differs", EVENTS)},
    ),
    "an integer turned number": (
        lambda s: units(s).update(type="number"),
        {("lines[].units", "type_differs", READERS)},
    ),
    "a value added to an enumeration": (
        lambda s: prop(s, "kind")["enum"].append("void"),
        {("kind", "value_unknown", READERS)},
    ),
    "a value taken from an enumeration": (
        lambda s: prop(s, "kind")["enum"].remove("corrected"),
        {("kind", "value_unknown", EVENTS)},
    ),
    "an enumeration opened": (
        lambda s: prop(s, "kind").pop("enum"),
        {("kind", "values_limited", READERS)},
    ),
    "another pattern": (
        lambda s: prop(s, "claim_id").update(pattern="^[A-Z0-9]{1,38}$"),
        {("claim_id", "pattern_differs", READERS), ("claim_id", "pattern_differs", EVENTS)},
    ),
    "a pattern dropped": (
        lambda s: prop(s, "claim_id").pop("pattern"),
        {("claim_id", "pattern_differs", READERS)},
    ),
    "a pattern added": (
        lambda s: prop(s, "note").update(pattern="^[a-z]*$"),
        {("note", "pattern_differs", EVENTS)},
    ),
    "a longer text": (
        lambda s: prop(s, "note").update(maxLength=81),
        {("note", "bound_differs", READERS)},
    ),
    "a shorter text": (
        lambda s: prop(s, "note").update(maxLength=79),
        {("note", "bound_differs", EVENTS)},
    ),
    "an emptier text": (
        lambda s: prop(s, "note").update(minLength=0),
        {("note", "bound_differs", READERS)},
    ),
    "a lower minimum": (
        lambda s: prop(s, "total_cents").update(minimum=-1),
        {("total_cents", "bound_differs", READERS)},
    ),
    "a higher minimum": (
        lambda s: prop(s, "total_cents").update(minimum=1),
        {("total_cents", "bound_differs", EVENTS)},
    ),
    "a maximum dropped": (
        lambda s: prop(s, "total_cents").pop("maximum"),
        {("total_cents", "bound_differs", READERS)},
    ),
    "a lower maximum": (
        lambda s: prop(s, "total_cents").update(maximum=10),
        {("total_cents", "bound_differs", EVENTS)},
    ),
    "more items": (
        lambda s: prop(s, "lines").update(maxItems=51),
        {("lines", "bound_differs", READERS)},
    ),
    "fewer items": (
        lambda s: prop(s, "lines").update(maxItems=49),
        {("lines", "bound_differs", EVENTS)},
    ),
    "a bound of a part": (
        lambda s: units(s).update(maximum=100),
        {("lines[].units", "bound_differs", READERS)},
    ),
    "a field that may be null": (
        lambda s: s["properties"].update(
            claim_id={"anyOf": [prop(s, "claim_id"), {"type": "null"}]}
        ),
        {("claim_id", "type_differs", READERS)},
    ),
    "a field that may no longer be null": (
        lambda s: s["properties"].update(due={"type": "string", "format": "date"}),
        {("due", "type_differs", EVENTS)},
    ),
    "another format within a nullable field": (
        lambda s: prop(s, "due")["anyOf"][0].update(format="date-time"),
        {("due", "format_differs", READERS), ("due", "format_differs", EVENTS)},
    ),
    "writers that may add fields of their own": (
        lambda s: prop(s, "lines")["items"].pop("additionalProperties"),
        {("lines[]", "object_opened", READERS)},
    ),
    "another meaning of an absent field": (
        lambda s: prop(s, "note").update(default="none"),
        {("note", "default_changed", READERS)},
    ),
    "another key": (
        lambda s: s.update({"x-key": "practice_id:patient_id"}),
        {("", "key_changed", READERS)},
    ),
    "a field removed from a part": (
        lambda s: (
            prop(s, "lines")["items"]["properties"].pop("units"),
            prop(s, "lines")["items"]["required"].remove("units"),
        ),
        {
            ("lines[].units", "field_removed", READERS),
            ("lines[].units", "required_field_absent", READERS),
        },
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_change_that_breaks_a_reader_or_a_writer_is_found_with_field_and_side(name: str) -> None:
    change, expected = BREAKING[name]
    found = breaks(EARLIER, changed(change))
    assert {(item.path, item.rule, item.side) for item in found} == expected
    assert all(item.message for item in found)


def test_the_same_contract_is_compatible_with_itself() -> None:
    assert breaks(EARLIER, copy.deepcopy(EARLIER)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["properties"].update(memo={"type": "string", "default": ""}),
        lambda s: prop(s, "lines")["items"]["properties"].update(
            ndc={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        ),
        lambda s: s["properties"].update(
            part={"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
        ),
    ],
    ids=["a text", "a nullable text of a part", "a whole object"],
)
def test_an_added_optional_field_is_compatible(change: Change) -> None:
    assert breaks(EARLIER, changed(change)) == []


@given(st.lists(st.sampled_from(sorted(BREAKING)), min_size=1, max_size=3, unique=True))
def test_a_break_towards_readers_is_one_towards_events_when_it_is_undone(names: list[str]) -> None:
    def all_changes(schema: dict[str, Any]) -> None:
        for name in names:
            try:
                BREAKING[name][0](schema)
            except (KeyError, ValueError):
                continue

    later = changed(all_changes)
    assert breaks(EARLIER, later)
    readability = {"required_field_absent", "type_differs", "value_unknown", "bound_differs"}
    swap = {READERS: EVENTS, EVENTS: READERS}
    forth = {(b.path, b.rule, swap[b.side]) for b in breaks(EARLIER, later)}
    back = {(b.path, b.rule, b.side) for b in breaks(later, EARLIER)}
    assert {item for item in forth if item[1] in readability} == {
        item for item in back if item[1] in readability
    }


@pytest.mark.parametrize("keyword", ["oneOf", "allOf", "not", "patternProperties", "prefixItems"])
def test_a_keyword_without_a_compatibility_rule_cannot_be_published(keyword: str) -> None:
    with pytest.raises(SchemaNotCoveredError, match=keyword):
        structure({"type": "object", "properties": {"a": {keyword: []}}})


def test_a_type_that_contains_itself_cannot_be_published() -> None:
    with pytest.raises(SchemaNotCoveredError, match="contains itself"):
        structure(
            {
                "$ref": "#/$defs/Part",
                "$defs": {
                    "Part": {"type": "object", "properties": {"a": {"$ref": "#/$defs/Part"}}}
                },
            }
        )


def test_words_and_markings_are_no_part_of_the_structure() -> None:
    plain = {"type": "string", "maxLength": 4}
    assert structure({**plain, "description": "x", "title": "X", "x-phi": "identity"}) == plain


@pytest.mark.parametrize("topic", [t for t in topics() if t.name in MODEL_OF_TOPIC], ids=str)
def test_every_contract_is_compatible_with_itself(topic: Any) -> None:
    now = structure(published_schema(topic, 1))
    assert breaks(now, structure(published_schema(topic, 2))) == []
