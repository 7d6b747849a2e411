"""Records as a person reads them: masked, in one line and in fields, never a crash."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstream.topics.showing import shown
from claimstream.topics.summary import dollars, summary
from schemas.catalogue import EVENTS
from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimSubmitted
from schemas.encounter import EncounterDocumented
from schemas.envelope import encode
from schemas.event import Event
from schemas.reference import PatientRegistered
from tests.builders import any_event, make

AT = datetime(2026, 1, 14, 21, 20, 5, tzinfo=UTC)


def consumed(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
) -> Any:
    return ConsumerRecord(
        topic=topic,
        partition=3,
        offset=41,
        timestamp=1_768_425_605_000,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=tuple(headers),
    )


def record_of(event: Event, topic: str | None = None, **headers: bytes) -> Any:
    record = encode(event, event_id=UUID(int=7), source="urn:x", occurred_at=AT)
    more = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return consumed(topic or record.topic, record.key, record.value, [*record.headers, *more])


GOOD = record_of(make(ClaimSubmitted))


@pytest.mark.parametrize(
    ("key", "value", "headers", "reason"),
    [
        (GOOD.key, b"{not json", GOOD.headers, "not_json"),
        (GOOD.key, None, GOOD.headers, "tombstone"),
        (GOOD.key, GOOD.value, (), "header_missing"),
        (GOOD.key, GOOD.value, [("ce_id", b"\xff\xfe")], "header_not_utf8"),
        (b"\xff\x00", GOOD.value, GOOD.headers, "key_mismatch"),
        (None, GOOD.value, GOOD.headers, "key_mismatch"),
        (GOOD.key, b'{"practice_id": "x"}', GOOD.headers, "contract_broken"),
    ],
)
def test_a_malformed_record_is_shown_as_such_with_its_reason(
    key: bytes | None, value: bytes | None, headers: Any, reason: str
) -> None:
    seen = shown(consumed(ClaimSubmitted.TOPIC, key, value, headers))
    assert seen.kind == "malformed record"
    assert seen.problem.startswith(f"{reason}: ")
    assert "partition 3, offset 41" in seen.as_text()


def test_what_a_malformed_record_holds_is_shown_only_where_phi_may_be() -> None:
    record = consumed(ClaimSubmitted.TOPIC, b"k", b'{"name": "Rivera"', GOOD.headers)
    assert "Rivera" not in shown(record).as_text() + shown(record).as_json()
    assert "Rivera" in shown(record, show_phi=True).as_text()


@settings(deadline=None)
@given(
    st.sampled_from([event.TOPIC for event in EVENTS] + ["unknown", ".dlq", "a.b.dlq"]),
    st.none() | st.binary(max_size=30),
    st.none() | st.binary(max_size=60),
    st.lists(st.tuples(st.text(max_size=12), st.none() | st.binary(max_size=20)), max_size=4),
)
def test_no_record_whatever_it_holds_stops_the_reader(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
) -> None:
    seen = shown(consumed(topic, key, value, headers))
    assert seen.problem
    assert all(line.isprintable() for line in seen.as_text().split("\n"))
    assert json.loads(seen.as_json())["event"] is None


def test_names_and_note_text_are_masked_unless_shown_on_purpose() -> None:
    for event, secret in [
        (make(PatientRegistered), "Rivera"),
        (make(EncounterDocumented), "pharyngitis"),
    ]:
        seen = shown(record_of(event))
        assert secret not in seen.as_text() + seen.as_json()
        assert "•••" in seen.as_text()
        assert secret in shown(record_of(event), show_phi=True).as_text()


def test_an_event_is_shown_with_time_kind_key_summary_and_fields() -> None:
    text = shown(record_of(make(ClaimAdjudicated))).as_text().splitlines()
    assert text[0] == (
        "2026-01-14 21:20:05Z  ClaimAdjudicated  northside-family-medicine:E20260114-0007"
    )
    assert text[1].strip().startswith("claim K7F3QZ81M2 status 1, paid $101.50 of $225.00")
    assert "    paid_cents: 10150" in text
    assert "      - line: 1" in text


def test_a_part_whose_fields_are_all_empty_still_has_its_line() -> None:
    event = make(ClaimAcknowledged, reasons=({"code": "", "message": ""}, {"code": "A7"}))
    lines = shown(record_of(event)).as_text().splitlines()
    assert lines[lines.index("    reasons:") + 1 :][:2] == ["      - (nothing)", "      - code: A7"]


def test_a_line_of_json_holds_the_same() -> None:
    line = shown(record_of(make(ClaimAdjudicated))).as_json()
    assert "\n" not in line
    document = json.loads(line)
    assert document["kind"] == "ClaimAdjudicated"
    assert document["event"]["paid_cents"] == 10150
    assert document["id"] == str(UUID(int=7))


def test_a_dead_letter_is_shown_as_its_event_with_the_reason_it_was_set_aside() -> None:
    seen = shown(
        record_of(
            make(ClaimSubmitted),
            f"{ClaimSubmitted.TOPIC}.payer_gateway.dlq",
            deadletter_reason=b"unknown_payer",
            deadletter_message=b"no profile for the payer",
        )
    )
    assert seen.kind == "ClaimSubmitted"
    assert "cannot be used: unknown_payer: no profile for the payer" in seen.as_text()


def test_control_characters_of_a_field_cannot_reach_the_terminal() -> None:
    event = make(ClaimSubmitted, prior_authorization="a\x1b[31mred\x9b\r\n")
    text = shown(record_of(event)).as_text()
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "a\\x1b[31mred\\x9b\\r\\n" in text


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)
def test_every_event_has_a_summary_of_one_line(model: type[Event]) -> None:
    line = summary(make(model))
    assert line
    assert "\n" not in line


@settings(deadline=None)
@given(any_event())
def test_any_event_can_be_shown(event: Event) -> None:
    seen = shown(record_of(event))
    assert not seen.problem
    assert seen.as_text()
    assert json.loads(seen.as_json())["key"] == event.key


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "$0.00"), (5, "$0.05"), (-5, "-$0.05"), (-123456, "-$1,234.56")]
)
def test_cents_are_written_as_dollars(cents: int, text: str) -> None:
    assert dollars(cents) == text
