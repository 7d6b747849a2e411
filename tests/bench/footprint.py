"""What a stack keeps: bytes in Kafka's topics as they lie on disk, in tables, and of WAL."""

import asyncio
from dataclasses import dataclass

import asyncpg

from claimstream.stack.control import Stack

_INTERNAL = "__"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes. ``tables`` by service holds its database whole, indexes included."""

    kafka_bytes: int
    wal_bytes: int
    tables: dict[str, int]

    @property
    def table_bytes(self) -> int:
        return sum(self.tables.values())

    def since(self, earlier: "Footprint") -> "Footprint":
        """What was added since ``earlier``."""
        return Footprint(
            self.kafka_bytes - earlier.kafka_bytes,
            self.wal_bytes - earlier.wal_bytes,
            {name: size - earlier.tables.get(name, 0) for name, size in self.tables.items()},
        )


async def footprint(stack: Stack) -> Footprint:
    """What a running stack keeps now. WAL counts from the server's beginning."""
    tables: dict[str, int] = {}
    wal = 0
    for name, url in stack.addresses().database_urls.items():
        connection = await asyncpg.connect(url)
        try:
            tables[name] = await connection.fetchval("select pg_database_size(current_database())")
            wal = await connection.fetchval(
                "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
            )
        finally:
            await connection.close()
    return Footprint(await asyncio.to_thread(_kafka_bytes, stack), wal, tables)


def _kafka_bytes(stack: Stack) -> int:
    """Segments of the catalogue's topics; Kafka's own topics and indexes are left out."""
    data = stack.folder.path / "kafka" / "data"
    return sum(
        segment.stat().st_size
        for segment in data.glob("*/*.log")
        if not segment.parent.name.startswith(_INTERNAL)
    )
