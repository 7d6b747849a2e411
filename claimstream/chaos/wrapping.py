"""Moments put around a service's functions from outside.

Production code knows nothing of them: the process entry of a run under faults wraps the functions
before it starts the service. Where it can, it wraps what the clients of Kafka, PostgreSQL and SFTP
offer, which stays when the chassis changes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any
from weakref import WeakSet

import asyncpg
import asyncpg.transaction
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.abc import ConsumerRebalanceListener

from claimstream.chaos.fuse import Fuse
from claimstream.chaos.moments import (
    ASSIGNED,
    COMMITTED,
    DRAIN,
    DRAIN_RELAY,
    LOADED,
    MIGRATION,
    PUBLISHED,
    REVOKED,
    STAGED,
    STORED,
    UPLOAD_HALF,
    UPLOADED,
)
from services.chassis import runtime
from services.chassis.consumer import Consumer
from services.chassis.migrate import migrate
from services.chassis.relay import Relay

Wrapped = Callable[..., Awaitable[Any]]


def install(fuse: Fuse, service: str) -> None:
    """Put the moments of ``service`` around what this process will run."""
    _before(AIOKafkaConsumer, "commit", COMMITTED, fuse)
    _between_publication_and_commit(fuse)
    _during_migration(fuse)
    for listener in ConsumerRebalanceListener.__subclasses__():
        _after(listener, "on_partitions_revoked", REVOKED, fuse)
        _after(listener, "on_partitions_assigned", ASSIGNED, fuse)
    _before(Consumer, "stop", DRAIN, fuse)
    _when_told(Relay, "stop", DRAIN_RELAY, fuse)
    if service == "payer_gateway":
        _of_files(fuse)


def _before(owner: Any, name: str, moment: str, fuse: Fuse) -> None:
    original: Wrapped = getattr(owner, name)

    @wraps(original)
    async def passing(*args: Any, **kwargs: Any) -> Any:
        fuse.pass_by(moment)
        return await original(*args, **kwargs)

    setattr(owner, name, passing)


def _after(owner: Any, name: str, moment: str, fuse: Fuse) -> None:
    original: Wrapped = getattr(owner, name)

    @wraps(original)
    async def passing(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        fuse.pass_by(moment)
        return result

    setattr(owner, name, passing)


def _when_told(owner: Any, name: str, moment: str, fuse: Fuse) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    @wraps(original)
    def passing(*args: Any, **kwargs: Any) -> Any:
        fuse.pass_by(moment)
        return original(*args, **kwargs)

    setattr(owner, name, passing)


def _between_publication_and_commit(fuse: Fuse) -> None:
    """A task that has sent something to Kafka ends at the commit of the transaction it is in."""
    have_sent: WeakSet[asyncio.Task[Any]] = WeakSet()
    send: Wrapped = AIOKafkaProducer.send_batch
    leave: Wrapped = asyncpg.transaction.Transaction.__aexit__

    @wraps(send)
    async def sending(*args: Any, **kwargs: Any) -> Any:
        sent = await send(*args, **kwargs)
        task = asyncio.current_task()
        if task is not None:
            have_sent.add(task)
        return sent

    @wraps(leave)
    async def leaving(*args: Any) -> Any:
        task = asyncio.current_task()
        if task is not None and task in have_sent:
            have_sent.discard(task)
            fuse.pass_by(PUBLISHED)
        return await leave(*args)

    setattr(AIOKafkaProducer, "send_batch", sending)  # noqa: B010
    setattr(asyncpg.transaction.Transaction, "__aexit__", leaving)  # noqa: B010


class _MigratedConnection:
    """A connection whose every statement passes the moment first."""

    def __init__(self, connection: asyncpg.Connection, fuse: Fuse) -> None:
        self._connection = connection
        self._fuse = fuse

    async def execute(self, *args: Any) -> Any:
        self._fuse.pass_by(MIGRATION)
        return await self._connection.execute(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _during_migration(fuse: Fuse) -> None:
    async def passing(connection: asyncpg.Connection, folder: Path) -> Sequence[str]:
        return await migrate(_MigratedConnection(connection, fuse), folder)

    setattr(runtime, "migrate", passing)  # noqa: B010


def _of_files(fuse: Fuse) -> None:
    import asyncssh

    from services.payer_gateway.stores import answer_store
    from services.payer_gateway.transport.sftp import SftpTransport

    _after(SftpTransport, "write", STAGED, fuse)
    _after(SftpTransport, "finish", UPLOADED, fuse)
    _before(SftpTransport, "remove", STORED, fuse)
    _after(answer_store, "apply_intake", LOADED, fuse)
    write: Wrapped = asyncssh.SFTPClientFile.write

    @wraps(write)
    async def writing(file: Any, data: bytes, *args: Any) -> Any:
        if fuse.is_due(UPLOAD_HALF):
            await write(file, data[: len(data) // 2], *args)
            fuse.burn()
        return await write(file, data, *args)

    setattr(asyncssh.SFTPClientFile, "write", writing)  # noqa: B010
