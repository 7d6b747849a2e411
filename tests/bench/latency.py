"""Part 2: how long an encounter takes at a steady rate, and which part of it waits for files."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.capture import WARM_UP
from tests.bench.pace import percentile, took
from tests.bench.run import (
    ADJUDICATED,
    BALANCED,
    DOCUMENTED,
    SUBMITTED,
    TRANSMITTED,
    How,
    Measured,
    Say,
    measure,
)
from tests.bench.traffic import traffic

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
    """By leg, at ``per_second`` encounters a second; ``complete`` when the run came to rest."""

    per_second: int
    encounters: int
    complete: bool
    legs: Mapping[str, Spread]


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
    return Latency(per_second, run.published, run.complete, legs)


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
