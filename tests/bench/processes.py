"""What the processes of a stack cost: resident memory and processor time, children included."""

from dataclasses import dataclass

import psutil

from claimstream.stack.state import SERVICES, StackRecord

ORDER = (*SERVICES, "payer", "kafka", "postgres")


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor milliseconds so far and resident KiB now, by process."""

    cpu_milliseconds: dict[str, int]
    resident_kib: dict[str, int]

    def since(self, earlier: "Cost") -> dict[str, int]:
        """Processor milliseconds since ``earlier``, by process."""
        return {
            name: spent - earlier.cpu_milliseconds.get(name, 0)
            for name, spent in self.cpu_milliseconds.items()
        }


def cost(record: StackRecord) -> Cost:
    """The cost of every process of a running stack.

    PostgreSQL's resident memory counts shared buffers once per backend that touched them.
    """
    cpu: dict[str, int] = {}
    resident: dict[str, int] = {}
    for entry in record.processes:
        process = entry.identity.process() if entry.identity else None
        if process is None:
            continue
        cpu[entry.name] = resident[entry.name] = 0
        for each in (process, *process.children(recursive=True)):
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
