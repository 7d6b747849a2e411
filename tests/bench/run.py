"""One run of one pipeline on a stack of its own, from an empty folder to figures."""

import asyncio
import math
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Literal

from claimstream.stack.clock import keep_clock
from claimstream.stack.control import Stack
from claimstream.stack.progress import Step
from claimstream.stack.state import (
    KAFKA_VARIABLE,
    SERVICES,
    StateFolder,
    database_variable,
)
from schemas.claim import ClaimAdjudicated, ClaimSubmitted, ClaimTransmitted
from schemas.encounter import EncounterDocumented
from schemas.patient_account import PatientBalanceDue
from services.chassis.clock import ENVIRONMENT_VARIABLE, ScaledClock
from tests.bench.bare import HOPS_VARIABLE
from tests.bench.bench_stack import (
    ANSWERS_VARIABLE,
    PIPELINE_VARIABLE,
    PROFILE_VARIABLE,
    Pipeline,
)
from tests.bench.footprint import Footprint, footprint
from tests.bench.gauge import Gauge, dead_letter_topics, gauge_of
from tests.bench.machine import MachineUse, Reading, use_between, watched
from tests.bench.pace import Pace, Sightings, pace
from tests.bench.processes import process_of, start_milliseconds
from tests.bench.sightings import sightings
from tests.bench.traffic import Say, Traffic, send

OnRest = Callable[[Stack, Gauge, str], Awaitable[None]]
"""Called with the stack, its gauge and its broker's address once a run has come to rest."""

Contender = Literal["ours", "live", "usual", "bare"]
"""``live`` is ours with the payer at work beside it."""

NAMES: dict[Contender, str] = {
    "live": "live payer",
    "ours": "claimstream",
    "usual": "usual",
    "bare": "bare",
}

CLOCK_RATE = 3600
FIRST_SERVICE = "coding"
DOCUMENTED = EncounterDocumented.TOPIC
SUBMITTED = ClaimSubmitted.TOPIC
TRANSMITTED = ClaimTransmitted.TOPIC
ADJUDICATED = ClaimAdjudicated.TOPIC
BALANCED = PatientBalanceDue.TOPIC
_LEGS = (DOCUMENTED, SUBMITTED, BALANCED)
_LONGEST_HOLD = 35_000
_SLOWEST_A_SECOND = 20
_SETTLE_SECONDS = 300
SETTINGS = {
    # Nobody is sent a statement while a run lasts: rendering lies after the balance.
    "CLAIMSTREAM_PATIENT_STATEMENTS_STATEMENT_DELAY_DAYS": "60",
}


@dataclass(frozen=True, slots=True)
class How:
    """How a run is done.

    contender: the name under which it is reported. answers: the payer's, made beforehand. hops:
    of the bare limit. profile: a folder for sampled stacks. rate: encounters' records a second, 0
    as fast as the broker takes them. held: they are on the topic before the first service reads
    on; the time counts from then. topics: those whose times are kept.
    """

    contender: Contender
    answers: Path | None = None
    hops: Path | None = None
    profile: Path | None = None
    rate: int = 0
    held: bool = False
    topics: tuple[str, ...] = _LEGS
    keep_logs: Path | None = None
    on_rest: OnRest | None = None

    @property
    def pipeline(self) -> Pipeline:
        return "ours" if self.contender == "live" else self.contender

    def variables(self) -> dict[str, str]:
        """What the stack's processes are told."""
        files = {
            ANSWERS_VARIABLE: self.answers,
            HOPS_VARIABLE: self.hops,
            PROFILE_VARIABLE: self.profile,
        }
        given = {name: str(file) for name, file in files.items() if file is not None}
        return {PIPELINE_VARIABLE: self.pipeline} | given


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one run. Processor time is of the timed part up to the last look that found
    work, within a second; memory of its end.

    ``start_milliseconds``: until each step of the start was done, and of each service by itself.
    ``seen``: by topic and key, when an encounter was on it. ``kept``: bytes added by the timed
    part. ``machine``: the processors until 95% of the balances were there; ``machine_steady``
    between the first tenth of them and nine tenths.
    """

    contender: Contender
    published: int
    submitted: Pace
    balanced: Pace
    cpu_milliseconds: Mapping[str, int]
    resident_kib: Mapping[str, int]
    dead_letters: int
    parked: int
    wall_milliseconds: int
    complete: bool
    kept: Footprint = field(default_factory=lambda: Footprint(0, 0, {}))
    start_milliseconds: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, Sightings] = field(default_factory=dict)
    machine: MachineUse | None = None
    machine_steady: MachineUse | None = None


@contextmanager
def variables(settings: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for a block; addresses that somebody gave are taken away in it."""
    given = {
        KAFKA_VARIABLE,
        ENVIRONMENT_VARIABLE,
        ANSWERS_VARIABLE,
        HOPS_VARIABLE,
        PROFILE_VARIABLE,
        *(database_variable(name) for name in SERVICES),
    }
    kept = {name: os.environ.get(name) for name in {*settings, *given}}
    for name in given:
        os.environ.pop(name, None)
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def bench_stack(
    how: How, folder: Path, ends: datetime, say: Say
) -> Iterator[tuple[Stack, str, dict[str, int]]]:
    """A stack in ``folder``, with its broker's address and the milliseconds of its start by step.

    Its clock begins a day after ``ends``. It is stopped and wiped at the end; its processes' logs
    are copied first where that was asked for. Raises ``StackError``.
    """
    stack = Stack(StateFolder(folder), SETTINGS, module="tests.bench.bench_stack")
    keep_clock(stack.folder, ScaledClock(int(time.time()), ends + timedelta(days=1), CLOCK_RATE))
    began = time.monotonic_ns()
    steps: dict[str, int] = {}

    def on_step(step: Step) -> None:
        if step.state == "done":
            steps[step.text] = (time.monotonic_ns() - began) // 1_000_000
            say(step.text)

    try:
        with variables(how.variables()), stack.running(on_step=on_step) as found:
            steps["everything ready"] = (time.monotonic_ns() - began) // 1_000_000
            record = stack.record()
            if record is not None:
                starts = start_milliseconds(record, stack.folder.logs)
                steps |= {f"{name} alone": spent for name, spent in starts.items()}
            yield stack, found.kafka_bootstrap, steps
    finally:
        stack.stop()
        if how.keep_logs is not None:
            shutil.copytree(stack.folder.logs, how.keep_logs, dirs_exist_ok=True)
        stack.wipe()


def measure(how: How, folder: Path, warm_up: Traffic, traffic: Traffic, say: Say) -> Measured:
    """Start a stack in ``folder``, warm it up, send ``traffic`` through, measure, stop and wipe.

    Raises ``StackError`` when the stack does not start.
    """
    ends = max(traffic.ends, warm_up.ends)
    with bench_stack(how, folder, ends, say) as (stack, bootstrap, steps):
        run = _Run(how, stack, bootstrap, warm_up, traffic, say)
        return asyncio.run(run.measure(steps))


@dataclass(frozen=True, slots=True)
class _Run:
    """A run on a stack that is up."""

    how: How
    stack: Stack
    bootstrap: str
    warm_up: Traffic
    traffic: Traffic
    say: Say

    async def measure(self, steps: Mapping[str, int]) -> Measured:
        """Register, warm up, send, wait, and read the figures off the topics."""
        keys = self.traffic.keys
        longest = _SETTLE_SECONDS + len(keys) // _SLOWEST_A_SECOND
        async with gauge_of(self.stack, self.bootstrap) as gauge:
            await prepare(gauge, self.bootstrap, self.warm_up, self.traffic, self.say)
            set_aside = await gauge.ends(dead_letter_topics())
            self.say(f"Measuring {len(keys)} encounters")
            if self.how.profile is not None:
                self._forget_samples()
            kept = await footprint(self.stack)
            async with watched(self.stack) as readings:
                before = readings[0]
                began = await self._send()
                worked = [0]
                complete = await gauge.until_quiet(
                    longest_seconds=longest,
                    on_work=lambda: worked.append(len(readings)),
                    say=self.say,
                )
            after = readings[min(worked[-1], len(readings) - 1)]
            kept = (await footprint(self.stack)).since(kept)
            parked = await gauge.parked()
            set_aside = await gauge.ends(dead_letter_topics()) - set_aside
            seen = await sightings(self.bootstrap, gauge.places, self.how.topics, keys)
            if self.how.on_rest is not None:
                await self.how.on_rest(self.stack, gauge, self.bootstrap)
        balanced = pace(began, seen[BALANCED])
        steady = (balanced.steady_from, balanced.steady_until)
        return Measured(
            contender=self.how.contender,
            published=len(seen[DOCUMENTED]),
            submitted=pace(began, seen[SUBMITTED]),
            balanced=balanced,
            cpu_milliseconds=after.stack.since(before.stack),
            resident_kib=after.stack.resident_kib,
            dead_letters=set_aside,
            parked=parked,
            wall_milliseconds=(after.at - began) // timedelta(milliseconds=1),
            complete=complete,
            kept=kept,
            start_milliseconds=steps,
            seen=seen,
            machine=_use(readings, began, 0, balanced.milliseconds),
            machine_steady=_use(readings, began, *steady),
        )

    async def _send(self) -> datetime:
        """Publish the encounters; the instant from which the time counts."""
        records = self.traffic.encounters
        if self.how.held and len(records) <= _LONGEST_HOLD:
            with held(self.stack, FIRST_SERVICE):
                await send(records, self.bootstrap, say=self.say)
            return datetime.now(UTC)
        began = datetime.now(UTC)
        await send(records, self.bootstrap, rate=self.how.rate, say=self.say)
        return began

    def _forget_samples(self) -> None:
        for name in SERVICES:
            process_of(self.stack, name).send_signal(signal.SIGUSR1)


def _use(readings: Sequence[Reading], began: datetime, start: int, end: int) -> MachineUse | None:
    """Of the machine from ``start`` to ``end`` milliseconds after ``began``."""
    first, last = (began + timedelta(milliseconds=each) for each in (start, end))
    return use_between(readings, first, last) if end > start else None


async def prepare(
    gauge: Gauge, bootstrap: str, warm_up: Traffic, traffic: Traffic, say: Say
) -> None:
    """Register what the encounters name, and send the warm-up through."""
    references = [*warm_up.references, *traffic.references]
    say(f"Registering practices, patients, coverages and providers: {len(references)}")
    await send(references, bootstrap, say=say)
    longest = _SETTLE_SECONDS + len(references) // _SLOWEST_A_SECOND
    await gauge.until_quiet(quiet_seconds=1, longest_seconds=longest, say=say)
    say(f"Warming up with {len(warm_up.keys)} encounters")
    await send(warm_up.encounters, bootstrap)
    await gauge.until_quiet(quiet_seconds=3)


@contextmanager
def held(stack: Stack, name: str) -> Iterator[None]:
    """A process stopped for the length of the block, shorter than the group's patience."""
    process = process_of(stack, name)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def spread(rates: Sequence[float]) -> tuple[float, float, float]:
    """Least, median and greatest; of an even number the middle two's mean."""
    if len(rates) == 1:
        return rates[0], rates[0], rates[0]
    median = quantiles(rates, n=2, method="inclusive")[0]
    return min(rates), median, max(rates)


def ratio(ours: Sequence[float], usual: Sequence[float]) -> float:
    """How many times as fast, median to median; infinite where the usual way did nothing."""
    base = spread(usual)[1]
    return spread(ours)[1] / base if base else math.inf
