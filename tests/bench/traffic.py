"""What a run publishes: the references first, then the encounters, made before the clock starts."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from schemas.encounter import EncounterDocumented
from schemas.envelope import OutgoingRecord
from schemas.event import Event
from simulators.ehr.clinic.schedule import generate
from simulators.ehr.publisher import Publisher, PublishReport, producer_for
from simulators.ehr.scheduled import is_reference

FIRST_DAY = date(2026, 1, 5)
DAYS = 26
TELL_SECONDS = 10
_SHORTEST_SLEEP_SECONDS = 0.002

Say = Callable[[str], None]
"""Told how far a run is."""

_Patient = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Records ready to be sent. ``keys`` are the encounters' keys; ``ends`` is after the last."""

    references: Sequence[OutgoingRecord]
    encounters: Sequence[OutgoingRecord]
    keys: frozenset[str]
    ends: datetime


def traffic(made: int, seed: int, *, taken: int | None = None) -> Traffic:
    """The first ``taken`` (default: all) of ``made`` seeded encounters and what belongs to them.

    Two runs with the same ``made`` and ``seed`` have the same encounters as far as both go.
    Addenda, corrections, cancellations and duplicates are among the records. Memory holds the
    records alone, about 8 kB an encounter: events are let go as they come.
    """
    most = made if taken is None else taken
    keys: set[str] = set()
    patients: set[_Patient] = set()
    registered: list[tuple[_Patient | None, OutgoingRecord]] = []
    encounters: list[OutgoingRecord] = []
    ends = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    for item in generate(made, seed, FIRST_DAY, DAYS):
        event, ends = item.event, max(ends, item.at)
        if is_reference(event):
            registered.append((_patient_of(event), item.record()))
        if isinstance(event, EncounterDocumented) and len(keys) < most:
            keys.add(event.key)
        if event.key in keys:
            encounters.append(item.record())
            if isinstance(event, EncounterDocumented):
                patients.add((event.practice_id, event.patient_id))
    return Traffic(
        references=[each for patient, each in registered if patient is None or patient in patients],
        encounters=encounters,
        keys=frozenset(keys),
        ends=ends + timedelta(days=1),
    )


def _patient_of(event: Event) -> _Patient | None:
    patient_id = getattr(event, "patient_id", None)
    return None if patient_id is None else (event.practice_id, patient_id)


async def send(
    records: Sequence[OutgoingRecord], bootstrap: str, *, rate: int = 0, say: Say | None = None
) -> None:
    """Publish ``records`` in their order, all acknowledged: ``rate`` a second, or with 0 as fast as
    the broker takes them. ``say`` is told every ten seconds how many went.
    """
    report = PublishReport()
    async with producer_for(bootstrap, "claimstream-bench") as producer:
        publisher = Publisher(producer, report, must_arrive=True)
        began = told = time.monotonic()
        for number, record in enumerate(records):
            if rate:
                await _wait_until(began + number / rate)
            await publisher.send(record)
            if say is not None and (now := time.monotonic()) - told >= TELL_SECONDS:
                told = now
                say(f"{number + 1:,} of {len(records):,} records sent")
        await publisher.flush()
    if report.total != len(records):
        raise RuntimeError(f"{len(records) - report.total} records were not published")


async def _wait_until(moment: float) -> None:
    """Sleep where the moment is far enough away to be worth it; late senders catch up."""
    left = moment - time.monotonic()
    if left > _SHORTEST_SLEEP_SECONDS:
        await asyncio.sleep(left)
