"""Where the processors' time went while a run lasted: what limits is measured, not guessed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil

from claimstream.stack.control import Stack
from tests.bench.processes import Cost, cost

BENCH = "bench"
OTHERS = "other programs"
_EVERY_SECONDS = 1
_FULL_PERCENT = 90
_ALONE_PERCENT = 85
_DISK_PERCENT = 20
_DISTURBED_PERCENT = 10
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """Processor milliseconds until ``at``: the machine's, over all cores, and the processes'.

    ``disk``: idle while something waited for the disk. ``stolen``: taken by the host of a virtual
    machine. ``bench``: this process.
    """

    at: datetime
    busy: int
    idle: int
    disk: int
    stolen: int
    bench: int
    stack: Cost


@dataclass(frozen=True, slots=True)
class MachineUse:
    """Percent of the machine over ``milliseconds``; the four add up to 100.

    ``by_process`` is in percent of one core: a process with one thread reaches 100.
    """

    milliseconds: int
    cores: int
    busy: float
    idle: float
    disk: float
    stolen: float
    by_process: Mapping[str, float]

    @property
    def disturbed(self) -> bool:
        """Whether other programs, or the host, took a share that changes the figures."""
        return self.by_process.get(OTHERS, 0.0) / self.cores + self.stolen >= _DISTURBED_PERCENT

    def limit(self) -> str:
        """What held the run back, as far as processor time tells."""
        if self.disturbed:
            return "other programs"
        if self.busy + self.stolen >= _FULL_PERCENT:
            return f"processors, {self.busy + self.stolen:.0f}% busy"
        alone = [
            name
            for name, share in self.by_process.items()
            if share >= _ALONE_PERCENT and name not in {"kafka", "postgres", BENCH, OTHERS}
        ]
        if alone:
            return f"one core, of {', '.join(alone)}"
        if self.disk >= _DISK_PERCENT:
            return f"disk, {self.disk:.0f}% waiting"
        return f"waiting, {self.idle + self.disk:.0f}% idle"


def reading_of(stack: Stack) -> Reading:
    """The figures of now. Raises ``RuntimeError`` where the stack does not run."""
    record = stack.record()
    if record is None:
        raise RuntimeError("the stack ended while it was measured")
    times, own = psutil.cpu_times(), psutil.Process().cpu_times()
    disk, stolen = (getattr(times, name, 0.0) for name in ("iowait", "steal"))
    kernel = sum(getattr(times, name, 0.0) for name in ("nice", "irq", "softirq"))
    busy = times.user + times.system + kernel
    return Reading(
        at=datetime.now(UTC),
        busy=round(busy * 1000),
        idle=round(times.idle * 1000),
        disk=round(disk * 1000),
        stolen=round(stolen * 1000),
        bench=round((own.user + own.system) * 1000),
        stack=cost(record),
    )


def use_between(readings: Sequence[Reading], start: datetime, end: datetime) -> MachineUse | None:
    """Between the readings nearest to both; None where that is one."""
    if not readings:
        return None

    def nearest(moment: datetime) -> Reading:
        return min(readings, key=lambda each: abs(each.at - moment))

    first, last = nearest(start), nearest(end)
    return _use(first, last) if first.at < last.at else None


def _use(first: Reading, last: Reading) -> MachineUse:
    spent = {
        "busy": last.busy - first.busy,
        "idle": last.idle - first.idle,
        "disk": last.disk - first.disk,
        "stolen": last.stolen - first.stolen,
    }
    whole = max(sum(spent.values()), 1)
    wall = (last.at - first.at) // _MILLISECOND
    processes = last.stack.since(first.stack) | {BENCH: last.bench - first.bench}
    processes[OTHERS] = max(spent["busy"] - sum(processes.values()), 0)
    return MachineUse(
        milliseconds=wall,
        cores=psutil.cpu_count() or 1,
        by_process={name: each * 100 / max(wall, 1) for name, each in processes.items()},
        **{name: each * 100 / whole for name, each in spent.items()},
    )


@asynccontextmanager
async def watched(stack: Stack) -> AsyncIterator[list[Reading]]:
    """A reading a second for the length of the block, in a list that grows."""
    readings = [await asyncio.to_thread(reading_of, stack)]
    watching = asyncio.create_task(_watch(readings.append, stack))
    try:
        yield readings
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(keep: Callable[[Reading], None], stack: Stack) -> None:
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        keep(await asyncio.to_thread(reading_of, stack))
