"""Events on the wire: what is written is what is read, and nothing loose gets through."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas.catalogue import EVENTS, MODEL_OF_TOPIC
from schemas.claim import ClaimSubmitted
from schemas.envelope import EnvelopeError, decode, encode
from schemas.event import Event
from tests.builders import any_event, example_json, make

NOW = datetime(2026, 1, 14, 21, 20, 5, 123456, tzinfo=UTC)
EVERY_EVENT = pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)


def places(value: Any, suffix: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object and name below ``value`` whose name ends so."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name.endswith(suffix):
                yield value, name
            yield from places(part, suffix)
    elif isinstance(value, list):
        for part in value:
            yield from places(part, suffix)


def models_within(model: type[BaseModel]) -> set[type[BaseModel]]:
    """The model and every model that is a part of it."""
    found = {model}
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found |= models_within(annotation)
        waiting.extend(getattr(annotation, "__args__", ()))
    return found


@EVERY_EVENT
@pytest.mark.parametrize("loose", [125.5, 100.0, "100", True, "1e2", None, [100], 10**13 + 1])
def test_money_is_integer_cents_or_the_event_is_refused(model: type[Event], loose: object) -> None:
    for index in range(len(list(places(example_json(model), "_cents")))):
        document = example_json(model)
        holder, name = list(places(document, "_cents"))[index]
        holder[name] = loose
        if loose is None and not _required(model, name):
            continue
        with pytest.raises(ValidationError):
            model.from_json(json.dumps(document).encode())


def _required(model: type[Event], name: str) -> bool:
    return all(
        part.model_fields[name].is_required()
        for part in models_within(model)
        if name in part.model_fields
    )


@EVERY_EVENT
def test_no_contract_has_a_float(model: type[Event]) -> None:
    for part in models_within(model):
        for name, field in part.model_fields.items():
            assert "float" not in str(field.annotation), f"{part.__name__}.{name}"


@EVERY_EVENT
def test_a_writer_refuses_a_field_that_the_contract_does_not_name(model: type[Event]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        make(model, invented="x")


@EVERY_EVENT
def test_a_reader_ignores_fields_of_a_newer_minor_version_at_every_depth(
    model: type[Event],
) -> None:
    document = example_json(model)
    waiting: list[Any] = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
            part["added_later"] = {"anything": [1, None]}
        elif isinstance(part, list):
            waiting.extend(part)
    assert model.from_json(json.dumps(document).encode()) == make(model)


@EVERY_EVENT
def test_a_missing_required_field_is_refused(model: type[Event]) -> None:
    for name, field in model.model_fields.items():
        if field.is_required():
            document = example_json(model)
            del document[name]
            with pytest.raises(ValidationError, match="Field required"):
                model.from_json(json.dumps(document).encode())


@settings(deadline=None)
@given(any_event())
def test_what_is_written_is_what_is_read(event: Event) -> None:
    assert type(event).from_json(event.to_json()) == event


@settings(deadline=None)
@given(any_event())
def test_what_a_writer_wrote_a_strict_reader_would_accept(event: Event) -> None:
    assert type(event).model_validate_json(event.to_json()) == event


@settings(deadline=None)
@given(
    any_event(),
    st.uuids(),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=-6)))).filter(
        lambda at: 1 < at.year < 9999
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
)
def test_an_envelope_survives_the_trip_and_carries_the_key(
    event: Event, event_id: UUID, occurred_at: datetime, correlation: str
) -> None:
    record = encode(
        event,
        event_id=event_id,
        source="urn:claimstream:test",
        occurred_at=occurred_at,
        correlation_id=correlation,
        causation_id="cause",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    envelope = decode(record.headers)
    assert envelope.event_id == event_id
    assert envelope.occurred_at == occurred_at
    assert envelope.correlation_id == correlation
    assert envelope.causation_id == "cause"
    assert envelope.partition_key == record.key.decode() == event.key
    assert MODEL_OF_TOPIC[record.topic].from_json(record.value) == event


@given(st.lists(st.tuples(st.text(max_size=12), st.none() | st.binary(max_size=20)), max_size=6))
def test_headers_of_any_bytes_are_read_or_refused_with_a_reason(
    headers: list[tuple[str, bytes | None]],
) -> None:
    good = encode(make(ClaimSubmitted), event_id=UUID(int=7), source="urn:x", occurred_at=NOW)
    reason = ""
    try:
        decode([*good.headers, *headers])
    except EnvelopeError as error:
        reason = error.reason
    assert reason in {
        "",
        "header_missing",
        "header_not_utf8",
        "header_invalid",
        "header_repeated",
        "content_type_unknown",
        "specversion_unknown",
    }


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ce_id", None, "header_missing"),
        ("ce_id", b"", "header_missing"),
        ("ce_type", b"\xff\xfe", "header_not_utf8"),
        ("ce_specversion", b"0.3", "specversion_unknown"),
        ("ce_time", b"yesterday", "header_invalid"),
        ("ce_time", b"2026-01-14T21:20:05", "header_invalid"),
        ("ce_correlationid", b"x" * 1025, "header_invalid"),
        ("content-type", b"text/plain", "content_type_unknown"),
        ("content-type", b"application/cloudevents+json", "content_type_unknown"),
    ],
)
def test_a_bad_header_is_refused_with_its_reason(
    name: str, value: bytes | None, reason: str
) -> None:
    good = encode(make(ClaimSubmitted), event_id=UUID(int=7), source="urn:x", occurred_at=NOW)
    headers: list[tuple[str, bytes | None]] = [
        (header, value if header == name else kept) for header, kept in good.headers
    ]
    with pytest.raises(EnvelopeError) as caught:
        decode(headers)
    assert caught.value.reason == reason


def test_an_attribute_that_comes_twice_is_refused_unless_both_say_the_same() -> None:
    good = encode(make(ClaimSubmitted), event_id=UUID(int=7), source="urn:x", occurred_at=NOW)
    assert decode([*good.headers, ("ce_source", b"urn:x")]).source == "urn:x"
    with pytest.raises(EnvelopeError) as caught:
        decode([*good.headers, ("ce_id", b"another")])
    assert caught.value.reason == "header_repeated"


@pytest.mark.parametrize("trace", [None, b"\xff", b"x" * 2_000_000, b"00-0-0-00"])
def test_a_trace_context_that_is_none_is_ignored(trace: bytes | None) -> None:
    good = encode(make(ClaimSubmitted), event_id=UUID(int=7), source="urn:x", occurred_at=NOW)
    assert decode([*good.headers, ("traceparent", trace)]).traceparent == ""


def test_a_key_names_the_practice_so_that_equal_ids_of_two_practices_stay_apart() -> None:
    one = make(ClaimSubmitted, practice_id="north")
    other = make(ClaimSubmitted, practice_id="south")
    assert one.encounter_id == other.encounter_id
    assert one.key != other.key
