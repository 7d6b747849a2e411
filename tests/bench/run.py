"""One run of one pipeline on a stack of its own, from an empty folder to figures."""

import asyncio
import math
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

from claimstream.lineage.history import read_history
from claimstream.stack.clock import keep_clock
from claimstream.stack.control import Stack
from claimstream.stack.state import (
    KAFKA_VARIABLE,
    SERVICES,
    StateFolder,
    database_variable,
)
from schemas.claim import ClaimSubmitted
from schemas.encounter import EncounterDocumented
from schemas.patient_account import PatientBalanceDue
from services.chassis.clock import ENVIRONMENT_VARIABLE, ScaledClock
from tests.bench.bench_stack import PIPELINE_VARIABLE, Pipeline
from tests.bench.gauge import Gauge, dead_letter_topics, gauge_of
from tests.bench.pace import Pace, first_seen, pace
from tests.bench.processes import Cost, cost
from tests.bench.traffic import Traffic, send

Say = Callable[[str], None]
OnRest = Callable[[Stack, str], Awaitable[None]]
"""Called with the stack and its broker's address once a run has come to rest."""

CLOCK_RATE = 3600
_LEGS = (EncounterDocumented.TOPIC, ClaimSubmitted.TOPIC, PatientBalanceDue.TOPIC)
SETTINGS = {
    # Nobody is sent a statement while a run lasts: rendering lies after the balance.
    "CLAIMSTREAM_PATIENT_STATEMENTS_STATEMENT_DELAY_DAYS": "60",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one run. Processor time is of the timed part, memory of its end."""

    pipeline: Pipeline
    published: int
    submitted: Pace
    balanced: Pace
    cpu_milliseconds: Mapping[str, int]
    resident_kib: Mapping[str, int]
    dead_letters: int
    parked: int
    wall_milliseconds: int
    complete: bool


@contextmanager
def variables(settings: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for a block; addresses that somebody gave are taken away in it."""
    given = {KAFKA_VARIABLE, ENVIRONMENT_VARIABLE, *(database_variable(name) for name in SERVICES)}
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


def measure(
    pipeline: Pipeline,
    folder: Path,
    warm_up: Traffic,
    traffic: Traffic,
    say: Say,
    *,
    keep_logs: Path | None = None,
    on_rest: OnRest | None = None,
) -> Measured:
    """Start a stack in ``folder``, warm it up, send ``traffic`` through, measure, stop and wipe.

    Its processes' logs are copied to ``keep_logs`` first. Raises ``StackError`` when the stack does
    not start.
    """
    stack = Stack(StateFolder(folder), SETTINGS, module="tests.bench.bench_stack")
    start = max(traffic.ends, warm_up.ends) + timedelta(days=1)
    keep_clock(stack.folder, ScaledClock(int(time.time()), start, CLOCK_RATE))
    try:
        with (
            variables({PIPELINE_VARIABLE: pipeline}),
            stack.running(
                on_step=lambda step: say(step.text) if step.state == "done" else None
            ) as found,
        ):
            run = _Run(stack, found.kafka_bootstrap, pipeline, warm_up, traffic, say, on_rest)
            return asyncio.run(run.measure())
    finally:
        stack.stop()
        if keep_logs is not None:
            shutil.copytree(stack.folder.logs, keep_logs, dirs_exist_ok=True)
        stack.wipe()


@dataclass(frozen=True, slots=True)
class _Run:
    """A run on a stack that is up."""

    stack: Stack
    bootstrap: str
    pipeline: Pipeline
    warm_up: Traffic
    traffic: Traffic
    say: Say
    on_rest: OnRest | None = None

    async def measure(self) -> Measured:
        """Register, warm up, send, wait, and read the figures off the topics."""
        async with gauge_of(self.stack, self.bootstrap) as gauge:
            await self._prepare(gauge)
            set_aside = await gauge.ends(dead_letter_topics())
            self.say(f"Measuring {len(self.traffic.keys)} encounters")
            before = _cost(self.stack)
            began = time.monotonic_ns()
            await send(self.traffic.encounters, self.bootstrap)
            complete = await gauge.until_quiet()
            wall = (time.monotonic_ns() - began) // 1_000_000
            after = _cost(self.stack)
            parked = await gauge.parked()
            set_aside = await gauge.ends(dead_letter_topics()) - set_aside
        if self.on_rest is not None:
            await self.on_rest(self.stack, self.bootstrap)
        facts = (await read_history(self.bootstrap, _LEGS)).facts
        keys = self.traffic.keys
        documented, submitted, balanced = (first_seen(facts, topic, keys) for topic in _LEGS)
        return Measured(
            pipeline=self.pipeline,
            published=len(documented),
            submitted=pace(documented, submitted),
            balanced=pace(documented, balanced),
            cpu_milliseconds=after.since(before),
            resident_kib=after.resident_kib,
            dead_letters=set_aside,
            parked=parked,
            wall_milliseconds=wall,
            complete=complete,
        )

    async def _prepare(self, gauge: Gauge) -> None:
        self.say("Registering practices, patients, coverages and providers")
        await send([*self.warm_up.references, *self.traffic.references], self.bootstrap)
        await gauge.until_quiet(quiet_seconds=1)
        self.say(f"Warming up with {len(self.warm_up.keys)} encounters")
        await send(self.warm_up.encounters, self.bootstrap)
        await gauge.until_quiet()


def _cost(stack: Stack) -> Cost:
    record = stack.record()
    if record is None:
        raise RuntimeError("the stack ended while it was measured")
    return cost(record)


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
