"""SQL of received files that are too large to be held: kept and read piece by piece."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import asyncpg

PIECE_BYTES = 1 << 20

_KEEP = """
insert into inbound_file (sha256, payer_id, name, content, piece_bytes, received_at, state)
values ($1, $2, $3, '', $4, $5, 'received')
on conflict (sha256) do update set deliveries = inbound_file.deliveries + 1
returning deliveries
"""
_KEEP_PIECE = "insert into inbound_piece (sha256, number, content) values ($1, $2, $3)"
_STANDS_STILL = "select set_config('idle_in_transaction_session_timeout', '15min', true)"
_PIECES = "select content from inbound_piece where sha256 = $1 order by number"


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """A file as the partner left it, on disk."""

    payer_id: str
    name: str
    sha256: str
    spool: BinaryIO


async def keep_large(connection: asyncpg.Connection, file: SpooledFile, at: datetime) -> bool:
    """Store a file, once by content; whether it is new. In one transaction."""
    spool = file.spool
    sha256 = file.sha256
    size = spool.seek(0, 2)
    if await connection.fetchval(_KEEP, sha256, file.payer_id, file.name, size, at) > 1:
        return False
    spool.seek(0)
    number = 0
    while piece := spool.read(PIECE_BYTES):
        await connection.execute(_KEEP_PIECE, sha256, number, piece)
        number += 1
    return True


async def write_pieces(
    connection: asyncpg.Connection, sha256: str, write: Callable[[bytes], object]
) -> None:
    """Give the pieces of a file to ``write``, one at a time. In a transaction.

    It may stand still then for longer than others may: to read what was written takes a while.
    """
    await connection.execute(_STANDS_STILL)
    async for row in connection.cursor(_PIECES, sha256, prefetch=1):
        write(row["content"])
