"""The run itself: a stack in quick time, an EHR that publishes, patients who pay, and a count."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from claimstream.demo.patients import Patients
from claimstream.demo.stages import StageCounter
from claimstream.stack.clock import change_pace, keep_clock, stack_clock
from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from claimstream.stack.state import StackAddresses
from claimstream.topics.broker import connected
from deploy.embedded.child import Child
from services.chassis.clock import Clock, ScaledClock
from simulators.ehr.clinic.schedule import FIRST_DAY

DAYS_AFTER = 62
_MARKER = "demo"
_SECONDS_A_DAY = 86_400
_SETTLED_LOOKS = 4
_LONGEST_SETTLING_SECONDS = 120
_SOME_UNREADABLE = 1
"""What ``ehr publish`` ends with when it published all but what it could not read."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to run. ``days`` of service dates from ``start``; ``speed`` in days a second."""

    encounters: int
    seed: int
    speed: int
    fhir: Sequence[str] = ()
    start: date = FIRST_DAY

    @property
    def days(self) -> int:
        """So many days that a day has some dozens of encounters, and a run takes a minute or so."""
        return max(5, min(60, self.encounters // 25))

    @property
    def opening_pace(self) -> int:
        """Seconds that pass in a second once the EHR publishes."""
        return self.speed * _SECONDS_A_DAY


@dataclass(slots=True)
class Demo:
    """One run on one state folder; ``show`` is told the day and the counts as it goes on."""

    stack: Stack
    options: DemoOptions
    show: Callable[[datetime, dict[str, int], str], None]
    first_event_after: float | None = None
    settled: bool = False
    unreadable_bundles: bool = False
    _begun: float = field(default_factory=time.monotonic)

    def prepare(self) -> None:
        """An empty state folder; what another demonstration left there is removed.

        The first day begins, and passes as on the machine until ``run`` lets it go faster.
        Raises ``StackError`` when the folder holds a stack that is no demonstration's.
        """
        folder = self.stack.folder
        marker = folder.path / _MARKER
        if folder.path.exists() and any(folder.path.iterdir()):
            if not marker.exists():
                raise StackError(
                    f"{folder.path} holds a stack's data: stop and remove it with "
                    "`claimstream down --wipe`, or give another --state-dir."
                )
            self.stack.stop()
            self.stack.wipe()
        folder.make()
        marker.touch()
        opening = datetime(
            self.options.start.year, self.options.start.month, self.options.start.day, 6, tzinfo=UTC
        )
        keep_clock(folder, ScaledClock(int(time.time()), opening, 1))

    async def run(self, addresses: StackAddresses) -> None:
        """Publish, wait until the last day has passed and everything has settled, slow down."""
        clock = stack_clock(self.stack.folder.path)
        async with connected(addresses.kafka_bootstrap) as broker:
            topics = (await broker.cluster(())).topics
        counter = StageCounter(
            addresses.kafka_bootstrap, {name: topic.partitions for name, topic in topics.items()}
        )
        patients = Patients(
            addresses.kafka_bootstrap,
            addresses.database_urls["patient_statements"],
            clock,
            self.options.seed,
        )
        ehr = self._ehr(addresses)
        await counter.start()
        paying = asyncio.create_task(patients.run())
        try:
            await asyncio.to_thread(ehr.start)
            if self.options.fhir:
                await asyncio.to_thread(self._publish_bundles, addresses)
            change_pace(self.stack.folder, self.options.opening_pace)
            await self._watch(clock, counter, ehr)
            change_pace(self.stack.folder, 1)
            self.settled = await self._settle(clock, counter)
            self._check_running(ehr)
            if paying.done():
                await paying
        finally:
            paying.cancel()
            await asyncio.gather(paying, return_exceptions=True)
            await asyncio.to_thread(ehr.ask_to_stop)
            await asyncio.to_thread(ehr.wait_or_kill, 10)
            await counter.stop()

    def _ehr(self, addresses: StackAddresses) -> Child:
        folder = self.stack.folder
        environment = {
            **os.environ,
            **addresses.environment(),
            "CLAIMSTREAM_CLOCK": f"file:{folder.path.resolve() / 'clock'}",
            "CLAIMSTREAM_EHR_ENCOUNTERS": str(self.options.encounters),
            "CLAIMSTREAM_EHR_SEED": str(self.options.seed),
            "CLAIMSTREAM_EHR_START": self.options.start.isoformat(),
            "CLAIMSTREAM_EHR_DAYS": str(self.options.days),
            "CLAIMSTREAM_EHR_STATE_FILE": str(folder.path / "ehr.json"),
        }
        return Child(
            argv=[sys.executable, "-m", "simulators.ehr"],
            log_path=folder.log("ehr"),
            env=environment,
        )

    def _publish_bundles(self, addresses: StackAddresses) -> None:
        """Publish FHIR bundles with their newest dates of service on the eve of the run."""
        newest = self.options.start - timedelta(days=1)
        log: Path = self.stack.folder.log("fhir")
        with log.open("wb") as output:
            done = subprocess.run(
                [
                    *(sys.executable, "-c", "from claimstream.cli import main; main()"),
                    *("ehr", "publish", "--shift-dates", newest.isoformat()),
                    *(part for path in self.options.fhir for part in ("--fhir", path)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **addresses.environment()},
                check=False,
            )
        self.unreadable_bundles = done.returncode == _SOME_UNREADABLE
        if done.returncode not in (0, _SOME_UNREADABLE):
            raise StackError(f"The FHIR bundles could not be published: see {log}.")

    def _check_running(self, ehr: Child) -> None:
        code = ehr.exit_code()
        if code is not None:
            raise StackError(f"The EHR ended with code {code}: see {self.stack.folder.log('ehr')}.")

    async def _watch(self, clock: Clock, counter: StageCounter, ehr: Child) -> None:
        last_day = datetime(
            self.options.start.year, self.options.start.month, self.options.start.day, tzinfo=UTC
        ) + timedelta(days=self.options.days + DAYS_AFTER)
        while (now := clock.now()) < last_day:
            self._check_running(ehr)
            counts = await counter.counts()
            if counts.get("coding.encounter-coded.v1") and self.first_event_after is None:
                self.first_event_after = time.monotonic() - self._begun
            self.show(now, counts, "")
            await asyncio.sleep(0.3)

    async def _settle(self, clock: Clock, counter: StageCounter) -> bool:
        """Wait until nothing is under way and the counts stand still; whether they came to."""
        before: dict[str, int] = {}
        still = 0
        deadline = time.monotonic() + _LONGEST_SETTLING_SECONDS
        while still < _SETTLED_LOOKS and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            counts = await counter.counts()
            statuses = await asyncio.to_thread(self.stack.statuses)
            moving = sum((each.lag_events or 0) + (each.outbox_depth or 0) for each in statuses)
            at_rest = counts == before and not moving and all(each.ready for each in statuses)
            still = still + 1 if at_rest else 0
            before = counts
            self.show(clock.now(), counts, "settling")
        return still >= _SETTLED_LOOKS
