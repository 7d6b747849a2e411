"""A Kafka record as it came, and its decoding, alone and without ever raising."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec
import orjson
from aiokafka import ConsumerRecord
from pydantic import ValidationError
from pydantic_core import from_json

from schemas.envelope import Envelope, EnvelopeError, Headers, decode
from schemas.event import Event
from schemas.view import View
from services.chassis.incoming import Incoming
from services.chassis.logs import fault_of, place_of

LARGEST_VALUE_BYTES = 4 * 1024 * 1024
LARGEST_KEY_BYTES = 512
_NO_VIEWS: Mapping[str, type[View]] = MappingProxyType({})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_WIDEST_NUMBER_BITS = 63
_PERHAPS_WIDE = re.compile(rb"[0-9]{19}|[0-9]_[0-9]|[0-9][eE]\+?[0-9]{2}|\\u00[35]")
"""How a number of more than 64 bits may be written; a contract takes ``"1_000"`` as well, and both
characters as escapes."""
_OTHER_FORMATS = (
    (b"\xef\xbb\xbf", "a byte order mark stands before the JSON: leave it out"),
    (b"\xff\xfe", "this is UTF-16 or UTF-32: write UTF-8"),
    (b"\xfe\xff", "this is UTF-16: write UTF-8"),
    (b"\x00\x00\xfe\xff", "this is UTF-32: write UTF-8"),
    (b"\x1f\x8b", "this is gzip: let the Kafka client compress, not the program"),
    (b"\x28\xb5\x2f\xfd", "this is zstd: let the Kafka client compress, not the program"),
    (b"\x00", "this begins with a NUL byte: binary, as of a schema registry, or UTF-16 or UTF-32"),
)
"""How a value begins that is something else than JSON, and what to say then."""


class Record(msgspec.Struct, frozen=True):
    """A record whole: nothing of it is interpreted yet."""

    topic: str
    partition: int
    offset: int
    recorded_at: datetime
    key: bytes | None
    headers: Headers
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record cannot be used: a stable reason and a message without PHI."""

    reason: str
    message: str


class Delivery(msgspec.Struct, frozen=True):
    """A record with what came out of decoding it: an input, or a refusal.

    ``lane`` is the order that the record belongs to: its key, within the kind of thing that the
    topic's keys name. ``identity`` is what the inbox remembers.
    """

    record: Record
    lane: str | None
    identity: UUID
    incoming: Incoming[Any] | None
    refusal: Refusal | None

    def refused(self, refusal: Refusal) -> "Delivery":
        """The same delivery, not to be decided."""
        return Delivery(self.record, self.lane, self.identity, None, refusal)


@lru_cache(4096)
def instant_of(kafka_milliseconds: int) -> datetime:
    """A record's timestamp as an instant; Kafka says -1 where there is none.

    A producer may write any number there: one beyond the calendar is its last millisecond.
    """
    return _EPOCH + timedelta(milliseconds=min(max(kafka_milliseconds, 0), _LAST_MILLISECOND))


def record_from_kafka(raw: ConsumerRecord) -> Record:
    """What the client read, as this project knows it."""
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        recorded_at=instant_of(raw.timestamp),
        key=raw.key,
        headers=raw.headers,
        value=raw.value,
    )


def headers_to_bytes(headers: Headers) -> bytes:
    """Headers as they are kept in a row; values may be any bytes, or absent."""
    return orjson.dumps(
        [[name, None if raw is None else b64encode(raw).decode()] for name, raw in headers]
    )


def headers_from_bytes(kept: bytes) -> list[tuple[str, bytes | None]]:
    """The headers that ``headers_to_bytes`` kept."""
    return [(name, None if text is None else b64decode(text)) for name, text in orjson.loads(kept)]


def identity_of_bytes(record: Record) -> UUID:
    """The identity of a record that does not name itself: its place and all that it holds.

    The place alone would not do: a topic that was made again holds other records there.
    """
    digest = blake2b(digest_size=16)
    place = (record.topic, str(record.partition), str(record.offset))
    headers = [
        part for name, raw in record.headers for part in (name.encode("utf-8", "replace"), raw)
    ]
    for part in (*(text.encode() for text in place), record.key, *headers, record.value):
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return UUID(bytes=digest.digest())


def _where(error: ValidationError) -> str:
    """Which fields break the contract and how; never what they hold."""
    findings = [
        f"{'.'.join(str(part) for part in finding['loc']) or 'value'}: {finding['type']}"
        for finding in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return "; ".join(findings[:8]) + ("; and more" if len(findings) > 8 else "")


def _no_json(value: bytes, error: ValidationError) -> str:
    """Why a value is no JSON and where, so that its producer can be told; nothing that it holds."""
    if not value.strip():
        return "the value is empty"
    for beginning, told in _OTHER_FORMATS:
        if value.startswith(beginning):
            return told
    try:
        value.decode()
    except UnicodeDecodeError as fault:
        return f"the value is not UTF-8: byte {fault.start} cannot stand there"
    if value[1:2] == b"\x00":
        return "every second byte is NUL: this is UTF-16: write UTF-8"
    (finding,) = error.errors(include_url=False, include_input=False)
    return f"the value is not JSON: {finding.get('ctx', {}).get('error', 'it cannot be read')}"


def _text_of_key(raw: bytes | None) -> str | None:
    """The key as text; one that no id can be is named by its hash, so that rows can hold it."""
    if raw is None:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and text and len(raw) <= LARGEST_KEY_BYTES:
        return text
    return f"unreadable:{blake2b(raw, digest_size=16).hexdigest()}"


def _places(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each text and number of a JSON document, with its path."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _places(each, f"{path}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _places(each, f"{path}.{number}")
    else:
        yield path.lstrip("."), value


@lru_cache(256)
def _has_open_numbers(contract: type[Event]) -> bool:
    """Whether a contract has an integer without an upper or a lower limit."""

    def any_open(schema: object) -> bool:
        if isinstance(schema, dict):
            if schema.get("type") == "integer":
                return not {"minimum", "maximum"} <= schema.keys()
            return any(map(any_open, schema.values()))
        return isinstance(schema, list) and any(map(any_open, schema))

    return any_open(contract.model_json_schema())


def _unkeepable(value: bytes, event: Event) -> Refusal | None:
    """What a contract allows and no database can keep; fields that nobody reads do not matter."""
    if b"\\u0000" not in value and not (
        _has_open_numbers(type(event)) and _PERHAPS_WIDE.search(value)
    ):
        return None
    for path, each in _places(from_json(event.to_json())):
        if isinstance(each, str) and "\x00" in each:
            return Refusal("nul_character", f"{path}: holds the character U+0000; leave it out")
        if isinstance(each, int) and each.bit_length() > _WIDEST_NUMBER_BITS:
            return Refusal("number_too_large", f"{path}: a number of more than 64 bits")
    return None


def _read(
    record: Record, contract: type[Event] | None, view: type[View] | None, key: str | None
) -> tuple[Envelope, Event | View] | Refusal:
    if contract is None:
        return Refusal("topic_unknown", f"no contract is known for topic {record.topic}")
    if record.value is None:
        return Refusal("tombstone", "the record has no value; this topic takes no deletions")
    if len(record.value) > LARGEST_VALUE_BYTES:
        return Refusal(
            "too_large",
            f"the value has {len(record.value)} bytes; at most {LARGEST_VALUE_BYTES} are read",
        )
    try:
        envelope = decode(record.headers)
    except EnvelopeError as error:
        return Refusal(error.reason, "".join(filter(str.isprintable, str(error)))[:400])
    if envelope.event_type != contract.TOPIC:
        return Refusal("type_unknown", f"ce_type must be {contract.TOPIC} on topic {record.topic}")
    event: Event | View | None = view.quickly(record.value) if view is not None else None
    if event is None:
        whole = _whole(record.value, contract)
        if isinstance(whole, Refusal):
            return whole
        event = whole if view is None else view.of(whole)
    if key != event.key:
        return Refusal("key_mismatch", f"the record's key must be {contract.KEY_FIELD}'s")
    return envelope, event


def _whole(value: bytes, contract: type[Event]) -> Event | Refusal:
    """The event with all its fields, each held against the contract."""
    try:
        event = contract.from_json(value)
    except ValidationError as error:
        kinds = {finding["type"] for finding in error.errors(include_input=False)}
        if kinds == {"json_invalid"}:
            return Refusal("not_json", _no_json(value, error))
        return Refusal("contract_broken", _where(error))
    return _unkeepable(value, event) or event


def deliver(
    record: Record,
    subscriptions: Mapping[str, type[Event]],
    views: Mapping[str, type[View]] = _NO_VIEWS,
) -> Delivery:
    """Decode one record; whatever it holds, the answer is a ``Delivery``.

    ``views``: by topic, which fields alone are read, where that is all that the reader takes.
    """
    contract = subscriptions.get(record.topic)
    key = _text_of_key(record.key)
    lane = f"{contract.KEY_FIELD if contract else record.topic}|{key}" if key else None
    try:
        outcome = _read(record, contract, views.get(record.topic), key)
    except Exception as error:
        outcome = Refusal("rule_failed", f"{fault_of(error)} at {place_of(error)}")
    if isinstance(outcome, Refusal):
        return Delivery(record, lane, identity_of_bytes(record), None, outcome)
    envelope, event = outcome
    identity = envelope.event_id
    incoming = Incoming(
        identity,
        record.topic,
        key or event.key,
        event,
        envelope.occurred_at,
        envelope.correlation_id,
        envelope.traceparent,
    )
    return Delivery(record, lane, identity, incoming, None)
