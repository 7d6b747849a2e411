"""Migrations: numbered SQL files, applied once, in order, under an advisory lock.

The chassis's own files come first, then the service's. A file that was applied may never change;
its checksum is kept and compared.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import asyncpg

CHASSIS_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x636C61696D

_LEDGER = """
create table if not exists public.applied_migration (
    origin text not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (origin, name)
)
"""


class MigrationError(RuntimeError):
    """The files and the database do not agree; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    origin: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def read_migrations(origin: str, folder: Path) -> list[Migration]:
    """The files of a folder in order; numbers must start at 0001 and leave no gap.

    Raises ``MigrationError`` for a gap or two files of one number.
    """
    files = sorted(folder.glob("*.sql"))
    for number, file in enumerate(files, start=1):
        if not file.name.startswith(f"{number:04d}_"):
            raise MigrationError(
                f"{origin}: expected a migration numbered {number:04d}, found {file.name}; "
                "number the files 0001, 0002, ... without gaps"
            )
    return [Migration(origin, file.name, file.read_text(encoding="utf-8")) for file in files]


async def migrate(connection: asyncpg.Connection, folder: Path) -> list[str]:
    """Apply what is missing and return the names of the files applied.

    Several instances may call it at once: one applies, the others wait and find nothing to do.
    Raises ``MigrationError`` when an applied file was changed or is gone.
    """
    wanted = read_migrations("chassis", CHASSIS_MIGRATIONS) + read_migrations("service", folder)
    applied_now: list[str] = []
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_LEDGER)
        rows = await connection.fetch("select origin, name, checksum from public.applied_migration")
        applied = {(row["origin"], row["name"]): row["checksum"] for row in rows}
        known = {(migration.origin, migration.name) for migration in wanted}
        for origin, name in applied:
            if (origin, name) not in known:
                raise MigrationError(
                    f"{origin}/{name} was applied to this database but is not in this release; "
                    "run the release that wrote it, or a newer one"
                )
        for migration in wanted:
            checksum = applied.get((migration.origin, migration.name))
            if checksum == migration.checksum:
                continue
            if checksum is not None:
                raise MigrationError(
                    f"{migration.origin}/{migration.name} was changed after it was applied; "
                    "restore the file and put the change into a new one"
                )
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "insert into public.applied_migration (origin, name, checksum) "
                    "values ($1, $2, $3)",
                    migration.origin,
                    migration.name,
                    migration.checksum,
                )
            applied_now.append(f"{migration.origin}/{migration.name}")
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)
    return applied_now
