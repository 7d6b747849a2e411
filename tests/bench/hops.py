"""What each service emits for what it reads, counted from a real run: the bare limit's shape."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from schemas.envelope import EnvelopeError, decode
from services.chassis.record import Record

_SOURCE = "urn:claimstream:"


@dataclass(frozen=True, slots=True)
class Hop:
    """Records of ``topic`` for every thousand inputs, of so many bytes, with such headers."""

    topic: str
    per_thousand: int
    value_bytes: int
    headers: tuple[tuple[str, str], ...]


Hops = Mapping[str, Mapping[str, tuple[Hop, ...]]]
"""By service and input topic."""


@dataclass(frozen=True, slots=True)
class _Output:
    service: str
    topic: str
    cause: UUID | None
    record: Record


def hops_of(records: Iterable[Record], subscribed: Mapping[str, Collection[str]]) -> Hops:
    """Count what was emitted for what, by the causes that the records name.

    What a file or a deadline caused counts for the input that the service reads most.
    ``subscribed`` gives the topics that each service reads.
    """
    topic_of: dict[UUID, str] = {}
    outputs: list[_Output] = []
    read: Counter[str] = Counter()
    for record in records:
        try:
            envelope = decode(record.headers)
        except EnvelopeError:
            continue
        topic_of[envelope.event_id] = record.topic
        read[record.topic] += 1
        if envelope.source.startswith(_SOURCE):
            service = envelope.source.removeprefix(_SOURCE)
            outputs.append(_Output(service, record.topic, _cause(envelope.causation_id), record))
    main = {name: max(topics, key=lambda topic: read[topic]) for name, topics in subscribed.items()}
    counted: dict[tuple[str, str, str], list[Record]] = {}
    for each in outputs:
        if each.service not in subscribed:
            continue
        cause = topic_of.get(each.cause) if each.cause else None
        if cause is None or cause not in subscribed[each.service]:
            cause = main[each.service]
        counted.setdefault((each.service, cause, each.topic), []).append(each.record)
    found: dict[str, dict[str, tuple[Hop, ...]]] = {name: {} for name in subscribed}
    for (service, cause, topic), made in counted.items():
        size = sum(len(each.value or b"") for each in made) // len(made)
        hop = Hop(topic, len(made) * 1000 // max(read[cause], 1), size, _headers(made[0]))
        found[service][cause] = (*found[service].get(cause, ()), hop)
    return found


def keep_hops(hops: Hops, file: Path) -> None:
    """Write them for the processes of the bare limit."""
    file.write_bytes(msgspec.json.encode(hops))


def read_hops(file: Path) -> Hops:
    """What ``keep_hops`` wrote."""
    return msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, tuple[Hop, ...]]])


def _cause(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _headers(record: Record) -> tuple[tuple[str, str], ...]:
    return tuple((name, (value or b"").decode("latin-1")) for name, value in record.headers)


class Share:
    """Hands out so many a thousand, evenly: 1500 gives one, two, one, two."""

    def __init__(self, per_thousand: int) -> None:
        self._per_thousand = per_thousand
        self._left = 0

    def next(self) -> int:
        """How many this time."""
        made, self._left = divmod(self._left + self._per_thousand, 1000)
        return made
