"""Part 5: how fast a backlog drains after the first service was down."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from claimstream.stack.control import Stack
from tests.bench.capture import WARM_UP
from tests.bench.gauge import gauge_of
from tests.bench.machine import MachineUse, reading_of, use_between, watched
from tests.bench.pace import Pace, Sightings, pace
from tests.bench.processes import process_of
from tests.bench.run import (
    BALANCED,
    FIRST_SERVICE,
    SUBMITTED,
    How,
    bench_stack,
    prepare,
)
from tests.bench.sightings import sightings
from tests.bench.traffic import Say, Traffic, send, traffic

_LONGEST_SECONDS = 7_200
_LOOK_SECONDS = 0.5
_EVENTS_PER_THOUSAND = 1_060
"""Of a thousand encounters, at least: addenda, corrections, cancellations and duplicates."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Encounters that reached a topic, and milliseconds from the kill to 95% and to the last."""

    encounters: int
    most_milliseconds: int
    all_milliseconds: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """From the kill on: milliseconds until the first service had read all, how claims and balances
    came after, and until nothing was left to do anywhere; ``complete`` when that came about.

    ``down_milliseconds``: how long the service was down before, while the events piled up.
    ``machine``: the processors from the kill to the last work.
    """

    backlog_events: int
    encounters: int
    down_milliseconds: int
    read_milliseconds: int
    claims: Leg
    balances: Leg
    drained_milliseconds: int
    complete: bool
    machine: MachineUse | None = None


def measure_recovery(
    backlog_events: int, seed: int, say: Say, *, logs: Path | None = None
) -> Recovery:
    """Let so many of the EHR's events pile up while coding is down, and time what follows."""
    made = backlog_events * 1_000 // _EVENTS_PER_THOUSAND
    load, warm_up = traffic(made, seed), traffic(WARM_UP, seed + 1)
    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        how, folder = How("live", keep_logs=logs), Path(scratch) / "state"
        with bench_stack(how, folder, max(load.ends, warm_up.ends), say) as (stack, bootstrap, _):
            return asyncio.run(_drain(stack, bootstrap, warm_up, load, say))


async def _drain(
    stack: Stack, bootstrap: str, warm_up: Traffic, load: Traffic, say: Say
) -> Recovery:
    async with gauge_of(stack, bootstrap) as gauge:
        await prepare(gauge, bootstrap, warm_up, load, say)
        say(f"{len(load.encounters):,} events pile up while {FIRST_SERVICE} is down")
        stopped = datetime.now(UTC)
        async with _kept_down(stack, FIRST_SERVICE):
            await send(load.encounters, bootstrap, say=say)
        began = datetime.now(UTC)
        say(f"{FIRST_SERVICE} was killed and is started again")
        async with watched(stack) as readings:
            worked = [began]
            reading = asyncio.create_task(gauge.until_read(FIRST_SERVICE, _LONGEST_SECONDS))
            complete = await gauge.until_quiet(
                longest_seconds=_LONGEST_SECONDS,
                on_work=lambda: worked.append(datetime.now(UTC)),
                say=say,
            )
            read = await reading
            readings.append(await asyncio.to_thread(reading_of, stack))
        seen = await sightings(bootstrap, gauge.places, (SUBMITTED, BALANCED), load.keys)
    return Recovery(
        backlog_events=len(load.encounters),
        encounters=len(load.keys),
        down_milliseconds=_milliseconds(stopped, began),
        read_milliseconds=_milliseconds(began, read),
        claims=leg_of(began, seen[SUBMITTED]),
        balances=leg_of(began, seen[BALANCED]),
        drained_milliseconds=_milliseconds(began, worked[-1]),
        complete=complete,
        machine=use_between(readings, began, worked[-1]),
    )


def leg_of(began: datetime, arrived: Sightings) -> Leg:
    """When encounters reached a topic, by the first arrival of each."""
    most: Pace = pace(began, arrived)
    last = max((times[0] for times in arrived.values()), default=began)
    return Leg(most.arrived, most.milliseconds, _milliseconds(began, last))


@asynccontextmanager
async def _kept_down(stack: Stack, name: str) -> AsyncIterator[None]:
    """A process stopped for the length of the block, however often the supervisor starts it again,
    and killed at the end of it."""

    async def keep() -> None:
        while True:
            with suppress(LookupError, psutil.NoSuchProcess):
                process_of(stack, name).suspend()
            await asyncio.sleep(_LOOK_SECONDS)

    process_of(stack, name).suspend()
    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with suppress(LookupError, psutil.NoSuchProcess):
            process_of(stack, name).kill()


def _milliseconds(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(milliseconds=1)
