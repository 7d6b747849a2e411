"""Events for tests: the published example of each, changed where a test asks, or drawn at random.

``strategies`` come from the published JSON Schemas, so a new event or field is drawn by itself, and
every drawn event also shows that what a schema allows is what its reader accepts.
"""

import json
from datetime import date, timedelta, timezone
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.catalogue import EVENTS, topics
from schemas.event import Event
from schemas.examples import example
from schemas.json_schema import published_schema, structure

E = TypeVar("E", bound=Event)

LONGEST_TEXT = 30
LONGEST_ARRAY = 3


def make(model: type[E], /, **changes: Any) -> E:
    """The example of ``model`` with ``changes``, written as a producer writes it (strictly)."""
    return model.model_validate({**example(model.TOPIC).model_dump(), **changes})


def example_json(model: type[Event]) -> dict[str, Any]:
    """The example of ``model`` as the JSON object on the wire, free to be changed."""
    document: dict[str, Any] = json.loads(example(model.TOPIC).to_json())
    return document


@cache
def documents(model: type[Event]) -> SearchStrategy[dict[str, Any]]:
    """JSON objects that the published schema of ``model`` allows; U+0000 is refused everywhere."""
    topic = next(topic for topic in topics() if topic.name == model.TOPIC)
    whole = _json(structure(published_schema(topic, version=1)))
    return whole.filter(lambda document: "\\u0000" not in json.dumps(document))


def events(model: type[E]) -> SearchStrategy[E]:
    """Any event of ``model``."""
    return documents(model).map(lambda document: model.model_validate_json(json.dumps(document)))


def any_event() -> SearchStrategy[Event]:
    """Any event of any topic."""
    return st.sampled_from(EVENTS).flatmap(events)


def _json(schema: dict[str, Any]) -> SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of([_json(branch) for branch in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    match schema["type"]:
        case "object":
            required = set(schema.get("required", ()))
            properties = {name: _json(part) for name, part in schema["properties"].items()}
            return st.fixed_dictionaries(
                {name: part for name, part in properties.items() if name in required},
                optional={name: part for name, part in properties.items() if name not in required},
            )
        case "array":
            least = schema.get("minItems", 0)
            most = min(schema.get("maxItems", LONGEST_ARRAY), max(LONGEST_ARRAY, least))
            return st.lists(_json(schema["items"]), min_size=least, max_size=most)
        case "integer":
            return st.integers(schema.get("minimum", -(10**6)), schema.get("maximum", 10**6))
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case _:
            return _text(schema)


def _text(schema: dict[str, Any]) -> SearchStrategy[str]:
    if schema.get("format") == "date":
        return st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
    if schema.get("format") == "date-time":
        offsets = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
        return (
            st.datetimes(timezones=offsets)
            .filter(lambda at: 1 < at.year < 9999)
            .map(lambda at: at.isoformat())
        )
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return st.text(
        st.characters(codec="utf-8"),
        min_size=schema.get("minLength", 0),
        max_size=min(schema.get("maxLength", LONGEST_TEXT), LONGEST_TEXT),
    )
