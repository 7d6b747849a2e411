"""A record as a person reads it: when, what, whose, in one line and in fields, PHI masked.

A record that cannot be read is shown as such, with the reason and its size; what it holds is
shown only where PHI may be, because nobody knows what is in it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka.structs import ConsumerRecord

from claimstream.topics.summary import summary
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.phi import masked
from services.chassis.record import Record, deliver

LONGEST_RAW = 2_000
DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True)
class Shown:
    """One record for display; ``problem`` is empty when the record is a good event."""

    time: datetime
    topic: str
    partition: int
    offset: int
    key: str
    event_id: str
    correlation_id: str
    kind: str
    summary: str
    fields: Mapping[str, Any]
    problem: str = ""
    raw: str = ""

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "time": self.time.isoformat(),
                "topic": self.topic,
                "partition": self.partition,
                "offset": self.offset,
                "key": self.key,
                "id": self.event_id,
                "correlation_id": self.correlation_id,
                "kind": self.kind,
                "summary": self.summary,
                "problem": self.problem,
                "event": self.fields or None,
                **({"raw": self.raw} if self.raw else {}),
            },
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        """A heading, the summary or the problem, and the fields indented."""
        time = self.time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        lines = [f"{time}  {self.kind}  {_printable(self.key)}"]
        if self.problem:
            lines.append(f"  cannot be used: {_printable(self.problem)}")
        if self.summary:
            lines.append(f"  {_printable(self.summary)}")
        lines += [f"    {line}" for line in _lines(self.fields)]
        if self.raw:
            lines.append(f"    as it came: {_printable(self.raw)}")
        return "\n".join(lines)


def shown(record: ConsumerRecord, *, show_phi: bool = False) -> Shown:
    """What ``record`` says; never raises, whatever it holds."""
    recorded_at = datetime.fromtimestamp(record.timestamp // 1000, UTC)
    contract_topic = _contract_topic(record)
    delivery = deliver(
        Record(
            topic=contract_topic,
            partition=record.partition,
            offset=record.offset,
            recorded_at=recorded_at,
            key=record.key,
            headers=record.headers,
            value=record.value,
        ),
        MODEL_OF_TOPIC,
    )
    key = "(no key)" if record.key is None else record.key.decode(errors="backslashreplace")
    set_aside = _set_aside(record)
    if delivery.incoming is None:
        refusal = delivery.refusal
        reason = "" if refusal is None else f"{refusal.reason}: {refusal.message}"
        size = "no value" if record.value is None else f"{len(record.value)} bytes"
        return Shown(
            time=recorded_at,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=key,
            event_id=str(delivery.identity),
            correlation_id="",
            kind="malformed record",
            summary=f"partition {record.partition}, offset {record.offset}, {size}",
            fields={},
            problem=set_aside or reason,
            raw=_raw(record.value) if show_phi else "",
        )
    incoming = delivery.incoming
    event = incoming.event
    return Shown(
        time=incoming.occurred_at,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=key,
        event_id=str(incoming.event_id),
        correlation_id=incoming.correlation_id,
        kind=type(event).__name__,
        summary=summary(event),
        fields=event.model_dump(mode="json", exclude_none=True) if show_phi else masked(event),
        problem=set_aside,
    )


def _contract_topic(record: ConsumerRecord) -> str:
    """A dead-letter topic carries the records of the topic that it is named after."""
    if not record.topic.endswith(DEAD_LETTER_SUFFIX):
        return str(record.topic)
    return str(record.topic).removesuffix(DEAD_LETTER_SUFFIX).rpartition(".")[0]


def _set_aside(record: ConsumerRecord) -> str:
    headers = {
        name: value.decode(errors="backslashreplace")
        for name, value in record.headers
        if name.startswith("deadletter-") and value is not None
    }
    if "deadletter-reason" not in headers:
        return ""
    return f"{headers['deadletter-reason']}: {headers.get('deadletter-message', '')}".rstrip(": ")


def _raw(value: bytes | None) -> str:
    return "" if value is None else value[:LONGEST_RAW].decode(errors="backslashreplace")


def _lines(value: Any) -> Iterator[str]:
    """``a: 1`` for a plain value; parts are indented below their name, items begin with a dash.

    What is empty is left out.
    """
    for name, part in value.items():
        if part in ("", []):
            continue
        if isinstance(part, Mapping) and part:
            yield f"{name}:"
            yield from (f"  {line}" for line in _lines(part))
        elif isinstance(part, list) and any(isinstance(item, Mapping) for item in part):
            yield f"{name}:"
            for item in part:
                own = list(_lines(item)) if isinstance(item, Mapping) else [_plain(item)]
                first, *rest = own or ["(nothing)"]
                yield f"  - {first}"
                yield from (f"    {line}" for line in rest)
        else:
            yield f"{name}: {_plain(part)}"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return json.dumps(value)


def _printable(text: str) -> str:
    """Nothing that a terminal would obey: control characters are shown as escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
