"""What lies in the outbox comes out as it was decided, and so does what an earlier release left."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from schemas.encounter import EncounterDocumented
from schemas.envelope import OutgoingRecord, encode
from schemas.event_id import root_event_id
from services.chassis.outbox import _packed, _packs, unpack
from tests.builders import make
from tests.support import NOON

_TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
_EVENT = make(EncounterDocumented)


def kept(*records: OutgoingRecord) -> list[OutgoingRecord]:
    return [record for _, pack in _packs(records) for record in unpack(_packed(pack))]


def test_a_row_of_an_earlier_release_is_read() -> None:
    headers = [("ce_id", b"1"), ("ce_type", b"till.counted.v1")]
    row = msgpack.encode([("till.counted.v1", b"P1:A", headers, b"{}")])
    (record,) = unpack(row)
    assert record == OutgoingRecord("till.counted.v1", b"P1:A", headers, b"{}")
    assert record.headers == headers


@given(st.lists(st.tuples(_TEXT, st.binary(max_size=40)), max_size=4))
def test_headers_that_no_event_has_are_kept_as_given(headers: list[tuple[str, bytes]]) -> None:
    record = OutgoingRecord("a.dlq", b"", headers, b"\xff")
    assert kept(record) == [record]
    assert kept(record)[0].headers == headers


@given(lineage=_TEXT, cause=_TEXT, trace=_TEXT)
def test_an_event_has_the_same_headers_after_it_waited(
    lineage: str, cause: str, trace: str
) -> None:
    record = encode(
        _EVENT,
        event_id=root_event_id(NOON, "A"),
        source="urn:claimstream:till",
        occurred_at=NOON,
        correlation_id=lineage,
        causation_id=cause,
        traceparent=trace,
    )
    (waited,) = kept(record)
    assert waited.headers == record.headers
    headers = dict(waited.headers)
    assert headers["ce_correlationid"] == lineage.encode() or record.key
    assert headers.get("ce_causationid", b"") == cause.encode()
    assert headers.get("traceparent", b"") == trace.encode()
