"""A Kafka record as the bytes of one file, so that it can be mutated, kept and read by people.

The topic, the key and the headers a line each, an empty line, then the value as it is::

    topic=ehr.encounter-documented.v1
    key=P1:E1
    ce_id=018f4a3e-0000-7000-8000-000000000001
    x-absent

    {"practice_id": ...}

A line without ``=`` is a header, key or value that is null. Whatever the bytes, they are a record.
"""

from collections.abc import Sequence

from services.chassis.record import Record
from tests.support import NOON

NO_VALUE = b"no-value"


def framed(record: Record) -> bytes:
    """The record as bytes; ``record_of`` gives it back unless a header holds a line end."""
    lines = [b"topic=" + record.topic.encode(), _line(b"key", record.key)]
    lines += [_line(name.encode("utf-8", "surrogateescape"), raw) for name, raw in record.headers]
    if record.value is None:
        lines.append(NO_VALUE)
    return b"\n".join(lines) + b"\n\n" + (record.value or b"")


def record_of(frame: bytes, topics: Sequence[str]) -> Record:
    """The record that a frame holds; a topic that nobody reads becomes one of ``topics``."""
    head, _, value = frame.partition(b"\n\n")
    topic, key = "", None
    headers: list[tuple[str, bytes | None]] = []
    absent = False
    for line in head.split(b"\n"):
        name, equals, raw = line.partition(b"=")
        if line == NO_VALUE:
            absent = True
        elif name == b"topic":
            topic = raw.decode("utf-8", "replace")
        elif name == b"key":
            key = raw if equals else None
        else:
            headers.append((name.decode("utf-8", "replace"), raw if equals else None))
    if topic not in topics and not topic.startswith("unread"):
        topic = topics[len(frame) % len(topics)]
    return Record(topic, 0, 0, NOON, key, headers, None if absent else value)


def _line(name: bytes, raw: bytes | None) -> bytes:
    return name if raw is None else name + b"=" + raw
