"""What the processes of a stack cost: resident memory and processor time, children included."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from claimstream.stack.control import Stack
from claimstream.stack.state import SERVICES, StackRecord

ORDER = (*SERVICES, "payer", "kafka", "postgres")


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor milliseconds so far and resident KiB now, by process."""

    cpu_milliseconds: dict[str, int]
    resident_kib: dict[str, int]

    def since(self, earlier: "Cost") -> dict[str, int]:
        """Processor milliseconds since ``earlier``, by process; one that was started anew since
        counts from its start."""
        before = {name: earlier.cpu_milliseconds.get(name, 0) for name in self.cpu_milliseconds}
        return {
            name: spent - before[name] if spent >= before[name] else spent
            for name, spent in self.cpu_milliseconds.items()
        }


def cost(record: StackRecord) -> Cost:
    """The cost of every process of a running stack.

    PostgreSQL's resident memory counts shared buffers once per backend that touched them.
    """
    cpu: dict[str, int] = {}
    resident: dict[str, int] = {}
    below = _descendants(record)
    for entry in record.processes:
        process = entry.identity.process() if entry.identity else None
        if process is None:
            continue
        cpu[entry.name] = resident[entry.name] = 0
        family = [process]
        for each in family:
            family += below.get(each.pid, ())
            try:
                times = each.cpu_times()
                memory = each.memory_info().rss
            except psutil.NoSuchProcess:
                continue
            spent = times.user + times.system
            if each is process:
                spent += times.children_user + times.children_system
            cpu[entry.name] += int(spent * 1000)
            resident[entry.name] += memory // 1024
    return Cost(cpu, resident)


def _descendants(record: StackRecord) -> Mapping[int, Sequence[psutil.Process]]:
    """What the stack consists of, by the process that each is a child of.

    All of it descends from the supervisor: the machine's processes are gone through once, not once
    for each part. While a run is measured this is done every second, on the same cores.
    """
    below: dict[int, list[psutil.Process]] = defaultdict(list)
    supervisor = record.supervisor.process()
    for each in supervisor.children(recursive=True) if supervisor is not None else ():
        with suppress(psutil.NoSuchProcess):
            below[each.ppid()].append(each)
    return below


def start_milliseconds(record: StackRecord, logs: Path) -> dict[str, int]:
    """From the creation of each service's process until it joined its group, by its own log.

    Services that do not say when they started are left out.
    """
    found: dict[str, int] = {}
    for entry in record.processes:
        log = logs / f"{entry.name}.log"
        if entry.identity is None or entry.name not in SERVICES or not log.exists():
            continue
        created = datetime.fromtimestamp(entry.identity.started, UTC)
        for started in _started(log):
            if started >= created:
                found[entry.name] = (started - created) // timedelta(milliseconds=1)
    return found


def _started(log: Path) -> Iterator[datetime]:
    for line in log.read_text(encoding="utf-8").splitlines():
        if '"event": "started"' in line:
            yield datetime.fromisoformat(json.loads(line)["timestamp"])


def process_of(stack: Stack, name: str) -> psutil.Process:
    """A running process of the stack. Raises ``LookupError``."""
    record = stack.record()
    for each in record.processes if record is not None else ():
        process = each.identity.process() if each.identity and each.name == name else None
        if process is not None:
            return process
    raise LookupError(f"{name} does not run")
