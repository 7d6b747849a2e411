"""Our own events from a file: one JSON object a line.

``{"type": "<topic>", "data": {...}}`` with an optional ``id`` (any text; it names the event for
ever) and an optional ``time`` (RFC 3339 with an offset). What breaks the contract is reported by
its line number and the path in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from pydantic import ValidationError

from schemas.catalogue import MODEL_OF_TOPIC, topics
from schemas.event import Event
from schemas.event_id import record_id
from simulators.ehr.finding import Finding, Severity
from simulators.ehr.scheduled import Scheduled, source_of

_FIELDS = {"type", "id", "time", "data"}
_LARGEST_LINE_BYTES = 16 * 1024 * 1024


class _LineError(Exception):
    def __init__(self, path: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.reason = reason


def ehr_topics() -> frozenset[str]:
    """The topics that an EHR owns, and so may publish to."""
    return frozenset(topic.name for topic in topics() if topic.owner == "ehr")


def explained(error: ValidationError) -> tuple[str, str]:
    """The path and the rule of the first thing wrong, and never the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]
    ).lstrip(".")
    more = error.error_count() - 1
    return path or "data", first["msg"] + (f" (and {more} more)" if more else "")


def _text(fields: Mapping[str, msgspec.Raw], name: str) -> str | None:
    if name not in fields:
        return None
    try:
        return msgspec.json.decode(fields[name], type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _LineError(name, f"{name}_invalid", f"{name} must be text in UTF-8") from None


def _time(given: str | None, default: datetime) -> datetime:
    if given is None:
        return default
    try:
        time = datetime.fromisoformat(given)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise _LineError("time", "time_invalid", "time must be RFC 3339 with an offset")
    return time


def _event(fields: Mapping[str, msgspec.Raw]) -> Event:
    topic = _text(fields, "type")
    if topic not in MODEL_OF_TOPIC:
        raise _LineError("type", "type_unknown", "type must be a topic of the catalogue")
    if topic not in ehr_topics():
        raise _LineError("type", "type_not_owned", f"{topic} is not published by an EHR")
    if "data" not in fields:
        raise _LineError("data", "data_missing", "data must be the event as an object")
    try:
        return MODEL_OF_TOPIC[topic].model_validate_json(bytes(fields["data"]))
    except ValidationError as error:
        path, message = explained(error)
        raise _LineError(f"data.{path}", "contract_broken", message) from None


def _scheduled(raw: bytes, default_time: datetime) -> Scheduled:
    if len(raw) > _LARGEST_LINE_BYTES:
        raise _LineError("$", "line_too_long", "a line holds at most 16 MiB")
    try:
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _LineError("$", "not_an_object", "the line is not a JSON object in UTF-8") from None
    if set(fields) - _FIELDS:
        raise _LineError("$", "field_unknown", "only type, id, time and data are known")
    given_id = _text(fields, "id")
    if given_id == "":
        raise _LineError("id", "id_invalid", "id must not be empty")
    event = _event(fields)
    event_id: UUID | None = None
    if given_id is not None:
        event_id = record_id(source_of(event.practice_id), given_id)
    at = _time(_text(fields, "time"), default_time)
    return Scheduled(event, at, event_id=event_id)


def read_events(
    lines: Iterable[bytes],
    file: str,
    default_time: datetime,
    report: Callable[[Finding], None],
) -> Iterator[Scheduled]:
    """The events of ``lines`` in their order; what cannot be read goes to ``report``.

    ``file`` names the source in findings. ``default_time`` is for events without a time. Blank
    lines mean nothing.
    """
    for number, line in enumerate(lines, start=1):
        raw = line.strip()
        if not raw:
            continue
        try:
            yield _scheduled(raw, default_time)
        except _LineError as error:
            report(
                Finding(
                    Severity.UNREADABLE,
                    file,
                    f"line {number}: {error.path}",
                    error.reason,
                    str(error),
                )
            )
