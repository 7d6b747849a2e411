"""What a run publishes: the references first, then the encounters, made before the clock starts."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.encounter import EncounterDocumented
from schemas.envelope import OutgoingRecord
from simulators.ehr.clinic.schedule import generate
from simulators.ehr.publisher import Publisher, PublishReport, producer_for
from simulators.ehr.scheduled import Scheduled, is_reference

FIRST_DAY = date(2026, 1, 5)
DAYS = 26
_SHORTEST_SLEEP_SECONDS = 0.002


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
    Addenda, corrections, cancellations and duplicates are among the records.
    """
    items = list(generate(made, seed, FIRST_DAY, DAYS))
    keys = dict.fromkeys(
        item.event.key for item in items if isinstance(item.event, EncounterDocumented)
    )
    wanted = frozenset(list(keys)[: len(keys) if taken is None else taken])
    encounters = [item for item in items if item.event.key in wanted]
    patients = {
        (item.event.practice_id, item.event.patient_id)
        for item in encounters
        if isinstance(item.event, EncounterDocumented)
    }
    references = [item for item in items if is_reference(item.event) and _needed(item, patients)]
    return Traffic(
        references=[item.record() for item in references],
        encounters=[item.record() for item in encounters],
        keys=wanted,
        ends=max(item.at for item in items) + timedelta(days=1),
    )


def _needed(item: Scheduled, patients: set[tuple[str, str]]) -> bool:
    patient_id = getattr(item.event, "patient_id", None)
    return patient_id is None or (item.event.practice_id, patient_id) in patients


async def send(records: Sequence[OutgoingRecord], bootstrap: str, *, rate: int = 0) -> None:
    """Publish ``records`` in their order, all acknowledged: ``rate`` a second, or with 0 as fast as
    the broker takes them.
    """
    report = PublishReport()
    async with producer_for(bootstrap, "claimstream-bench") as producer:
        publisher = Publisher(producer, report, must_arrive=True)
        began = time.monotonic()
        for number, record in enumerate(records):
            if rate:
                await _wait_until(began + number / rate)
            await publisher.send(record)
        await publisher.flush()
    if report.total != len(records):
        raise RuntimeError(f"{len(records) - report.total} records were not published")


async def _wait_until(moment: float) -> None:
    """Sleep where the moment is far enough away to be worth it; late senders catch up."""
    left = moment - time.monotonic()
    if left > _SHORTEST_SLEEP_SECONDS:
        await asyncio.sleep(left)
