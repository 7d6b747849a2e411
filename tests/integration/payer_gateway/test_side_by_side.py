"""Requests go side by side on one connection: what breaks it for one breaks nothing for good."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from services.payer_gateway.transport import resting, sftp
from services.payer_gateway.transport.sftp import SftpAddress, SftpTransport
from services.payer_gateway.transport.transport import (
    RefusedError,
    RestingError,
    SilentError,
    TransportError,
)
from simulators.payer.server import port_of, wait_until_closed
from tests.integration.payer_gateway.faulty_partner import shown
from tests.integration.payer_gateway.faulty_server import AFTER, Faults, start_faulty
from tests.support import LONG_ENOUGH_S

NAMES = [f"{number}.999" for number in range(8)]


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that were connected to, one for each time."""
    made: list[int] = []
    connect = asyncssh.connect

    async def counted(host: str, port: int, **options: Any) -> Any:
        made.append(port)
        return await connect(host, port, **options)

    monkeypatch.setattr(asyncssh, "connect", counted)
    return made


@pytest.fixture
async def transport(
    tmp_path: Path, faults: Faults, connections: list[int]
) -> AsyncIterator[SftpTransport]:
    (tmp_path / "in").mkdir()
    for name in NAMES:
        (tmp_path / "in" / name).write_bytes(name.encode() * 1_000)
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await start_faulty(tmp_path, key, faults)
    address = SftpAddress("127.0.0.1", port_of(server), "clinic", shown(key), password="any")
    made = SftpTransport(address)
    yield made
    await made.close()
    await wait_until_closed(server)


async def _all(transport: SftpTransport) -> list[bytes | None]:
    return await asyncio.gather(*(transport.get("in", name, 5_000) for name in NAMES))


WHOLE = [name.encode() * 1_000 for name in NAMES]


async def test_a_request_that_takes_long_holds_up_no_other(
    transport: SftpTransport, tmp_path: Path
) -> None:
    (tmp_path / "in" / "large.835").write_bytes(b"x" * 3_000_000)
    pieces: list[bytes] = []
    others: list[asyncio.Task[bytes | None]] = []
    found_at: list[int] = []

    def found(_: asyncio.Task[bytes | None]) -> None:
        found_at.append(len(pieces))

    def begin() -> Callable[[bytes], object]:
        others.append(asyncio.ensure_future(transport.get("in", NAMES[0], 5_000)))
        others[0].add_done_callback(found)
        return pieces.append

    assert await transport.fetch("in", "large.835", 3_000_000, begin)
    assert await others[0] == WHOLE[0]
    assert found_at[0] < len(pieces)


@pytest.mark.parametrize("step", ["open", "read", "close"])
async def test_a_connection_that_breaks_under_several_is_made_once_more_for_all_of_them(
    transport: SftpTransport, faults: Faults, connections: list[int], step: str
) -> None:
    faults.step, faults.when, faults.times = step, AFTER, 1
    assert await _all(transport) == WHOLE
    assert len(connections) == 2


async def test_what_is_refused_to_one_is_not_refused_to_the_others(
    transport: SftpTransport, faults: Faults, connections: list[int]
) -> None:
    faults.step, faults.times = "open", 1
    faults.error = lambda: asyncssh.SFTPPermissionDenied("no")
    done = await asyncio.gather(
        *(transport.get("in", name, 5_000) for name in NAMES), return_exceptions=True
    )
    assert sum(isinstance(each, RefusedError) for each in done) == 1
    assert sum(each in WHOLE for each in done) == len(NAMES) - 1
    assert len(connections) == 1


async def test_a_server_that_is_not_there_is_tried_as_often_for_many_as_for_one(
    connections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(host: str, port: int, **_: Any) -> Any:
        connections.append(port)
        await asyncio.sleep(0)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncssh, "connect", refused)
    key = shown(asyncssh.generate_private_key("ssh-ed25519"))
    nobody = SftpTransport(SftpAddress("127.0.0.1", 1, "clinic", key, password="any"))

    async def once() -> None:
        with suppress(TransportError):
            await nobody._once(lambda client: client.getcwd(), 0)

    await asyncio.gather(*(once() for _ in NAMES))
    assert len(connections) == 1
    await once()
    assert len(connections) == 2


async def test_a_connection_that_is_closed_while_files_are_fetched_is_made_again(
    transport: SftpTransport, faults: Faults
) -> None:
    closing: list[asyncio.Task[None]] = []

    def close(_: str) -> None:
        faults.then = None
        closing.append(asyncio.ensure_future(transport.close()))

    faults.step, faults.when, faults.then = "read", AFTER, close
    assert await _all(transport) == WHOLE
    await closing[0]


async def test_requests_that_share_the_line_have_the_time_of_all_of_them(
    transport: SftpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[asyncio.Timeout] = []
    timeout = asyncio.timeout

    def kept(seconds: float | None) -> asyncio.Timeout:
        limits.append(timeout(seconds))
        return limits[-1]

    monkeypatch.setattr(asyncio, "timeout", kept)
    now = asyncio.get_running_loop().time()
    second = 32_768
    async with transport._in_time(10 * second), transport._in_time(5 * second):
        left = [(each.when() or 0) - now for each in limits]
    assert [round(each) for each in left] == [35, 35]


@pytest.mark.parametrize("step", ["read", "write"])
async def test_a_server_whose_disk_does_not_answer_is_waited_for_no_longer_to_close_a_file(
    transport: SftpTransport, faults: Faults, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(sftp, "_ATTEMPTS", 1)
    monkeypatch.setattr(sftp, "seconds_for", lambda _: 0.2)
    faults.hangs = frozenset({step, "close"})
    with pytest.raises(TransportError, match="does not answer"):
        async with asyncio.timeout(LONG_ENOUGH_S):
            await (
                transport.get("in", NAMES[0], 5_000)
                if step == "read"
                else transport.write("in", "a.837", b"whole")
            )
    faults.hangs = frozenset()
    faults.disk_answers.set()
    monkeypatch.undo()
    assert await _all(transport) == WHOLE


async def test_who_is_told_to_stop_does_not_wait_for_a_server_whose_disk_does_not_answer(
    transport: SftpTransport, faults: Faults
) -> None:
    faults.hangs = frozenset({"read", "close"})
    faults.step, faults.when = "open", AFTER
    opened = asyncio.Event()
    faults.then = lambda _: opened.set()
    reading = asyncio.create_task(transport.get("in", NAMES[0], 5_000))
    async with asyncio.timeout(LONG_ENOUGH_S):
        await opened.wait()
        reading.cancel()
        await asyncio.wait([reading])
    faults.disk_answers.set()
    assert reading.cancelled()


async def test_a_server_that_does_not_answer_counts_as_gone_for_all_that_wait(
    transport: SftpTransport, connections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await transport.names("in")
    monkeypatch.setattr(sftp, "_TIMEOUT_SECONDS", 0)
    monkeypatch.setattr(resting, "_TIMES_AS_LONG", 0)

    async def hangs(_: asyncssh.SFTPClient) -> None:
        await asyncio.Event().wait()

    done = await asyncio.gather(*(transport._once(hangs, 0) for _ in NAMES), return_exceptions=True)
    assert {type(each).__name__ for each in done} == {"SilentError"}
    monkeypatch.undo()
    assert await _all(transport) == WHOLE


async def test_a_host_that_is_looked_for_in_vain_for_long_is_asked_ever_less_often(
    connections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000]

    async def not_found(host: str, port: int, **_: Any) -> Any:
        connections.append(port)
        now[0] += 10
        raise OSError("no such host")

    monkeypatch.setattr(asyncssh, "connect", not_found)
    for clock in (resting, sftp):
        monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    key = shown(asyncssh.generate_private_key("ssh-ed25519"))
    nobody = SftpTransport(SftpAddress("127.0.0.1", 1, "clinic", key, password="any"))
    for _ in range(2):
        with pytest.raises(TransportError, match="cannot be reached"):
            await nobody.names("in")
    with pytest.raises(RestingError):
        await nobody.names("in")
    assert len(connections) == 2


async def test_a_server_that_goes_on_saying_nothing_is_asked_ever_less_often(
    connections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000]

    async def silent(host: str, port: int, **_: Any) -> Any:
        connections.append(port)
        now[0] += 20
        raise TimeoutError

    monkeypatch.setattr(asyncssh, "connect", silent)
    monkeypatch.setattr(resting, "monotonic", lambda: now[0])
    key = shown(asyncssh.generate_private_key("ssh-ed25519"))
    nobody = SftpTransport(SftpAddress("127.0.0.1", 1, "clinic", key, password="any"))
    for rest in (0, 20, 60, 140, 180, 180):
        with pytest.raises(SilentError, match="does not answer"):
            await nobody.names("in")
        asked = len(connections)
        if rest:
            now[0] += rest - 1
            with pytest.raises(RestingError):
                await nobody.names("in")
            now[0] += 1
        assert len(connections) == asked
    assert len(connections) == 6
