"""Every named moment is really passed by what it is put around."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncpg.transaction
import asyncssh
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from claimstream.chaos import moments
from claimstream.chaos.fuse import Fuse, Lit
from claimstream.chaos.wrapping import install
from services.chassis import consumer, runtime
from services.chassis.relay import Relay
from services.payer_gateway.stores import answer_store
from services.payer_gateway.transport.sftp import SftpTransport
from tests.unit.chaos.processes import ends_with

KILLED = -signal.SIGKILL
Pass = Callable[[], Coroutine[Any, Any, object]]


async def nothing(*_args: Any, **_kwargs: Any) -> None:
    return None


class Connection:
    """As much of a connection as a migration asks for first."""

    execute = nothing


class UploadedHalf:
    """Where half a file goes."""

    def __init__(self, path: Path) -> None:
        self.path = path


async def keep_half(file: UploadedHalf, data: bytes) -> None:
    await asyncio.to_thread(file.path.write_bytes, data)


async def publish_and_commit() -> None:
    await AIOKafkaProducer.send_batch(object(), object(), "topic", partition=0)
    await asyncpg.transaction.Transaction.__aexit__(object(), None, None, None)


async def stop_relay() -> None:
    Relay.stop(object())  # type: ignore[arg-type]


def rebalanced(name: str) -> Coroutine[Any, Any, object]:
    listener: Any = consumer._Rebalance
    call: Coroutine[Any, Any, object] = getattr(listener, name)(object(), ())
    return call


PASSES: dict[str, Pass] = {
    moments.COMMITTED: lambda: AIOKafkaConsumer.commit(object()),
    moments.PUBLISHED: publish_and_commit,
    moments.MIGRATION: lambda: runtime.migrate(Connection(), Path()),  # type: ignore[attr-defined]
    moments.REVOKED: lambda: rebalanced("on_partitions_revoked"),
    moments.ASSIGNED: lambda: rebalanced("on_partitions_assigned"),
    moments.DRAIN: lambda: consumer.Consumer.stop(object()),  # type: ignore[arg-type]
    moments.DRAIN_RELAY: stop_relay,
    moments.STAGED: lambda: SftpTransport.write(object(), "in", "name", b""),  # type: ignore[arg-type]
    moments.UPLOADED: lambda: SftpTransport.finish(object(), "in", "name"),  # type: ignore[arg-type]
    moments.STORED: lambda: SftpTransport.remove(object(), "out", "name"),  # type: ignore[arg-type]
    moments.LOADED: lambda: answer_store.apply_intake(*[object()] * 4),  # type: ignore[arg-type]
}


def does(folder: Path, passing: Pass) -> Callable[[], None]:
    """What a process does that passes a moment, with nothing real behind the wrapped functions."""

    def act() -> None:
        for owner, name in (
            (AIOKafkaConsumer, "commit"),
            (AIOKafkaProducer, "send_batch"),
            (asyncpg.transaction.Transaction, "__aexit__"),
            (consumer._Rebalance, "on_partitions_revoked"),
            (consumer._Rebalance, "on_partitions_assigned"),
            (SftpTransport, "write"),
            (SftpTransport, "finish"),
            (SftpTransport, "remove"),
            (answer_store, "apply_intake"),
            (consumer.Consumer, "stop"),
        ):
            setattr(owner, name, nothing)
        setattr(asyncssh.SFTPClientFile, "write", keep_half)  # noqa: B010
        setattr(Relay, "stop", lambda _relay: None)  # noqa: B010
        install(Fuse(folder, "payer_gateway"), "payer_gateway")
        asyncio.run(passing())

    return act


@pytest.mark.parametrize("moment", PASSES)
def test_a_process_ends_at_the_moment_that_is_lit(tmp_path: Path, moment: str) -> None:
    fuse = Fuse(tmp_path, "payer_gateway")
    fuse.light(Lit(moment))
    assert ends_with(does(tmp_path, PASSES[moment])) == KILLED
    assert fuse.has_burnt()


@pytest.mark.parametrize("moment", sorted(set(PASSES) - {moments.MIGRATION}))
def test_a_process_goes_on_where_nothing_is_lit(tmp_path: Path, moment: str) -> None:
    assert ends_with(does(tmp_path, PASSES[moment])) == 0


def test_an_upload_ends_with_half_a_file_sent(tmp_path: Path) -> None:
    Fuse(tmp_path, "payer_gateway").light(Lit(moments.UPLOAD_HALF))
    sent = tmp_path / "sent"

    async def upload() -> None:
        await asyncssh.SFTPClientFile.write(UploadedHalf(sent), b"12345678")  # type: ignore[arg-type]

    assert ends_with(does(tmp_path, upload)) == KILLED
    assert sent.read_bytes() == b"1234"


def test_a_commit_of_a_task_that_published_nothing_is_no_moment(tmp_path: Path) -> None:
    Fuse(tmp_path, "payer_gateway").light(Lit(moments.PUBLISHED))

    async def commit() -> None:
        await asyncpg.transaction.Transaction.__aexit__(object(), None, None, None)

    assert ends_with(does(tmp_path, commit)) == 0


def test_every_moment_is_proven_here() -> None:
    assert {*PASSES, moments.UPLOAD_HALF} == {*moments.EVERYWHERE, *moments.GATEWAY}
