"""Part 2: how long an encounter takes at a steady rate, and which part of it waits for files."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.bench.capture import WARM_UP
from tests.bench.machine import MachineUse
from tests.bench.pace import Sightings, percentile, took
from tests.bench.run import (
    ADJUDICATED,
    BALANCED,
    DOCUMENTED,
    SUBMITTED,
    TRANSMITTED,
    How,
    Measured,
    measure,
)
from tests.bench.traffic import Say, traffic

LEGS = {
    "documented to submitted": (DOCUMENTED, SUBMITTED),
    "submitted to transmitted (waits for its file)": (SUBMITTED, TRANSMITTED),
    "transmitted to adjudicated (the payer, its file fetched)": (TRANSMITTED, ADJUDICATED),
    "adjudicated to balance due": (ADJUDICATED, BALANCED),
    "documented to balance due": (DOCUMENTED, BALANCED),
}


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds over ``count`` encounters."""

    count: int
    p50: int
    p99: int
    p999: int
    most: int


@dataclass(frozen=True, slots=True)
class Latency:
    """By leg, at ``per_second`` encounters a second; ``complete`` when the run came to rest.

    ``sent_per_second``: at which they were documented in fact. ``machine``: the processors
    meanwhile.
    """

    per_second: int
    sent_per_second: float
    encounters: int
    complete: bool
    legs: Mapping[str, Spread]
    machine: MachineUse | None = None


def spread_of(milliseconds: list[int]) -> Spread:
    """The percentiles of some times."""
    return Spread(
        len(milliseconds),
        percentile(milliseconds, 500),
        percentile(milliseconds, 990),
        percentile(milliseconds, 999),
        max(milliseconds, default=0),
    )


def latency_of(run: Measured, per_second: int) -> Latency:
    """The legs of a run that kept the times of every topic of ``LEGS``."""
    legs = {
        name: spread_of(took(run.seen[start], run.seen[end])) for name, (start, end) in LEGS.items()
    }
    return Latency(
        per_second,
        sent_per_second(run.seen[DOCUMENTED]),
        run.published,
        run.complete,
        legs,
        run.machine,
    )


def sent_per_second(documented: Sightings) -> float:
    """Encounters a second, from the first one's first record to the last one's."""
    firsts = sorted(times[0] for times in documented.values())
    lasted = (firsts[-1] - firsts[0]) // timedelta(milliseconds=1) if firsts else 0
    return (len(firsts) - 1) * 1000 / lasted if lasted else 0.0


def measure_latency(
    encounters: int, per_second: int, seed: int, say: Say, *, logs: Path | None = None
) -> Latency:
    """Send ``encounters`` at a steady rate through a stack with a live payer."""
    load = traffic(encounters, seed)
    how = How(
        "live",
        rate=max(per_second * len(load.encounters) // len(load.keys), 1),
        topics=(DOCUMENTED, SUBMITTED, TRANSMITTED, ADJUDICATED, BALANCED),
        keep_logs=logs,
    )
    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        run = measure(how, Path(scratch) / "state", traffic(WARM_UP, seed + 1), load, say)
    return latency_of(run, per_second)
