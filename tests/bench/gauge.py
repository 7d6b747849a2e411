"""Whether a stack still works on something, seen from outside: topics, offsets, files, figures."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from claimstream.stack.control import Stack
from claimstream.stack.health import ServiceStatus
from claimstream.stack.state import SERVICES
from claimstream.topics.broker import connected
from schemas.catalogue import MODEL_OF_TOPIC, subscriptions
from schemas.claim import ClaimSubmitted
from schemas.patient_account import PatientBalanceDue
from tests.bench.processes import process_of
from tests.bench.traffic import TELL_SECONDS, Say

_QUIET_SECONDS = 5
_LOOK_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 300
_WORKING_SHARE = 0.25
"""Of the time since the last look; a payer that only looks for files needs a hundredth."""
_TOLD = {"claims": ClaimSubmitted.TOPIC, "balances": PatientBalanceDue.TOPIC}
_Offsets = Mapping[TopicPartition, int]


def dead_letter_topics() -> frozenset[str]:
    """The topics of what was set aside, over all services."""
    return frozenset(f"{topic}.{name}.dlq" for name in SERVICES for topic in subscriptions(name))


@dataclass(slots=True)
class Gauge:
    """One stack, looked at through its broker, its payer's folder and its services' figures."""

    stack: Stack
    consumer: AIOKafkaConsumer
    admin: AIOKafkaAdminClient
    places: Sequence[TopicPartition]
    _payer_seen: tuple[float, float] = (0.0, 0.0)

    async def ends(self, names: Collection[str]) -> int:
        """Records ever written to the topics ``names``."""
        return sum((await self._ends_of(names)).values())

    async def parked(self) -> int:
        """Events that wait for a reference or behind a dead letter."""
        return sum(each.parked_events or 0 for each in await self._services())

    async def until_quiet(
        self,
        quiet_seconds: int = _QUIET_SECONDS,
        longest_seconds: int = _LONGEST_WAIT_SECONDS,
        on_work: Callable[[], None] = lambda: None,
        say: Say | None = None,
    ) -> bool:
        """Wait until no topic grows and nothing is left to do; False when that took too long.

        Offsets count once they are committed: what is in hand is not done. ``on_work`` is called
        after every look that found work, ``say`` told every ten seconds what there is.
        """
        began = since = told = time.monotonic()
        at_first = known = await self._ends_of(MODEL_OF_TOPIC)
        while (now := time.monotonic()) - began < longest_seconds:
            ends = await self._ends_of(MODEL_OF_TOPIC)
            if ends != known or await self._is_busy():
                known, since = ends, time.monotonic()
                on_work()
            elif now - since >= quiet_seconds:
                return True
            if say is not None and now - told >= TELL_SECONDS:
                told = now
                say(f"{now - began:.0f} s: {await self._progress(at_first, ends)}")
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    async def until_read(self, name: str, longest_seconds: int) -> datetime:
        """When service ``name`` had committed all that it reads, or its time was up."""
        gave_up = time.monotonic() + longest_seconds
        while time.monotonic() < gave_up:
            if not await self.unread(name):
                break
            await asyncio.sleep(_LOOK_SECONDS)
        return datetime.now(UTC)

    async def _progress(self, before: _Offsets, now: _Offsets) -> str:
        """What was made, and what waits in front of whom."""
        made = {
            title: sum(end - before[place] for place, end in now.items() if place.topic == topic)
            for title, topic in _TOLD.items()
        }
        unread = {name: await self.unread(name) for name in SERVICES}
        return "; ".join(
            (
                ", ".join(f"{count:,} {title}" for title, count in made.items()),
                "unread: " + ", ".join(f"{name} {count:,}" for name, count in unread.items()),
            )
        )

    async def _is_busy(self) -> bool:
        if await self.unread(*SERVICES) or self._files_in_transit() or self._payer_works():
            return True
        return any(
            not each.ready or each.outbox_depth or (each.parked_events and not each.dead_letters)
            for each in await self._services()
        )

    async def unread(self, *services: str) -> int:
        """Records that ``services`` have not committed yet."""
        unread = 0
        for name in services:
            ends = await self._ends_of(subscriptions(name))
            kept = await self.admin.list_consumer_group_offsets(name)
            done = {place: found.offset for place, found in kept.items()}
            unread += sum(end - max(done.get(place, 0), 0) for place, end in ends.items())
        return unread

    def _payer_works(self) -> bool:
        """Whether the payer decides on what it took: it answers when it is through with all."""
        try:
            times = process_of(self.stack, "payer").cpu_times()
        except (LookupError, psutil.Error):
            return False
        before, since = self._payer_seen
        self._payer_seen = (used, now) = times.user + times.system, time.monotonic()
        return used - before > (now - since) * _WORKING_SHARE

    def _files_in_transit(self) -> bool:
        """Whether a file lies between gateway and payer."""
        boxes = self.stack.folder.path / "payer"
        return any(
            path.is_file()
            for folder in ("in", "out")
            for box in boxes.rglob(folder)
            for path in box.iterdir()
        )

    async def _services(self) -> list[ServiceStatus]:
        found = await asyncio.to_thread(self.stack.statuses)
        return [each for each in found if each.service in SERVICES]

    async def _ends_of(self, names: Collection[str]) -> _Offsets:
        places = [place for place in self.places if place.topic in names]
        found: _Offsets = await self.consumer.end_offsets(places)
        return found


@asynccontextmanager
async def gauge_of(stack: Stack, bootstrap: str) -> AsyncIterator[Gauge]:
    """The gauge of a stack that is up."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        await admin.start()
        async with connected(bootstrap) as broker:
            present = (await broker.cluster(())).topics
        names = {*MODEL_OF_TOPIC, *dead_letter_topics()} & set(present)
        places = [
            TopicPartition(name, number)
            for name in sorted(names)
            for number in range(present[name].partitions)
        ]
        yield Gauge(stack, consumer, admin, places)
    finally:
        await admin.close()
        await consumer.stop()
