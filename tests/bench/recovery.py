"""Part 5: how fast a backlog drains after the first service was down."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from claimstream.stack.control import Stack
from tests.bench.capture import WARM_UP
from tests.bench.gauge import Gauge, gauge_of
from tests.bench.run import FIRST_SERVICE, How, Say, bench_stack, prepare, process_of
from tests.bench.traffic import Traffic, send, traffic
from tests.support import until

_QUIET_SECONDS = 3
_LONGEST_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Recovery:
    """Milliseconds from the restart until the first service had read all, and until nothing was
    left to do anywhere; ``complete`` when that came about."""

    backlog_events: int
    encounters: int
    read_milliseconds: int
    drained_milliseconds: int
    complete: bool


def measure_recovery(
    backlog_events: int, seed: int, say: Say, *, logs: Path | None = None
) -> Recovery:
    """Let so many of the EHR's events pile up while coding is down, and time what follows."""
    made = backlog_events * 9 // 10
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
        say(f"{len(load.encounters)} events pile up while {FIRST_SERVICE} is down")
        process = process_of(stack, FIRST_SERVICE)
        process.suspend()
        await send(load.encounters, bootstrap)
        process.kill()
        began = time.monotonic_ns()
        await _until_read(gauge)
        read = time.monotonic_ns() - began
        complete = await gauge.until_quiet(_QUIET_SECONDS, longest_seconds=_LONGEST_SECONDS)
        drained = time.monotonic_ns() - began - _QUIET_SECONDS * 1_000_000_000
    return Recovery(
        len(load.encounters), len(load.keys), read // 1_000_000, drained // 1_000_000, complete
    )


async def _until_read(gauge: Gauge) -> None:
    async def read() -> bool:
        return not await gauge.unread(FIRST_SERVICE)

    await until(read, within=_LONGEST_SECONDS, what="the first service's end of its backlog")
