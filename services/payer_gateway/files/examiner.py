"""Checks received files at SNIP levels 1 to 5 while the gateway has nothing else to do.

What a file says is published before: this tells people how well a payer keeps to its guides, and
takes longer than to read it. Files that have waited for it a while are checked however busy the
gateway is.
"""

import asyncio
import tempfile

import asyncpg
import msgspec

from services.chassis.background import Runtime
from services.chassis.logs import fault_of, place_of
from services.payer_gateway.domain.examination import CHECK_FAILED, Examination, Fault, examine
from services.payer_gateway.files.reading_attempt import READING_FAULTS
from services.payer_gateway.stores import piece_store

_NEXT = """
select sha256, payer_id, name, content, piece_bytes from inbound_file
where checked_at is null and state <> 'received'
    and (stored_at < now() - interval '10 minutes'
         or $1 and not exists (select from inbound_file where state = 'received')
            and not exists (select from waiting_claim))
order by received_at limit 1
"""
_KEEP = """
update inbound_file set checked_at = $2, errors = $3, warnings = $4, faults = $5::jsonb
where sha256 = $1 and checked_at is null
"""
_FOUND = """
select sha256, checked_at is not null as is_checked, errors, warnings, faults
from inbound_file where name = $1 order by received_at
"""
_PIECE_BYTES = 1 << 18


class Examiner:
    """Several instances of the service may run it at once: at worst one file is checked twice."""

    async def step(self, runtime: Runtime, *, is_quiet: bool = True) -> int:
        """Check one file; how many. Where it is not ``is_quiet``, one that has waited long."""
        async with runtime.pool.acquire() as connection:
            row = await connection.fetchrow(_NEXT, is_quiet)
            if row is None:
                return 0
            try:
                found = await _found(connection, row)
            except READING_FAULTS as error:
                runtime.log.error(  # noqa: TRY400 - an exception's text is never logged
                    "file not checked",
                    file_name=row["name"],
                    fault=fault_of(error),
                    where=place_of(error),
                )
                found = CHECK_FAILED
            await connection.execute(
                _KEEP,
                row["sha256"],
                runtime.clock.now(),
                found.errors,
                found.warnings,
                msgspec.json.encode(found.faults).decode(),
            )
        if found.errors:
            runtime.log.warning(
                "file breaks its guide",
                payer_id=row["payer_id"],
                file_name=row["name"],
                reason=found.first_error,
                count=found.errors,
            )
        return 1


async def _found(connection: asyncpg.Connection, row: asyncpg.Record) -> Examination:
    if row["piece_bytes"]:
        return await _of_pieces(connection, row["sha256"])
    return await asyncio.to_thread(examine, row["content"])


async def _of_pieces(connection: asyncpg.Connection, sha256: str) -> Examination:
    """Check a file that is too large to be held, over a temporary file on disk."""
    with tempfile.TemporaryFile() as spool:
        async with connection.transaction():
            await piece_store.write_pieces(connection, sha256, spool.write)
        spool.seek(0)
        return await asyncio.to_thread(examine, iter(lambda: spool.read(_PIECE_BYTES), b""))


async def found_in(connection: asyncpg.Connection, name: str) -> list[Examination | None]:
    """What was found in each received file of that name; None where it is not checked yet."""
    return [
        Examination(
            row["errors"],
            row["warnings"],
            msgspec.json.decode(row["faults"], type=tuple[Fault, ...]),
        )
        if row["is_checked"]
        else None
        for row in await connection.fetch(_FOUND, name)
    ]
