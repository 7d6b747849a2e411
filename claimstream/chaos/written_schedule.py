"""The EHR's events made once, so that an EHR that is killed need not make them all again.

Both runs read the same file. Some patients are changed on the way, so that limits on waiting are
met in every run: nobody ever registers what pays for one in a hundred, and of another one in a
hundred the payer takes the claims and never answers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b, file_digest
from pathlib import Path

import msgspec

from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.pieces import pieces_of, write_piece
from schemas.encounter import EncounterDocumented
from schemas.envelope import OutgoingRecord
from schemas.event import key_of
from schemas.reference import CoverageRegistered
from simulators.ehr.clinic.schedule import FIRST_DAY, generate
from simulators.ehr.scheduled import Scheduled

_OF = 100
_SILENT = "SILENT"


class KeptEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event of the schedule as it is published, and when.

    ``answer``: what the provider will say when asked about the gaps in it, as JSON; else empty.
    """

    at: datetime
    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    answer: bytes = b""

    def record(self) -> OutgoingRecord:
        """The Kafka record that publishes the event."""
        return OutgoingRecord(self.topic, self.key, list(self.headers), self.value)

    @property
    def settled(self) -> EncounterDocumented | None:
        """The documentation once the provider was asked."""
        return EncounterDocumented.model_validate_json(self.answer) if self.answer else None

    @property
    def event(self) -> EncounterDocumented:
        """The encounter, as its provider would settle it."""
        return EncounterDocumented.model_validate_json(self.answer or self.value)


_DECODER = msgspec.msgpack.Decoder(KeptEvent)


def _drawn(event: CoverageRegistered, seed: int) -> int:
    digest = blake2b(f"{seed}|{event.key}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) % _OF


def with_limits_met(items: Iterable[Scheduled], seed: int) -> Iterator[Scheduled]:
    """The schedule with patients whose coverage is never registered, or never answered for."""
    for item in items:
        event = item.event
        if not isinstance(event, CoverageRegistered):
            yield item
            continue
        drawn = _drawn(event, seed)
        if drawn == 0:
            continue
        yield replace(item, event=_unanswered(event)) if drawn == 1 else item


def _unanswered(event: CoverageRegistered) -> CoverageRegistered:
    policies = tuple(
        policy.model_copy(update={"member_id": f"{_SILENT}-{policy.member_id}"[:30]})
        for policy in event.policies
    )
    return event.model_copy(update={"policies": policies})


@dataclass(frozen=True, slots=True)
class WrittenSchedule:
    """The events of one schedule in ``file``."""

    file: Path

    def write(self, options: ChaosOptions) -> None:
        """Make every event of the schedule that ``options`` ask for."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        items = generate(options.encounters, options.seed, FIRST_DAY, options.days)
        with self.file.open("wb") as file:
            for item in with_limits_met(items, options.seed):
                record = item.record()
                kept = KeptEvent(
                    item.at,
                    record.topic,
                    record.key,
                    record.value,
                    tuple(record.headers),
                    b"" if item.settled is None else item.settled.to_json(),
                )
                write_piece(file, msgspec.msgpack.encode(kept))

    def read(self) -> Iterator[KeptEvent]:
        """The events in their order."""
        with self.file.open("rb") as file:
            yield from map(_DECODER.decode, pieces_of(file))

    def digest(self) -> str:
        """What tells this schedule from every other."""
        with self.file.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def expected(self, published: int | None = None) -> "Expected":
        """What a run comes to that published the first ``published`` events, or all of them."""
        known: set[str] = set()
        cut: set[str] = set()
        patients: dict[str, str] = {}
        for number, event in enumerate(self.read()):
            patient = ""
            if event.topic == CoverageRegistered.TOPIC:
                patient = event.key.decode()
                known.add(patient)
            elif event.topic == EncounterDocumented.TOPIC:
                patient = patients[event.key.decode()] = _patient_of(event)
            if published is not None and number >= published:
                cut.add(patient)
        return Expected(
            frozenset(key for key, patient in patients.items() if patient not in cut),
            frozenset(key for key, patient in patients.items() if patient in cut),
            frozenset(key for key, patient in patients.items() if patient not in known),
        )


class _OfPatient(msgspec.Struct, frozen=True):
    practice_id: str
    patient_id: str


def _patient_of(event: KeptEvent) -> str:
    named = msgspec.json.decode(event.value, type=_OfPatient)
    return key_of(named.practice_id, named.patient_id)


@dataclass(frozen=True, slots=True)
class Expected:
    """Keys of encounters. ``whole``: everything of their patients was published. ``cut``: the run
    ended before that, so that nothing is said of them. ``unregistered``: whose coverage nobody ever
    registers."""

    whole: frozenset[str]
    cut: frozenset[str]
    unregistered: frozenset[str]
