"""What a PostgreSQL server spends: processor time of all its processes, and WAL."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ServerCost:
    """Processor milliseconds and bytes of WAL since the server started."""

    cpu_milliseconds: int
    wal_bytes: int

    def since(self, earlier: "ServerCost") -> "ServerCost":
        """What was spent since ``earlier``."""
        return ServerCost(
            self.cpu_milliseconds - earlier.cpu_milliseconds, self.wal_bytes - earlier.wal_bytes
        )


async def server_cost(data: Path, admin: asyncpg.Connection) -> ServerCost:
    """The cost of the server whose data folder is ``data``; ``admin`` is connected to it."""
    wal = await admin.fetchval("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
    return ServerCost(_cpu(data), wal)


def _cpu(data: Path) -> int:
    first = (data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
    server = psutil.Process(int(first))
    times = server.cpu_times()
    ended = int((times.children_user + times.children_system) * _MILLION)
    running = sum(_nanoseconds(each) for each in (server, *server.children(recursive=True)))
    return ended // 1_000 + running // _MILLION


def _nanoseconds(process: psutil.Process) -> int:
    """Processor time of a process of one thread; in ticks where the kernel does not say more."""
    with suppress(OSError):
        text = Path(f"/proc/{process.pid}/schedstat").read_text(encoding="ascii")
        return int(text.split()[0])
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return int((times.user + times.system) * _MILLION) * 1_000
    return 0
