"""Headers in our own order are read by their place, and never otherwise than by their names."""

import json
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas import envelope
from schemas.claim import ClaimStateChanged
from schemas.envelope import Envelope, EnvelopeError, Headers, decode, encode
from tests.builders import example_json

_EVENT = ClaimStateChanged.from_json(json.dumps(example_json(ClaimStateChanged)).encode())
_CAUSE = "019cbf61-e915-7c90-8fa9-b92f4646627a"
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_OTHER_VALUES = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"",
            b"1.0",
            b"\x00",
            b"\xff",
            b"x" * 1025,
            _CAUSE.encode(),
            _TRACE.encode(),
            b"2026-01-14",
            b"2026-01-14T21:20:05+00:00",
            b"0001-01-01T00:00:00Z",
            b"application/json; charset=utf-8",
            b"billing.claim-submitted.v1",
        ]
    ),
)
_NAMES = st.sampled_from(
    ["ce_id", "ce_time", "ce_subject", "ce_source", "ce_causationid", "traceparent", "other"]
)


def written(*, cause: str = _CAUSE, trace: str = "") -> list[tuple[str, bytes | None]]:
    record = encode(
        _EVENT,
        event_id=_CAUSE,
        source="urn:claimstream:billing",
        occurred_at=datetime(2026, 1, 14, 21, 20, 5, tzinfo=UTC),
        causation_id=cause,
        traceparent=trace,
    )
    return list(record.headers)


def read(headers: Headers, *, by_name: bool) -> Envelope | tuple[str, str]:
    try:
        return envelope._as_any(headers) if by_name else decode(headers)
    except EnvelopeError as error:
        return error.reason, str(error)


@st.composite
def nearly_ours(draw: st.DrawFn) -> list[tuple[str, bytes | None]]:
    """Our headers with some of them changed, left out, put elsewhere, or said twice."""
    headers = written(
        cause=draw(st.sampled_from(["", _CAUSE])), trace=draw(st.sampled_from(["", _TRACE, "no"]))
    )
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(headers) - 1))
        name, value = headers[place]
        change = draw(st.sampled_from(["value", "name", "drop", "twice", "move"]))
        if change == "value":
            headers[place] = name, draw(_OTHER_VALUES)
        elif change == "name":
            headers[place] = draw(_NAMES), value
        elif change == "drop":
            del headers[place]
        elif change == "twice":
            headers.insert(place, (name, draw(_OTHER_VALUES)))
        else:
            headers.insert(draw(st.integers(0, len(headers) - 1)), headers.pop(place))
    return headers


@given(nearly_ours())
def test_headers_are_read_by_their_place_as_by_their_names(
    headers: list[tuple[str, bytes | None]],
) -> None:
    assert read(headers, by_name=False) == read(headers, by_name=True)


@given(st.sampled_from(["", _CAUSE]), st.sampled_from(["", _TRACE, "no trace"]))
def test_what_we_write_is_read_by_its_place(cause: str, trace: str) -> None:
    found = envelope._as_written_here(written(cause=cause, trace=trace))
    assert found == Envelope(
        UUID(_CAUSE),
        "urn:claimstream:billing",
        _EVENT.TOPIC,
        datetime(2026, 1, 14, 21, 20, 5, tzinfo=UTC),
        _EVENT.key,
        _EVENT.key,
        _EVENT.key,
        cause,
        trace if trace == _TRACE else "",
    )


def test_another_producer_s_headers_are_read_by_their_names() -> None:
    assert envelope._as_written_here(list(reversed(written()))) is None
    assert decode(list(reversed(written()))) == decode(written())
