"""CloudEvents 1.0 in Kafka's binary content mode: attributes as headers, the event as the value.

Headers carry ids, types and times only; no PHI. ``ce_correlationid`` names the encounter's whole
lineage, ``ce_causationid`` the event that caused this one.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from schemas.event import Event
from schemas.event_id import record_id

CONTENT_TYPE = "application/json"
SPEC_VERSION = "1.0"
LONGEST_ATTRIBUTE_BYTES = 1024
"""Attributes go into every event that follows, so that none may grow beyond reason."""

_JSON_MEDIA_TYPE = re.compile(r"application/json\s*(;.*)?", re.IGNORECASE | re.DOTALL)
_TRACEPARENT = re.compile(
    rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{0,400})?"
)
_REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time")

Headers = Sequence[tuple[str, bytes | None]]

_OWN_NAMES = ("ce_id", "ce_time", "ce_subject", "ce_partitionkey", "ce_correlationid")
_MOST_OTHERS = 2
"""Cause and trace."""


class EnvelopeError(ValueError):
    """A record's headers are not those of a CloudEvent; ``reason`` is a stable code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Envelope(msgspec.Struct, frozen=True):
    """The attributes of one event."""

    event_id: UUID
    source: str
    event_type: str
    occurred_at: datetime
    subject: str
    partition_key: str
    correlation_id: str
    causation_id: str
    traceparent: str


class OutgoingRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A Kafka record ready to be published.

    ``given`` are headers as they stand. A record that ``encode`` made has none: its attributes are
    kept apart, in half the bytes, and written as headers when they are asked for. ``lineage`` is
    empty where it is the key.
    """

    topic: str
    key: bytes
    given: list[tuple[str, bytes]]
    value: bytes
    source: str = ""
    event_id: str = ""
    time: bytes = b""
    lineage: str = ""
    cause: str = ""
    trace: str = ""

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers, CloudEvents' attributes among them."""
        if not self.event_id:
            return self.given
        key = self.key
        headers = [
            *_standing_headers(self.topic, self.source),
            ("ce_id", self.event_id.encode()),
            ("ce_time", self.time),
            ("ce_subject", key),
            ("ce_partitionkey", key),
            ("ce_correlationid", self.lineage.encode() or key),
        ]
        if self.cause:
            headers.append(("ce_causationid", self.cause.encode()))
        if self.trace:
            headers.append(("traceparent", self.trace.encode()))
        return headers


class _Standing(msgspec.Struct, frozen=True):
    """What all events of a topic from one source have in common, as text and as headers."""

    source: str
    event_type: str
    headers: tuple[tuple[str, bytes], ...]


@lru_cache(256)
def _written(instant: datetime) -> bytes:
    """RFC 3339; all events of a batch carry one time."""
    return instant.isoformat().encode()


@lru_cache(256)
def _standing_headers(topic: str, source: str) -> tuple[tuple[str, bytes], ...]:
    """What all events of a topic from one source have in common."""
    return (
        ("ce_specversion", SPEC_VERSION.encode()),
        ("ce_source", source.encode()),
        ("ce_type", topic.encode()),
        ("ce_dataschema", f"urn:claimstream:schema:{topic}".encode()),
        ("content-type", CONTENT_TYPE.encode()),
    )


def encode(
    event: Event,
    *,
    event_id: UUID | str,
    source: str,
    occurred_at: datetime,
    correlation_id: str = "",
    causation_id: str = "",
    traceparent: str = "",
) -> OutgoingRecord:
    """The record that publishes ``event``; ``occurred_at`` must carry an offset."""
    key = event.key
    return OutgoingRecord(
        event.TOPIC,
        key.encode(),
        [],
        event.to_json(),
        source,
        str(event_id),
        _written(occurred_at),
        "" if correlation_id == key else correlation_id,
        causation_id,
        traceparent,
    )


def _text(name: str, raw: bytes | None) -> str:
    """An attribute as text; raises ``EnvelopeError``."""
    if raw is None:
        raise EnvelopeError("header_missing", f"header {name} has no value")
    if len(raw) > LONGEST_ATTRIBUTE_BYTES:
        raise EnvelopeError(
            "header_invalid", f"header {name} is longer than {LONGEST_ATTRIBUTE_BYTES} bytes"
        )
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise EnvelopeError("header_not_utf8", f"header {name} is not UTF-8") from None


def decode(headers: Headers) -> Envelope:
    """Read the attributes of a record.

    Raises ``EnvelopeError`` with reason ``header_missing``, ``header_not_utf8``,
    ``header_repeated``, ``header_invalid``, ``content_type_unknown`` or ``specversion_unknown``.
    Headers that are not CloudEvents' are ignored whatever they hold. A record without a
    ``content-type`` is JSON; one of the structured mode (CloudEvents Kafka binding 3.3) is told
    apart by it. A ``traceparent`` that is none (W3C Trace Context 3.2) is ignored, as W3C asks.
    """
    return _as_written_here(headers) or _as_any(headers)


def _as_any(headers: Headers) -> Envelope:
    """The attributes, however a producer writes and orders its headers."""
    attributes = _plain(headers) or _careful(headers)
    content_type = attributes.get("content-type", CONTENT_TYPE)
    if content_type != CONTENT_TYPE and not _JSON_MEDIA_TYPE.fullmatch(content_type):
        raise EnvelopeError(
            "content_type_unknown",
            f"the content-type must be {CONTENT_TYPE}, with the CloudEvents attributes as headers",
        )
    for name in _REQUIRED:
        if not attributes.get(name):
            raise EnvelopeError("header_missing", f"header {name} is required by CloudEvents 1.0")
    if attributes["ce_specversion"] != SPEC_VERSION:
        raise EnvelopeError("specversion_unknown", "only CloudEvents 1.0 is understood")
    occurred_at = _instant(attributes["ce_time"])
    source = attributes["ce_source"]
    take = attributes.get
    return Envelope(
        record_id(source, attributes["ce_id"]),
        source,
        attributes["ce_type"],
        occurred_at,
        take("ce_subject", ""),
        take("ce_partitionkey", ""),
        take("ce_correlationid", ""),
        take("ce_causationid", ""),
        _trace(take("traceparent", "")),
    )


def _instant(text: str) -> datetime:
    """A time as CloudEvents writes it; raises ``EnvelopeError``."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise EnvelopeError("header_invalid", "ce_time is not an RFC 3339 time") from None
    if instant.tzinfo is None:
        raise EnvelopeError("header_invalid", "ce_time carries no offset")
    if not 1 < instant.year < 9999:
        raise EnvelopeError("header_invalid", "ce_time lies at the end of the calendar")
    return instant


def _as_written_here(headers: Headers) -> Envelope | None:
    """The attributes where the headers are as ``encode`` orders them; else None.

    What all events of a topic from one source have in common, and the time, which all events of a
    batch have, are read once.
    """
    try:
        version, source, kind, schema, content, own_id, time, subject, key, lineage, *rest = headers
        standing = _standing_of(source[1], kind[1])
        if (version, source, kind, schema, content) != standing.headers:
            return None
        (is_id, raw_id), (is_time, raw_time), (is_subject, raw_subject) = own_id, time, subject
        (is_key, raw_key), (is_lineage, raw_lineage) = key, lineage
        if (is_id, is_time, is_subject, is_key, is_lineage) != _OWN_NAMES:
            return None
        if len(rest) > _MOST_OTHERS:
            return None
        cause = trace = ""
        for name, raw in rest:
            if name == "ce_causationid" and not cause and not trace:
                cause = _short(raw)
            elif name == "traceparent" and not trace:
                trace = _short(raw)
            else:
                return None
        event_id, partition_key = _short(raw_id), _short(raw_key)
        if not event_id:
            return None
        return Envelope(
            record_id(standing.source, event_id),
            standing.source,
            standing.event_type,
            _instant_of(raw_time),
            partition_key if raw_subject == raw_key else _short(raw_subject),
            partition_key,
            partition_key if raw_lineage == raw_key else _short(raw_lineage),
            cause,
            _trace(trace) if trace else "",
        )
    except (EnvelopeError, TypeError, ValueError):
        return None


def _short(raw: bytes | None) -> str:
    """An attribute as text; raises ``EnvelopeError`` where it is none, or too long to be one."""
    if raw is None or len(raw) > LONGEST_ATTRIBUTE_BYTES:
        raise EnvelopeError("header_invalid", "this header needs a closer look")
    return raw.decode()


@lru_cache(1024)
def _instant_of(raw: bytes | None) -> datetime:
    return _instant(_short(raw))


@lru_cache(256)
def _standing_of(source: bytes | None, event_type: bytes | None) -> _Standing:
    """What such events have in common; raises ``EnvelopeError`` where one of them is missing."""
    texts = _short(source), _short(event_type)
    if not all(texts):
        raise EnvelopeError("header_missing", "these headers need a closer look")
    return _Standing(*texts, _standing_headers(texts[1], texts[0]))


def _plain(headers: Headers) -> dict[str, str] | None:
    """All headers as text, where nothing is odd about any of them; else None."""
    raw = dict(headers)
    if len(raw) != len(headers):
        return None
    try:
        text = b"\x00".join(raw.values()).decode()  # type: ignore[arg-type]
    except (TypeError, UnicodeDecodeError):
        return None
    values = text.split("\x00")
    if len(values) != len(raw) or len(text) > LONGEST_ATTRIBUTE_BYTES:
        return None
    return dict(zip(raw, values, strict=True))


def _careful(headers: Headers) -> dict[str, str]:
    """The attributes alone, each looked at by itself; raises ``EnvelopeError``."""
    attributes: dict[str, str] = {}
    for name, raw in headers:
        if name == "traceparent":
            if raw is not None and _TRACEPARENT.fullmatch(raw):
                attributes[name] = raw.decode()
            continue
        if not name.startswith("ce_") and name != "content-type":
            continue
        text = _text(name, raw)
        if attributes.setdefault(name, text) != text:
            raise EnvelopeError(
                "header_repeated", f"header {name} comes twice with different values"
            )
    return attributes


def _trace(text: str) -> str:
    return text if text and _TRACEPARENT.fullmatch(text.encode()) else ""
